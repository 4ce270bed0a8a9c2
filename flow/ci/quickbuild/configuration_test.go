package quickbuild_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/quickbuild"
	"ferry/keyring"
)

var _ ci.Configurer = (*quickbuild.Provider)(nil)

const path = "root/release/acme & sons"

// place is a fake QuickBuild, and a provider of a configuration that is not there.
func place(t *testing.T) (*citest.Server, *quickbuild.Provider, <-chan string) {
	t.Helper()
	lines := make(chan string, 10)
	s := citest.New(citest.Options{Slug: "dana/demo", Token: keyring.NewSecret(password), Script: citest.Script{Attempts: []citest.Attempt{{Jobs: []citest.Job{{Name: "a"}}}}},
		Command: func(_ context.Context, line string) error { lines <- line; return nil }})
	t.Cleanup(s.Close)
	web := httptest.NewServer(s.QuickBuild())
	t.Cleanup(web.Close)
	return s, of(t, web.URL, path), lines
}

func of(t *testing.T, url, path string) *quickbuild.Provider {
	t.Helper()
	p, err := quickbuild.New(quickbuild.Options{URL: url, Configuration: path, User: citest.QuickBuildUser, Password: keyring.NewSecret(password), UserAgent: "ferry-test"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// changed are the lines of b that are not in a, and those of a that are not in b.
func changed(a, b string) (added, removed []string) {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for _, l := range y {
		if !slices.Contains(x, l) {
			added = append(added, strings.TrimSpace(l))
		}
	}
	for _, l := range x {
		if !slices.Contains(y, l) {
			removed = append(removed, strings.TrimSpace(l))
		}
	}
	return added, removed
}

// TestFromATemplate: only what was meant is another, and the rest is as it was,
// byte for byte, what nobody knows and what is encrypted included.
func TestFromATemplate(t *testing.T) {
	t.Parallel()
	s, p, lines := place(t)
	d, err := p.Draft(t.Context(), ci.Recipe{Template: citest.QuickBuildTemplate, Description: "cuts & ships <all>", Variables: []string{"ferry_ref", "more"}})
	if err != nil || !d.Changes() || d.ID != "" || d.Before != nil || len(d.Undeclared) != 0 {
		t.Fatalf("%+v, %v", d, err)
	}
	template := s.QuickBuildDocument(citest.QuickBuildTemplate)
	added, removed := changed(template, string(d.XML))
	wantOut := []string{"<id>4</id>", "<parent>3</parent>", "<name>milestone</name>", "<command>sleep 100</command>"}
	if !slices.Equal(removed, wantOut) {
		t.Errorf("removed %q", removed)
	}
	wantIn := []string{
		`<?xml version="1.0" encoding="UTF-8"?>`, "<parent>2</parent>", "<name>acme &amp; sons</name>", "<description>cuts &amp; ships &lt;all&gt;</description>",
		"<command>ferry release --plain --yes=${vars.get(&quot;ferry_version&quot;)} ${vars.get(&quot;ferry_options&quot;)}</command>",
		"<name>ferry_ref</name>", "<value></value>", "<name>ferry_commit</name>", "<value></value>",
		"<name>ferry_version</name>", "<value></value>", "<name>ferry_options</name>", "<value></value>", "<name>more</name>", "<value></value>",
	}
	if !slices.Equal(added, wantIn) {
		t.Errorf("added %q", added)
	}
	for _, kept := range []string{"<!-- kept by hand -->", `<novel mode='a "b"'>x &amp; y <![CDATA[<z>]]>	&#x41;</novel>`, `<password secret="encrypt">b64:c2VhbGVk</password>`, "<value>there</value>"} {
		if strings.Count(string(d.XML), kept) != 1 {
			t.Errorf("%s did not stay", kept)
		}
	}
	if len(d.Notes) != 2 || !strings.Contains(d.Notes[0], "CronSchedule 0 0 1 * * ?") || !strings.Contains(d.Notes[1], "1 encrypted") {
		t.Errorf("noted %q", d.Notes)
	}
	if s.QuickBuildDocument(path) != "" {
		t.Error("a draft changed the server")
	}
	if id, err := p.Save(t.Context(), d); err != nil || id == "" || s.QuickBuildDocument(citest.QuickBuildTemplate) != template {
		t.Fatalf("%q, %v", id, err)
	}
	rehearse(t, p, lines)
}

// rehearse asks for a build with --dry-run and waits for its end.
func rehearse(t *testing.T, p *quickbuild.Provider, lines <-chan string) {
	t.Helper()
	request, err := p.Rehearse(t.Context(), ci.Query{Ref: ref, SHA: sha}, "1.2.0")
	if err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-lines:
		if got != "ferry release --plain --yes=1.2.0 --dry-run" {
			t.Errorf("ran %q", got)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was run")
	}
	b, err := p.Requested(t.Context(), request)
	if err != nil || b.SHA != sha || b.Ref != ref {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestPlainOne: without a template the configuration is ours, and its variables a
// person's to declare.
func TestPlainOne(t *testing.T) {
	t.Parallel()
	s, p, lines := place(t)
	d, err := p.Draft(t.Context(), ci.Recipe{Description: "ours"})
	all := []string{"ferry_ref", "ferry_commit", "ferry_version", "ferry_options"}
	if err != nil || !slices.Equal(d.Undeclared, all) || len(d.Notes) != 0 || strings.Contains(string(d.XML), "<id>") {
		t.Fatalf("%+v, %v", d, err)
	}
	if _, err := p.Save(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	s.DeclareVariables(path, all...)
	rehearse(t, p, lines)
	again, err := p.Draft(t.Context(), ci.Recipe{Description: "ours"})
	if err != nil || len(again.Undeclared) != 0 || again.Changes() {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestUpdate keeps the number, and what others have put there.
func TestUpdate(t *testing.T) {
	t.Parallel()
	s, p, _ := place(t)
	r := ci.Recipe{Template: citest.QuickBuildTemplate, Description: "one"}
	d, err := p.Draft(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	id, err := p.Save(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := p.Draft(t.Context(), r); err != nil || same.Changes() || same.ID != id {
		t.Errorf("the same once more: %+v, %v", same, err)
	}
	r.Command = "ferry milestone --plain train.toml"
	d, err = p.Draft(t.Context(), r)
	added, removed := changed(string(d.Before), string(d.XML))
	if err != nil || !slices.Equal(added, []string{"<command>" + r.Command + "</command>"}) || len(removed) != 1 {
		t.Errorf("added %q, removed %q, %v", added, removed, err)
	}
	if got, err := p.Save(t.Context(), d); err != nil || got != id || !strings.Contains(s.QuickBuildDocument(path), r.Command) {
		t.Errorf("%q, %v", got, err)
	}
	var conflict *ci.ConflictError
	if _, err := p.Save(t.Context(), d); !errors.As(err, &conflict) {
		t.Errorf("a draft of what is no longer there: %v", err)
	}
	d.Path = citest.QuickBuildConfiguration
	if _, err := p.Save(t.Context(), d); !errors.As(err, &conflict) {
		t.Errorf("a draft of another: %v", err)
	}
}

func TestMadeMeanwhile(t *testing.T) {
	t.Parallel()
	_, p, _ := place(t)
	d, err := p.Draft(t.Context(), ci.Recipe{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Save(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	var conflict *ci.ConflictError
	if _, err := p.Save(t.Context(), d); !errors.As(err, &conflict) {
		t.Errorf("made twice: %v", err)
	}
}

// TestText: whatever XML can hold comes back as it went.
func TestText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`a <b> & "c" 'd' ]]> -->`, "two\nlines\twith a tab", "carriage\r\nreturn", "ünï ☃ 𝄞", " blanks ", "&amp;lt;", "${vars.get(\"x\")}"} {
		s, p, lines := place(t)
		d, err := p.Draft(t.Context(), ci.Recipe{Command: text, Description: text})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if _, err := p.Save(t.Context(), d); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		s.DeclareVariables(path, "ferry_ref", "ferry_commit", "x")
		if _, err := p.Trigger(t.Context(), ci.Query{Ref: ref, SHA: sha}, nil); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		select {
		case got := <-lines:
			if got != strings.ReplaceAll(text, `${vars.get("x")}`, "") {
				t.Errorf("%q came back as %q", text, got)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("%q was not run", text)
		}
	}
	_, p, _ := place(t)
	for _, text := range []string{"a\x00b", "\x1b[0m", "\xff", "\uFFFE"} {
		if d, err := p.Draft(t.Context(), ci.Recipe{Command: text}); err == nil {
			t.Errorf("%q is in %s", text, d.XML)
		}
	}
}

// TestNotThere: what is missing is named, and nothing is made.
func TestNotThere(t *testing.T) {
	t.Parallel()
	s, p, _ := place(t)
	var none *ci.NotFoundError
	if _, err := p.Draft(t.Context(), ci.Recipe{Template: "root/templates/no"}); !errors.As(err, &none) || !strings.Contains(err.Error(), "root/templates/no") {
		t.Errorf("no template: %v", err)
	}
	var steps *ci.StepError
	if _, err := p.Draft(t.Context(), ci.Recipe{Template: citest.QuickBuildTemplate, Step: "gone"}); !errors.As(err, &steps) || !slices.Equal(steps.Steps, []string{"run"}) || steps.Path != citest.QuickBuildTemplate {
		t.Errorf("no such step: %v", err)
	}
	if _, err := p.Draft(t.Context(), ci.Recipe{Template: citest.QuickBuildConfiguration}); !errors.As(err, &steps) || len(steps.Steps) != 0 {
		t.Errorf("no step at all: %v", err)
	}
	web := httptest.NewServer(s.QuickBuild())
	defer web.Close()
	if _, err := of(t, web.URL, "root/nowhere/x").Draft(t.Context(), ci.Recipe{}); !errors.As(err, &none) || !strings.Contains(err.Error(), "root/nowhere,") {
		t.Errorf("no parent: %v", err)
	}
	var conflict *ci.ConflictError
	for _, lone := range []string{"lone", "root/"} {
		if _, err := of(t, web.URL, lone).Draft(t.Context(), ci.Recipe{}); !errors.As(err, &conflict) {
			t.Errorf("%s: %v", lone, err)
		}
	}
}

// refuses is a QuickBuild that answers a kind of request with a status.
func refuses(t *testing.T, s *citest.Server, method, part string, status int) *quickbuild.Provider {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method && strings.Contains(r.URL.Path, part) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "java.lang.NullPointerException at "+password)
			return
		}
		s.QuickBuild().ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	return of(t, web.URL, path)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s, p, _ := place(t)
	d, err := p.Draft(t.Context(), ci.Recipe{})
	if err != nil {
		t.Fatal(err)
	}
	var (
		auth   *ci.AuthError
		down   *ci.UnreachableError
		old    *ci.UnsupportedError
		choked *ci.RejectedError
		needs  *ci.NeedsTokenError
	)
	for status, want := range map[int]any{401: &auth, 403: &auth, 404: &old, 405: &old, 500: &choked, 501: &old, 502: &down} {
		_, err := refuses(t, s, http.MethodPost, "/configurations", status).Save(t.Context(), d)
		if err == nil || !errors.As(err, want) || s.QuickBuildDocument(path) != "" {
			t.Errorf("saving, %d: %v", status, err)
		}
		if errors.As(err, &choked) && strings.Contains(err.Error(), password) {
			t.Errorf("the words of the server hold a secret: %v", err)
		}
	}
	for status, want := range map[int]any{401: &auth, 403: &auth, 404: &old, 500: &down} {
		if _, err := refuses(t, s, http.MethodGet, "/ids", status).Draft(t.Context(), ci.Recipe{}); !errors.As(err, want) {
			t.Errorf("looking, %d: %v", status, err)
		}
	}
	for status, want := range map[int]any{401: &auth, 403: &auth, 404: new(*ci.NotFoundError), 500: &down} {
		if _, err := refuses(t, s, http.MethodGet, "/configurations/", status).Draft(t.Context(), ci.Recipe{Template: citest.QuickBuildTemplate}); !errors.As(err, want) {
			t.Errorf("reading, %d: %v", status, err)
		}
	}
	s.Host(citest.Hosted{ReadOnly: true})
	if _, err := p.Save(t.Context(), d); !errors.As(err, &auth) {
		t.Errorf("without the right to: %v", err)
	}
	open := citest.New(citest.Options{Slug: "dana/demo"})
	defer open.Close()
	web := httptest.NewServer(open.QuickBuild())
	defer web.Close()
	anyone, err := quickbuild.New(quickbuild.Options{URL: web.URL, Configuration: path, UserAgent: "ferry-test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := anyone.Save(t.Context(), d); !errors.As(err, &needs) {
		t.Errorf("without a password: %v", err)
	}
	if _, err := anyone.Draft(t.Context(), ci.Recipe{}); err != nil {
		t.Errorf("a draft changes nothing: %v", err)
	}
}
