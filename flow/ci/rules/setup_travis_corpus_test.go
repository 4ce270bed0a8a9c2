package rules_test

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

// setupVerdicts are the files of the corpus that are refused, by flow, each with its reason.
func setupVerdicts(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/setup_travis_corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSpace(line), " | ")
		if len(f) != 4 || f[3] == "" {
			t.Fatalf("not a verdict with its reason: %s", line)
		}
		out[f[0]+" "+f[1]] = f[2]
	}
	return out
}

// TestSetUpTravisCorpus sets every published file up for both flows, with the jobs
// that TravisJobs finds, and counts what became of them.
func TestSetUpTravisCorpus(t *testing.T) {
	dir, verdicts, count := corpus(t), setupVerdicts(t), map[string]int{}
	for _, r := range corpusRows(t) {
		text, err := os.ReadFile(filepath.Join(dir, r.file+".yml"))
		if err != nil {
			t.Fatal(err)
		}
		e := setupEvent()
		e.Slug = r.slug
		for name, flow := range map[string]rules.TravisSetup{"branches": branchFlow(t, rules.TravisJob{}), "tags": tagFlow(rules.TravisJob{})} {
			_, err := setUp(t, string(text), withJobs(text, flow, e), e)
			if got, want := outcome(err), cmp.Or(verdicts[r.file+" "+name], "edited"); got != want {
				t.Errorf("%s, %s: %s, want %s (%v)", r.file, name, got, want, err)
			}
			count[name+": "+outcome(err)]++
		}
	}
	for _, key := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%d %s", count[key], key)
	}
}

// withJobs gives every target the first job that is found for it.
func withJobs(text []byte, want rules.TravisSetup, e rules.Event) rules.TravisSetup {
	want.Providers = slices.Clone(want.Providers)
	for i, t := range want.Providers {
		if jobs := rules.TravisJobs(text, t, e); len(jobs) > 0 {
			want.Providers[i].Job = jobs[0]
		}
	}
	return want
}

func outcome(err error) string {
	var r *rules.Refusal
	var n *rules.NotOneJob
	switch {
	case err == nil:
		return "edited"
	case errors.As(err, &r):
		return "refused, " + r.Why
	case errors.As(err, &n):
		return "refused, not one job"
	}
	return "refused, " + err.Error()
}
