package steps_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/pypi/pypitest"
)

// dists is a folder with the person's own files.
func dists(t *testing.T, files ...pypitest.File) string {
	dir := t.TempDir()
	for _, f := range files {
		must(t, os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600))
	}
	return dir
}

// TestVerifyDistRules: without a checkout the person's own files are what there
// must be, no more and no less, byte for byte.
func TestVerifyDistRules(t *testing.T) {
	tests := []struct {
		says string
		own  []pypitest.File
		want flow.Verdict
		bad  string
	}{
		{"the same", []pypitest.File{dist(sdist), dist(wheel)}, flow.Verified, ""},
		{"one is missing", []pypitest.File{dist(sdist), dist(wheel), dist(linux)}, flow.Incomplete, "files"},
		{"one is too many", []pypitest.File{dist(sdist)}, flow.Unexpected, "unexpected"},
		{"one is another", []pypitest.File{dist(sdist), another(wheel)}, flow.Mismatch, "digests bytes size"},
		{"none of the version", nil, flow.VerdictUnknown, ""},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			index := pypitest.New(pypitest.Options{})
			index.Publish(project, version, time.Now().Add(-3*hour), dist(sdist), dist(wheel))
			dir := dists(t, append(tt.own, pypitest.File{Name: "other-1.0.tar.gz"}, pypitest.File{Name: "README"})...)
			v := bare(index).Verify(t.Context(), steps.Target{Name: project, Version: version}, steps.VerifyOptions{Dist: dir})
			var bad []string
			for _, c := range v.Checks {
				if c.Result == flow.Bad {
					bad = append(bad, c.ID)
				}
			}
			if v.Verdict != tt.want || strings.Join(bad, " ") != tt.bad {
				t.Errorf("%s, bad %q; want %s, %q\n%s", v.Verdict, bad, tt.want, tt.bad, said(v))
			}
		})
	}
}
