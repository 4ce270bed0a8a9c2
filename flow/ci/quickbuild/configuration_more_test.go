package quickbuild_test

import (
	"encoding/xml"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/quickbuild"
)

// saved is a configuration that was made from the template.
func saved(t *testing.T, p *quickbuild.Provider) ci.Draft {
	t.Helper()
	r := ci.Recipe{Template: citest.QuickBuildTemplate}
	d, err := p.Draft(t.Context(), r)
	if err == nil {
		_, err = p.Save(t.Context(), d)
	}
	if err == nil {
		d, err = p.Draft(t.Context(), r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRemove takes away what is as it was, and nothing that is in use.
func TestRemove(t *testing.T) {
	t.Parallel()
	s, p, _ := place(t)
	d := saved(t, p)
	var conflict *ci.ConflictError
	other := d
	other.Before = append([]byte(nil), append(d.Before, '\n')...)
	if err := p.Remove(t.Context(), other); !errors.As(err, &conflict) || s.QuickBuildDocument(path) == "" {
		t.Errorf("one that was changed: %v", err)
	}
	s.Host(citest.Hosted{ReadOnly: true})
	if err := p.Remove(t.Context(), d); !errors.As(err, new(*ci.AuthError)) {
		t.Errorf("without the right to: %v", err)
	}
	s.Host(citest.Hosted{})
	for status, want := range map[int]any{403: new(*ci.AuthError), 404: new(*ci.NotFoundError), 405: new(*ci.UnsupportedError), 500: new(*ci.RejectedError)} {
		if err := refuses(t, s, http.MethodDelete, "/configurations/", status).Remove(t.Context(), d); err == nil || !errors.As(err, want) {
			t.Errorf("%d: %v", status, err)
		}
	}
	if err := p.Remove(t.Context(), d); err != nil || s.QuickBuildDocument(path) != "" {
		t.Errorf("%v, %q", err, s.QuickBuildDocument(path))
	}
	if err := p.Remove(t.Context(), d); !errors.As(err, &conflict) {
		t.Errorf("twice: %v", err)
	}
	if _, err := p.Draft(t.Context(), ci.Recipe{}); err != nil {
		t.Errorf("made anew: %v", err)
	}
}

// TestRemoveLeavesWhatIsInUse: what stands below is somebody's.
func TestRemoveLeavesWhatIsInUse(t *testing.T) {
	t.Parallel()
	s, p, _ := place(t)
	d := saved(t, p)
	var conflict *ci.ConflictError
	child := strings.NewReplacer("<id>"+d.ID+"</id>", "", "<parent>2</parent>", "<parent>"+d.ID+"</parent>", "<name>acme &amp; sons</name>", "<name>child</name>").Replace(string(d.Before))
	if code := post(t, s, "/rest/configurations", child); code != 200 || s.QuickBuildDocument(path+"/child") == "" {
		t.Fatal(code)
	}
	if err := p.Remove(t.Context(), d); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "below") {
		t.Errorf("one below it: %v", err)
	}
}

// TestRehearsals: only what was asked for as one, by its version, is one.
func TestRehearsals(t *testing.T) {
	t.Parallel()
	_, p, lines := place(t)
	saved(t, p)
	none := func(version string) {
		t.Helper()
		if bs, err := p.Rehearsals(t.Context(), version); err != nil || len(bs) != 0 {
			t.Errorf("%s: %+v, %v", version, bs, err)
		}
	}
	none("1.2.0")
	if _, err := p.Trigger(t.Context(), ci.Query{Ref: ref, SHA: sha}, map[string]string{quickbuild.VariableVersion: "1.2.0"}); err != nil {
		t.Fatal(err)
	}
	<-lines
	none("1.2.0")
	rehearse(t, p, lines)
	none("1.2.1")
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var bs []ci.Build
	for end := time.After(10 * time.Second); len(bs) == 0 || !bs[0].Final(); {
		select {
		case <-end:
			t.Fatalf("never final: %+v", bs)
		case <-tick.C:
		}
		var err error
		if bs, err = p.Rehearsals(t.Context(), "1.2.0"); err != nil || len(bs) != 1 {
			t.Fatalf("%+v, %v", bs, err)
		}
	}
	if bs[0].State != ci.StatePassed || bs[0].SHA != sha || bs[0].Ref != ref {
		t.Errorf("%+v", bs[0])
	}
}

// TestShown: what a document keeps secret is in none of the texts for people, and
// everything that changes is.
func TestShown(t *testing.T) {
	t.Parallel()
	_, p, _ := place(t)
	d := saved(t, p)
	for _, text := range []string{d.Was, d.Will} {
		for _, secret := range []string{"c2VhbGVk", "there"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is shown", secret)
			}
		}
		if !strings.Contains(text, `<password secret="encrypt">(hidden)</password>`) || !strings.Contains(text, "<value>(hidden)</value>") || !strings.Contains(text, "<string>master</string>") {
			t.Error(text)
		}
	}
	if d.Was != d.Will {
		t.Error("nothing changes, and the texts differ")
	}
}

// TestFromATag: a version that no file has is named.
func TestFromATag(t *testing.T) {
	t.Parallel()
	_, p, lines := place(t)
	d, err := p.Draft(t.Context(), ci.Recipe{Template: citest.QuickBuildTemplate, FromTag: true})
	if err == nil {
		_, err = p.Save(t.Context(), d)
	}
	if err == nil {
		_, err = p.Rehearse(t.Context(), ci.Query{Ref: ref, SHA: sha}, "1.2.0")
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := <-lines; got != "ferry release 1.2.0 --plain --yes=1.2.0 --dry-run" {
		t.Errorf("ran %q", got)
	}
}

// TestNoRehearsal: a rehearsal that could do more than say what a release would do is
// none.
func TestNoRehearsal(t *testing.T) {
	t.Parallel()
	s, p, _ := place(t)
	d := saved(t, p)
	if d.NoRehearse != "" {
		t.Fatal(d.NoRehearse)
	}
	step := func(class, name string) string {
		return "<entry><string>" + name + "</string><com.example." + class + "><name>" + name + "</name></com.example." + class + "></entry></stepDOMs>"
	}
	for name, c := range map[string]struct{ old, now, want string }{
		"another step": {"</stepDOMs>", step("PublishStep", "ship"), `["ship"]`},
		"a checkout":   {"</stepDOMs>", step("CheckoutStep", "get"), ""},
		"a promotion":  {"<promotions/>", "<promotions><x/></promotions>", "promoted"},
		"disabled":     {"<disabled>false", "<disabled>true", "disabled"},
		"a step off":   {"<enabled>true", "<enabled>false", "disabled"},
	} {
		if code := post(t, s, "/rest/configurations", strings.Replace(string(d.Before), c.old, c.now, 1)); code != 200 {
			t.Fatal(name, code)
		}
		got, err := p.Draft(t.Context(), ci.Recipe{})
		if err != nil || (c.want == "") != (got.NoRehearse == "") || !strings.Contains(got.NoRehearse, c.want) {
			t.Errorf("%s: %q, %v", name, got.NoRehearse, err)
		}
	}
	if got, err := p.Draft(t.Context(), ci.Recipe{Command: "ferry milestone --plain train.toml"}); err != nil || !strings.Contains(got.NoRehearse, "ferry_options") {
		t.Errorf("a command of one's own: %q, %v", got.NoRehearse, err)
	}
}

// TestFile can be imported as its comment says, and names what is left to a person.
func TestFile(t *testing.T) {
	t.Parallel()
	s, p, _ := place(t)
	text, err := quickbuild.File("acme & sons", ci.Recipe{Description: "releases acme"})
	if err != nil || xml.Unmarshal(text, new(struct{})) != nil || !strings.Contains(string(text), "ferry_ref, ferry_commit, ferry_version, ferry_options, each") {
		t.Fatalf("%v\n%s", err, text)
	}
	if code := post(t, s, "/rest/configurations", strings.Replace(string(text), "<parent>1<", "<parent>2<", 1)); code != 200 {
		t.Fatal(code)
	}
	s.DeclareVariables(path, "ferry_ref", "ferry_commit", "ferry_version", "ferry_options")
	if d, err := p.Draft(t.Context(), ci.Recipe{Description: "releases acme"}); err != nil || d.Changes() {
		t.Errorf("%v\n%s", err, d.Will)
	}
}

func post(t *testing.T, s *citest.Server, to, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://quickbuild.test"+to, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(citest.QuickBuildUser, password)
	w := httptest.NewRecorder()
	s.QuickBuild().ServeHTTP(w, r)
	return w.Code
}
