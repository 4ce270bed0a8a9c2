package rules_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"ferry/flow/ci/rules"
)

const (
	testPyPI = "https://test.pypi.org/legacy/"
	keyPrint = "SHA256:abc/def+123="
)

// password is a ciphertext, and short what stands for it in expected texts.
func password(t testing.TB, letter string) rules.Sealed {
	t.Helper()
	s, err := rules.ParseSealed(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 256))))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// short puts P and T in the place of the two ciphertexts.
func short(t testing.TB, text string) string {
	text = strings.ReplaceAll(text, password(t, "p").Text(), "P")
	return strings.ReplaceAll(text, password(t, "t").Text(), "T")
}

// branchFlow is the first guide's: a branch for each index.
func branchFlow(t testing.TB, job rules.TravisJob) rules.TravisSetup {
	return rules.TravisSetup{Providers: []rules.TravisTarget{
		{Branch: "pypi-release", Distributions: []string{"sdist", "bdist_wheel"}, Password: password(t, "p"), Key: keyPrint, Job: job},
		{Server: testPyPI, Branch: "pypi-test", Distributions: []string{"sdist", "bdist_wheel"}, Password: password(t, "t"), Key: keyPrint, Job: job},
	}}
}

// tagFlow is the second guide's: every push to master to TestPyPI, tags to PyPI.
func tagFlow(job rules.TravisJob) rules.TravisSetup {
	return rules.TravisSetup{Providers: []rules.TravisTarget{
		{Server: testPyPI, Branch: "master", SkipExisting: true, DplVersion: "2.0.5.4", Job: job},
		{Tags: true, DplVersion: "2.0.5.4", Job: job},
	}}
}

func setupEvent() rules.Event { return rules.Event{Slug: "o/r", DefaultBranch: "master"} }

// setUp sets a file up, and holds what is promised of every file.
func setUp(t testing.TB, src string, want rules.TravisSetup, e rules.Event) (rules.TravisSet, error) {
	t.Helper()
	edit := func(text []byte) (rules.TravisSet, error) { return rules.SetUpTravis(text, want, e) }
	set, err := edited(t, src, want, edit)
	if err == nil {
		deploysMore(t, src, string(set.New), want)
		oneJobEach(t, string(set.New), want, e)
	}
	return set, err
}

// edited holds what is promised of whatever text.
func edited(t testing.TB, src string, want rules.TravisSetup, edit func([]byte) (rules.TravisSet, error)) (rules.TravisSet, error) {
	t.Helper()
	set, err := edit([]byte(src))
	if err != nil {
		if !reflect.DeepEqual(set, rules.TravisSet{}) {
			t.Errorf("something is given with %v", err)
		}
		named(t, err)
		return set, err
	}
	if string(set.Old) != src {
		t.Errorf("the old text is %q", set.Old)
	}
	plannedOnly(t, set)
	meansSame(t, src, string(set.New), want)
	again, err := edit(set.New)
	if err != nil || string(again.New) != string(set.New) || len(again.Changes)+len(again.Replaced) > 0 {
		t.Errorf("a second time: %v, %+v", err, again.Changes)
	}
	return set, nil
}

// named looks that an error is one of the typed ones.
func named(t testing.TB, err error) {
	t.Helper()
	var r *rules.Refusal
	var n *rules.NotOneJob
	switch {
	case errors.As(err, &r):
		if r.Why == "" || r.Text == "" {
			t.Errorf("a refusal without a reason: %+v", r)
		}
	case errors.As(err, &n):
		if n.Index == "" || n.Ref == "" {
			t.Errorf("got %+v", n)
		}
	case !errors.Is(err, rules.ErrSetup):
		t.Errorf("an error of no kind: %v", err)
	}
}

