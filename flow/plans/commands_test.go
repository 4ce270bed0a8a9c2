package plans_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/plans"
	"ferry/flow/steps"
	"ferry/gitops"
	"ferry/gitops/gittest"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

const slug = "acme/acme-core"

var day = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// twin is a world of which there can be two that are alike: one in which Run
// acts, and one in which a person types.
type twin struct {
	t      *testing.T
	git    *gittest.Server
	index  *pypitest.Server
	dir    string
	commit string
	other  string
	world  steps.World
}

func newTwin(t *testing.T) *twin {
	t.Helper()
	w := &twin{t: t, dir: filepath.Join(t.TempDir(), "clone"), git: gittest.New(gittest.Options{}), index: pypitest.New(pypitest.Options{})}
	files := map[string]string{"pyproject.toml": "[project]\nname = \"acme-core\"\nversion = \"1.4.0\"\n"}
	w.commit = w.git.Repo(slug, files, gittest.At(day))
	w.other = w.git.Commit(slug, "topic", "Go on", map[string]string{"more.txt": "more\n"}, day.Add(time.Hour))
	git, index := httptest.NewServer(w.git), httptest.NewServer(w.index)
	t.Cleanup(git.Close)
	t.Cleanup(index.Close)
	must(t, gittest.Checkout(w.dir, git.URL+"/"+slug+".git", "main"))
	repo, err := gitops.Open(w.dir)
	must(t, err)
	remote, err := repo.Remote("origin", gitops.RemoteOptions{Timeout: 20 * time.Second})
	must(t, err)
	w.world = steps.World{Repo: repo, Remote: remote, Waits: waits, RunID: "run-1",
		Index: pypi.NewIndex(pypi.Config{Name: "pypi", Simple: index.URL + "/simple/"})}
	return w
}

func (w *twin) plan(ref string) flow.Plan {
	return plans.For(w.world, steps.Target{Name: "acme-core", Version: "1.4.0", Commit: w.commit, Ref: ref,
		Claim: strings.HasPrefix(ref, "refs/heads/"), Artifacts: []string{"sdist"}})
}

// publish makes the release one that is confirmed, so that the clean-up is due.
func (w *twin) publish() {
	name, data := pypitest.Sdist("acme-core", "1.4.0", day, nil)
	w.index.Publish("acme-core", "1.4.0", time.Now().Add(-time.Hour), pypitest.File{Name: name, Data: data})
}

// refs are the remote's: what each stands for, and whether by a tag object.
func (w *twin) refs() string {
	var out strings.Builder
	refs := w.git.Refs(slug)
	for _, ref := range slices.Sorted(maps.Keys(refs)) {
		commit := w.git.Peel(slug, refs[ref])
		fmt.Fprintln(&out, ref, commit, commit != refs[ref])
	}
	return out.String()
}

// act lets a node's step run, as the engine would.
func (w *twin) act(p flow.Plan, id flow.ID) error {
	n, ok := p.Node(id)
	if !ok {
		w.t.Fatalf("no node %s", id)
	}
	return n.Step.Run(flow.WithReading(w.t.Context()), func(string) {})
}

// typed runs the command that a node shows, in the clone, by a shell.
func (w *twin) typed(p flow.Plan, id flow.ID) error {
	w.t.Helper()
	n, _ := p.Node(id)
	cmd := exec.CommandContext(w.t.Context(), "sh", "-c", flow.Shell(n.Command()))
	cmd.Dir = w.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", flow.Shell(n.Command()), err, out)
	}
	return nil
}

func needsGit(t *testing.T) {
	t.Helper()
	for _, name := range []string{"git", "sh"} {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("FERRY_REAL") == "require" {
				t.Fatalf("%s is not installed, and FERRY_REAL=require", name)
			}
			t.Skip(name + " is not installed")
		}
	}
}

