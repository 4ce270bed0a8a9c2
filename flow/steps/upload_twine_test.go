package steps_test

import (
	"os"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/pypi"
)

// TestUploadRenders: where twine is installed, its word on a description comes
// before the index's; where it is not, that is said.
func TestUploadRenders(t *testing.T) {
	b := newBench(t, options{})
	broken := b.packed(project, version, "Metadata-Version: 2.1\nSummary: x\n\nTitle that is long\n=====\n")
	s := steps.Upload{World: b.world, Files: []*pypi.Artifact{broken}, Login: b.login}
	t.Run("missing", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		f := s.Observe(flow.WithReading(t.Context()))
		if last := f.Facts[len(f.Facts)-1]; f.Status != flow.Todo || last.Witness != "twine" || last.Says != "not checked whether it renders: twine is not installed here" {
			t.Errorf("%s %+v", f.Status, f.Facts)
		}
	})
	t.Run("real", func(t *testing.T) {
		if _, err := os.Stat("/usr/bin/twine"); err != nil && os.Getenv("FERRY_REAL") != "require" {
			t.Skip("twine is not here")
		}
		t.Setenv("PATH", "/usr/bin:/bin")
		f := s.Observe(flow.WithReading(t.Context()))
		if f.Status != flow.Failed || f.Problem.Code != flow.CodeUploadDescription || len(f.Problem.Lines) == 0 || len(b.index.Uploads()) > 0 {
			t.Errorf("%s %s", f.Status, f.Text)
		}
		fine := steps.Upload{World: b.world, Files: []*pypi.Artifact{b.packed(project, version, "Metadata-Version: 2.1\nSummary: x\n\nTitle\n=====\n\ntext\n")}, Login: b.login}
		f = fine.Observe(flow.WithReading(t.Context()))
		if last := f.Facts[len(f.Facts)-1]; f.Status != flow.Todo || last.Says != "renders" {
			t.Errorf("%s %+v", f.Status, f.Facts)
		}
	})
}