// plannedOnly makes the new text of the old one by the planned lines alone, and
// looks that they say truly what was there.
func plannedOnly(t testing.TB, set rules.TravisSet) {
	t.Helper()
	old, now := strings.SplitAfter(string(set.Old), "\n"), strings.Builder{}
	end := "\n"
	if strings.Contains(string(set.Old), "\r\n") {
		end = "\r\n"
	}
	if old[len(old)-1] == "" {
		old = old[:len(old)-1]
	}
	at := 1
	for _, c := range set.Changes {
		if c.First < at || c.Last < c.First-1 || c.Last > len(old) || len(c.Names) == 0 {
			t.Fatalf("a change out of order: %+v", c)
		}
		now.WriteString(strings.Join(old[at-1:c.First-1], ""))
		if s := now.String(); s != "" && !strings.HasSuffix(s, "\n") {
			now.WriteString(end)
		}
		for _, l := range c.Lines {
			now.WriteString(l + end)
		}
		var was []string
		for _, l := range old[c.First-1 : c.Last] {
			was = append(was, strings.TrimRight(l, "\r\n"))
		}
		if !slices.Equal(was, c.Was) {
			t.Errorf("lines %d to %d are %q, not %q", c.First, c.Last, was, c.Was)
		}
		at = c.Last + 1
	}
	now.WriteString(strings.Join(old[at-1:], ""))
	got := now.String()
	if len(set.Old) > 0 && !strings.HasSuffix(string(set.Old), "\n") {
		got = strings.TrimSuffix(got, end)
	}
	if got != string(set.New) {
		t.Errorf("the planned lines make\n%s\nnot\n%s", got, set.New)
	}
}

// meansSame compares what two files mean, by another way than the editor's own:
// all is as it was but for deploys, the names that branches.only has more, and the
// check that after_deploy has less.
func meansSame(t testing.TB, old, now string, want rules.TravisSetup) {
	t.Helper()
	a, b := decoded(t, old), decoded(t, now)
	if was, is := fmt.Sprint(without(a, want)), fmt.Sprint(without(b, want)); len(a) > 0 && was != is {
		t.Errorf("beside what is wanted:\n%v\n%v", was, is)
	}
}

// deploysMore looks that the deploys are those that were, and those that are wanted.
func deploysMore(t testing.TB, old, now string, want rules.TravisSetup) {
	t.Helper()
	deploysA, deploysB := deploysOf(decoded(t, old)), deploysOf(decoded(t, now))
	others := func(d any) bool {
		return slices.ContainsFunc(want.Providers, func(w rules.TravisTarget) bool { return serves(d, w) })
	}
	keptA, keptB := slices.DeleteFunc(slices.Clone(deploysA), others), slices.DeleteFunc(slices.Clone(deploysB), others)
	if !reflect.DeepEqual(keptA, keptB) && len(keptA)+len(keptB) > 0 {
		t.Errorf("other deploys were\n%v and are\n%v", keptA, keptB)
	}
	for _, w := range want.Providers {
		i := slices.IndexFunc(deploysB, func(d any) bool { return serves(d, w) })
		if i < 0 {
			t.Fatalf("nothing deploys to %q", w.Server)
		}
		asWanted(t, deploysB[i].(map[string]any), w)
	}
}

func decoded(t testing.TB, src string) map[string]any {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(src), &n); err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	out := map[string]any{}
	if err := n.Decode(&out); err != nil {
		return nil // values that are no text, which yaml.Node has and Go's types have not
	}
	return out
}

// listedJobs gives the jobs that a file lists.
func listedJobs(m map[string]any) []map[string]any {
	var out []map[string]any
	for _, key := range []string{"jobs", "matrix"} {
		list := m[key]
		if section, ok := list.(map[string]any); ok {
			list = section["include"]
		}
		for _, j := range asList(list) {
			if job, ok := j.(map[string]any); ok {
				out = append(out, job)
			}
		}
	}
	return out
}