var acting = []struct {
	ref    string
	id     flow.ID
	before func(*twin)
	made   string // the ref that is made; "" where one is deleted
}{
	{branchRef, flow.Claim, nil, "refs/releases/acme-core/1.4.0"},
	{branchRef, flow.PushBranch, nil, branchRef},
	{tagRef, flow.PushTag, nil, tagRef},
	{branchRef, flow.DeleteBranch, func(w *twin) { w.git.SetRef(slug, branchRef, w.commit); w.publish() }, ""},
}

// TestCommandsAreTrue: what is shown as a node's command does, typed into a
// shell, to the remote what the node's Run does.
func TestCommandsAreTrue(t *testing.T) {
	needsGit(t)
	for _, c := range acting {
		t.Run(string(c.id), func(t *testing.T) {
			t.Parallel()
			ran, typed := newTwin(t), newTwin(t)
			began := typed.refs()
			for _, w := range []*twin{ran, typed} {
				if c.before != nil {
					c.before(w)
				}
			}
			must(t, ran.act(ran.plan(c.ref), c.id))
			must(t, typed.typed(typed.plan(c.ref), c.id))
			if ran.refs() != typed.refs() {
				t.Errorf("Run made\n%sand the command\n%s", ran.refs(), typed.refs())
			}
			annotated := c.id == flow.Claim || c.id == flow.PushTag
			if want := fmt.Sprintln(c.made, typed.commit, annotated); c.made != "" && !strings.Contains(typed.refs(), want) {
				t.Errorf("%s is not among\n%s", want, typed.refs())
			}
			if c.made == "" && typed.refs() != began {
				t.Errorf("it deleted something else\n%s", typed.refs())
			}
			n, _ := typed.plan(c.ref).Node(c.id)
			if f := n.Step.Observe(flow.WithReading(t.Context())); c.id != flow.DeleteBranch && f.Status != flow.Done {
				t.Errorf("after the command the step is %s: %s", f.Status, f.Text)
			}
		})
	}
}

// TestCommandsAreRefused: where the ref is there already, or was moved or
// deleted, the command changes nothing and fails, as Run does.
func TestCommandsAreRefused(t *testing.T) {
	needsGit(t)
	for _, c := range acting {
		spoils := map[string]func(*twin){"at another commit": func(w *twin) { w.git.SetRef(slug, c.made, w.other) }, "at our commit": func(w *twin) { w.git.SetRef(slug, c.made, w.commit) }}
		if c.made == "" {
			spoils = map[string]func(*twin){"moved": func(w *twin) { w.git.SetRef(slug, branchRef, w.other) }, "gone": func(w *twin) { w.git.DeleteRef(slug, branchRef) }}
		}
		for name, spoil := range spoils {
			t.Run(string(c.id)+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := newTwin(t)
				if c.before != nil {
					c.before(w)
				}
				spoil(w)
				before := w.refs()
				err := w.typed(w.plan(c.ref), c.id)
				if w.refs() != before {
					t.Errorf("it changed\n%sinto\n%s", before, w.refs())
				}
				if err == nil && (name != "at our commit" || c.id != flow.PushBranch) { // git calls that up to date
					t.Error("it was not refused")
				}
				_ = w.act(w.plan(c.ref), c.id)
				if w.refs() != before {
					t.Errorf("Run changed\n%sinto\n%s", before, w.refs())
				}
			})
		}
	}
}

// TestAClaimCommandCanBeTypedAgain: a refused one leaves nothing that is in the
// way of the next.
func TestAClaimCommandCanBeTypedAgain(t *testing.T) {
	needsGit(t)
	w := newTwin(t)
	w.git.Faults(gittest.Decline("not now"))
	p := w.plan(branchRef)
	if err := w.typed(p, flow.Claim); err == nil {
		t.Fatal("it was not refused")
	}
	must(t, w.typed(p, flow.Claim))
	out, err := exec.CommandContext(t.Context(), "git", "-C", w.dir, "tag").CombinedOutput()
	must(t, err)
	if len(out) != 0 {
		t.Errorf("it left tags behind: %s", out)
	}
}
