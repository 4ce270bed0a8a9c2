package steps_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/steps"
	"ferry/pypi/pypitest"
)

// stagingStep is nil where the bench has no staging index, as its plan has no node.
func stagingStep(w steps.World, t steps.Target) flow.Step {
	if w.Staging == nil {
		return nil
	}
	return steps.CheckStaging{World: w, Target: t}
}

// staged: files of the version were put on the staging index some time ago.
func staged(since time.Duration, names ...string) happens {
	return func(b *bench) {
		for _, n := range names {
			b.stage.Publish(project, version, ago(since), dist(n))
		}
	}
}

// stagedBy: CI built main at our commit and says that it uploaded files somewhere,
// with their hashes.
func stagedBy(ended time.Duration, to string, names ...string) happens {
	return ranOnMain(ours, ended, "Uploading distributions to "+to+"\n"+uploads(names...), ci.StatePassed)
}

func ranOnMain(at who, ended time.Duration, log string, state ci.State) happens {
	return func(b *bench) {
		j := ci.Job{Name: "publish", State: state, Started: ago(ended + time.Minute)}
		x := citest.Build{Build: ci.Build{Ref: "refs/heads/main", SHA: b.commit(at), State: state, Created: j.Started, Started: j.Started}, Logs: map[string]string{"publish": log}}
		if strings.HasPrefix(b.target.Ref, "refs/tags/") {
			x.Provider = "github"
		}
		if state.Final() {
			j.Ended, x.Ended = ago(ended), ago(ended)
		}
		x.Jobs = []ci.Job{j}
		b.ci.AddBuild(x)
	}
}

// ownDist: the person built the commit, or something else.
func ownDist(files map[string]string) happens {
	return func(b *bench) {
		dir := filepath.Join(b.dir, "dist")
		must(b.t, os.MkdirAll(dir, 0o700))
		name, data := pypitest.Sdist(project, version, day, files)
		must(b.t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
}

// asBuilt: what is in the dist folder was uploaded to the staging index.
func asBuilt(b *bench) {
	data, err := os.ReadFile(filepath.Join(b.dir, "dist", sdist))
	must(b.t, err)
	b.stage.Publish(project, version, ago(time.Hour), pypitest.File{Name: sdist, Data: data})
}

const testPyPI = "https://test.pypi.org/legacy/"

// TestStaging: a version on the staging index proves nothing. Its bytes do, or the
// run of this very commit that uploaded them.
func TestStaging(t *testing.T) {
	quiet := "Uploading distributions to " + testPyPI + "\nUploading " + sdist + "\n"
	skipped := quiet + "Skipping " + sdist + " because it appears to already exist\n"
	same := map[string]string{"README.md": "acme\n"}
	tests := []struct {
		says  string
		world []happens
		want  flow.Status
		text  string
	}{
		{"nothing is there, and nothing brings it", nil, flow.Failed, "has nothing of"},
		{"only the version is there", []happens{staged(hour, sdist, wheel)}, flow.Conflict, "nothing proves"},
		{"the commit's run uploaded it, with hashes", []happens{staged(2*hour, sdist), stagedBy(hour, testPyPI, sdist)}, flow.Done, "with these hashes"},
		{"the run uploaded to the other index", []happens{staged(2*hour, sdist), stagedBy(hour, "https://upload.pypi.org/legacy/", sdist)}, flow.Conflict, "nothing proves"},
		{"the run of another commit uploaded it", []happens{staged(2*hour, sdist), ranOnMain(theirs, hour, "Uploading distributions to "+testPyPI+"\n"+uploads(sdist), ci.StatePassed)}, flow.Conflict, "nothing proves"},
		{"the run names no hash, at the right time", []happens{staged(hour+30*time.Second, sdist), ranOnMain(ours, hour, quiet, ci.StatePassed)}, flow.Done, "said so"},
		{"the run names no hash, at another time", []happens{staged(5*hour, sdist), ranOnMain(ours, hour, quiet, ci.StatePassed)}, flow.Conflict, "nothing proves"},
		{"the run left it alone", []happens{staged(hour+30*time.Second, sdist), ranOnMain(ours, hour, skipped, ci.StatePassed)}, flow.Conflict, "nothing proves"},
		{"the run goes on", []happens{ranOnMain(ours, 0, "", ci.StateRunning)}, flow.Underway, "waiting"},
		{"an old file, and the run goes on", []happens{staged(5*hour, sdist), ranOnMain(ours, 0, "", ci.StateRunning)}, flow.Underway, "waiting"},
		{"part of what the run uploaded", []happens{staged(2*hour, sdist), stagedBy(hour, testPyPI, sdist, wheel)}, flow.Failed, "only part"},
		{"the same bytes as in dist", []happens{ownDist(same), asBuilt}, flow.Done, "same bytes as in dist"},
		{"dist is of another commit", []happens{ownDist(map[string]string{"README.md": "other\n"}), asBuilt}, flow.Conflict, "nothing proves"},
		{"dist differs", []happens{ownDist(same), staged(hour, sdist)}, flow.Conflict, "nothing proves"},
		{"the staging index is down", []happens{down("index", "500")}, flow.Unknown, "cannot be read"},
		{"CI is down, and only it could tell", []happens{staged(hour, sdist), down("ci", "500")}, flow.Unknown, "CI cannot be read"},
		{"CI is down, and dist tells", []happens{ownDist(same), asBuilt, down("ci", "500")}, flow.Done, "same bytes"},
	}
	for _, byTag := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(tt.says, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, options{staged: true, byTag: byTag, token: byTag})
				for _, h := range tt.world {
					h(b)
				}
				f := b.observe(flow.CheckStaging)
				if f.Status != tt.want || !strings.Contains(f.Text, tt.text) {
					t.Errorf("%s: %s, want %s: %s (%v)", f.Status, f.Text, tt.want, tt.text, lines(f.Problem))
				}
				if f.Status == flow.Done && (f.Confirm == "" || f.Warning == "" || len(f.Proof) < 2) {
					t.Errorf("nobody is asked to look: %+v", f)
				}
				if f.Problem != nil {
					speaks(t, f)
				}
			})
		}
	}
}

func lines(p *flow.Problem) []string {
	if p == nil {
		return nil
	}
	return p.Lines
}