func asList(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

func deploysOf(m map[string]any) []any {
	out := deploysIn(m)
	for _, job := range listedJobs(m) {
		out = append(out, deploysIn(job)...)
	}
	return out
}

func deploysIn(m map[string]any) []any {
	list := asList(m["deploy"])
	return slices.DeleteFunc(slices.Clone(list), func(d any) bool { section, ok := d.(map[string]any); return ok && len(section) == 0 })
}

// without takes away what a setup may change.
func without(m map[string]any, want rules.TravisSetup) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	delete(out, "deploy")
	if section, ok := out["branches"].(map[string]any); ok {
		out["branches"] = section["except"]
	} else {
		delete(out, "branches")
	}
	if want.DropCheck {
		delete(out, "after_deploy")
	}
	for _, key := range []string{"jobs", "matrix"} {
		delete(out, key)
		section, ok := m[key].(map[string]any)
		for k, v := range section {
			if k != "include" {
				out[key+" "+k] = v
			}
		}
		list := m[key]
		if ok {
			list = section["include"]
		}
		for i, j := range asList(list) {
			if job, ok := j.(map[string]any); ok {
				j = without(job, want)
			}
			out[fmt.Sprintf("%s %d", key, i)] = j
		}
	}
	return out
}

// asWanted holds a deploy against what is wanted of it.
func asWanted(t testing.TB, d map[string]any, w rules.TravisTarget) {
	t.Helper()
	on, _ := d["on"].(map[string]any)
	if on == nil {
		on, _ = d["if"].(map[string]any)
	}
	user := d["username"]
	if user == nil {
		user = d["user"]
	}
	secure, _ := d["password"].(map[string]any)
	switch {
	case user != "__token__",
		w.Tags != (on["tags"] == true), !w.Tags && on["branch"] != w.Branch && on["branches"] != w.Branch,
		w.Tags && (on["branch"] != nil || on["branches"] != nil),
		w.Password.Text() == "" && d["password"] != nil,
		w.Password.Text() != "" && (len(secure) != 1 || strings.Join(strings.Fields(fmt.Sprint(secure["secure"])), "") != w.Password.Text()),
		w.Job.Python != "" && fmt.Sprint(on["python"]) != w.Job.Python,
		w.Job.Condition != "" && !strings.Contains(fmt.Sprint(on["condition"]), w.Job.Condition),
		d["edge"] != true && d["dpl_version"] == nil,
		w.SkipExisting != (d["skip_existing"] == true):
		t.Errorf("wanted %+v, got %+v", w, d)
	}
}

// serves says whether a deploy is to the index of a target.
func serves(d any, w rules.TravisTarget) bool {
	m, ok := d.(map[string]any)
	if !ok {
		return strings.EqualFold(fmt.Sprint(d), "pypi") && w.Server == ""
	}
	server, _ := m["server"].(string)
	test := strings.Contains(server, "test")
	public := server == "" || strings.Contains(server, "pypi.org") || strings.Contains(server, "pypi.python.org") || strings.Contains(server, "pypitest")
	return m["provider"] == "pypi" && public && test == (w.Server == testPyPI)
}

// oneJobEach asks the public prediction.
func oneJobEach(t testing.TB, src string, want rules.TravisSetup, e rules.Event) {
	t.Helper()
	for _, w := range want.Providers {
		e.What, e.Ref = "push", "refs/heads/"+w.Branch
		if w.Tags {
			e.Ref = "refs/tags/v1.2.3"
			if w.Tag != "" {
				e.Ref = "refs/tags/" + w.Tag
			}
		}
		p, err := rules.Predict(fstest.MapFS{".travis.yml": {Data: []byte(src)}}, e)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, j := range p.Jobs {
			for _, u := range j.Uploads {
				if j.Publishes(u) == rules.Yes && serves(map[string]any{"provider": "pypi", "server": u.Index}, w) {
					n++
				}
			}
		}
		if n != 1 {
			t.Errorf("%d jobs deploy %s to %q in\n%s", n, e.Ref, w.Server, src)
		}
	}
}
