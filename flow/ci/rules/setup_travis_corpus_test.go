package rules_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

// TestSetUpTravisCorpus sets every published file up for both flows, with the jobs
// that TravisJobs finds, and counts what became of them.
func TestSetUpTravisCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t), "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	slugs := map[string]string{}
	for _, r := range corpusRows(t) {
		slugs[r.file] = r.slug
	}
	for name, flow := range map[string]rules.TravisSetup{"branches": branchFlow(t, rules.TravisJob{}), "tags": tagFlow(rules.TravisJob{})} {
		count := map[string][]string{}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			file := strings.TrimSuffix(filepath.Base(path), ".yml")
			e := setupEvent()
			e.Slug = slugs[file]
			_, err = setUp(t, string(text), withJobs(text, flow, e), e)
			count[outcome(err)] = append(count[outcome(err)], file)
			if err != nil {
				t.Logf("%s: %s: %v", name, file, err)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(count)) {
			t.Logf("%s: %d %s: %v", name, len(count[key]), key, count[key])
		}
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
