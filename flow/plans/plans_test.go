package plans_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci/github"
	"ferry/flow/plans"
	"ferry/flow/steps"
	"ferry/gitops"
	"ferry/gitops/gittest"
	"ferry/pypi"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain keeps the machine's own configuration out.
func TestMain(m *testing.M) {
	home, err := os.MkdirTemp("", "plans")
	if err != nil {
		panic(err)
	}
	for k, v := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, ".config"), "GIT_CONFIG_SYSTEM": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
	} {
		os.Setenv(k, v)
	}
	code := m.Run()
	os.RemoveAll(home)
	os.Exit(code)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var waits = steps.Waits{Every: 10 * time.Second, Limit: 6 * time.Hour, Settle: time.Minute, SecondLook: 10 * time.Second, Fresh: time.Minute, ClaimGrace: 15 * time.Minute}

// paper is a world that is only written of: nothing is behind its addresses.
func paper(t *testing.T) steps.World {
	t.Helper()
	dir := t.TempDir()
	must(t, gittest.Init(dir, "https://git.example.org/acme/acme-core.git"))
	repo, err := gitops.Open(dir)
	must(t, err)
	remote, err := repo.Remote("origin", gitops.RemoteOptions{})
	must(t, err)
	index := pypi.NewIndex(pypi.Config{Name: "pypi", Simple: "https://pypi.org/simple/", JSON: "https://pypi.org/pypi/"})
	host, err := github.New(github.Options{Slug: "acme/acme-core"})
	must(t, err)
	return steps.World{Repo: repo, Remote: remote, Index: index, Waits: waits, Host: host}
}

// rehearsed is a world with a staging index.
func rehearsed(w steps.World) steps.World {
	w.Staging = pypi.NewIndex(pypi.Config{Name: "testpypi", Simple: "https://test.pypi.org/simple/", JSON: "https://test.pypi.org/pypi/"})
	return w
}

const commit = "0123456789abcdef0123456789abcdef01234567"

func target(ref string, claim, keep bool) steps.Target {
	return steps.Target{Name: "Acme.Core", Version: "1.4.0", Source: "pyproject.toml [project]", Commit: commit, Ref: ref, Claim: claim, KeepBranch: keep}
}

func ephemeral(t steps.Target) steps.Target {
	t.Ephemeral = []string{"pypi", "testpypi"}
	return t
}

func byRelease(t steps.Target) steps.Target {
	t.By, t.Notes = steps.ByRelease, steps.Notes{Text: "- It's mended.", Source: "CHANGELOG.md"}
	return t
}

func bare(t steps.Target) steps.Target {
	t.HostRelease = "no"
	return t
}

func others(t steps.Target) steps.Target {
	t.By = steps.ByOthers
	return t
}

const (
	branchRef = "refs/heads/pypi-release"
	tagRef    = "refs/tags/v1.4.0"
)

// all are the plans there are, by the name of their golden file.
func all(w steps.World) map[string]flow.Plan {
	return map[string]flow.Plan{
		"branch":             plans.For(w, target(branchRef, true, false)),
		"branch-no-claim":    plans.For(w, target(branchRef, false, false)),
		"branch-keep":        plans.For(w, target(branchRef, true, true)),
		"branch-bare":        plans.For(w, target(branchRef, false, true)),
		"branch-ephemeral":   plans.For(w, ephemeral(target(branchRef, true, false))),
		"tag-ephemeral":      plans.For(w, ephemeral(target(tagRef, false, false))),
		"others":             plans.For(w, others(target(tagRef, false, false))),
		"release":            plans.For(w, byRelease(target(tagRef, false, false))),
		"release-staged":     plans.For(rehearsed(w), byRelease(ephemeral(target(tagRef, false, false)))),
		"follow-release":     plans.Follow(plans.For(w, byRelease(target(tagRef, false, false)))),
		"tag-bare":           plans.For(w, bare(target(tagRef, false, false))),
		"tag-staged":         plans.For(rehearsed(w), target(tagRef, false, false)),
		"branch-staged":      plans.For(rehearsed(w), target(branchRef, true, false)),
		"tag":                plans.For(w, target(tagRef, false, false)),
		"abandon":            plans.Abandon(w, target(branchRef, true, false)),
		"complete":           plans.Complete(w, target(branchRef, true, false), sdist(w)),
		"complete-tag":       plans.Complete(w, ephemeral(target(tagRef, false, false)), sdist(w)),
		"follow-branch":      plans.Follow(plans.For(w, target(branchRef, true, false))),
		"follow-branch-keep": plans.Follow(plans.For(w, target(branchRef, true, true))),
		"follow-tag":         plans.Follow(plans.For(w, target(tagRef, false, false))),
	}
}

func sdist(w steps.World) plans.Upload {
	return plans.Upload{World: w, Files: []*pypi.Artifact{{Path: "dist/acme_core-1.4.0.tar.gz"}}}
}

// table is a plan as people can read it.
func table(p flow.Plan) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\nconfirm: %q\n", p.Name, p.Title, p.Confirm)
	for _, n := range p.Nodes {
		fmt.Fprintf(&out, "\n%s: %s\n", n.ID, n.Title)
		fmt.Fprintf(&out, "  effect   %s", n.Effect)
		if n.LeadsTo != "" {
			fmt.Fprintf(&out, ", leads to %s", n.LeadsTo)
		}
		fmt.Fprintln(&out)
		for _, need := range n.Needs {
			fmt.Fprintf(&out, "  needs    %s\n", need)
		}
		if n.Every != 0 || n.Limit != 0 {
			fmt.Fprintf(&out, "  looks    every %v, at most %v\n", n.Every, n.Limit)
		}
		if n.Settle != 0 {
			fmt.Fprintf(&out, "  settles  after %v\n", n.Settle)
		}
		if c := n.Command(); c != nil {
			fmt.Fprintf(&out, "  command  %s\n", flow.Shell(c))
		}
	}
	return out.String()
}

func TestPlans(t *testing.T) {
	for name, p := range all(paper(t)) {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name+".golden")
			got := table(p)
			if *update {
				must(t, os.WriteFile(file, []byte(got), 0o600))
			}
			want, err := os.ReadFile(file)
			must(t, err)
			if got != string(want) {
				t.Errorf("the plan is no longer what %s says; -update, if that is meant\n%s", file, got)
			}
		})
	}
}

// TestPlansAreSound: every need points back to a node that is there, every node
// has what a front end and the engine want of it.
func TestPlansAreSound(t *testing.T) {
	for name, p := range all(paper(t)) {
		seen := map[flow.ID]bool{}
		for _, n := range p.Nodes {
			if seen[n.ID] || n.ID == "" || n.Title == "" || n.Effect == "" || n.Step == nil {
				t.Errorf("%s: node %+v", name, n)
			}
			for _, need := range n.Needs {
				if !seen[need] {
					t.Errorf("%s: %s needs %s, which is not before it", name, n.ID, need)
				}
			}
			if n.Effect != flow.Reads && n.Command() == nil {
				t.Errorf("%s: %s acts, and does not say how a person would", name, n.ID)
			}
			if n.Every > 0 && n.Limit == 0 {
				t.Errorf("%s: %s waits for ever", name, n.ID)
			}
			seen[n.ID] = true
		}
		if len(seen) == 0 || p.Name == "" || p.Title == "" {
			t.Errorf("%s: an empty plan", name)
		}
	}
}

// TestTheGateStandsBeforeEverythingShared: the first node that others feel leads
// to what cannot be taken back, so that one answer covers all.
func TestTheGateStandsBeforeEverythingShared(t *testing.T) {
	for name, p := range all(paper(t)) {
		for _, n := range p.Nodes {
			if n.Effect == flow.Reads {
				continue
			}
			if n.LeadsTo != flow.Permanent || p.Confirm != "1.4.0" {
				t.Errorf("%s: %s is the first that others feel, and asks for %q", name, n.ID, p.Confirm)
			}
			break
		}
	}
}

// TestFollowActsNowhere: joining a release only looks.
func TestFollowActsNowhere(t *testing.T) {
	for name, p := range all(paper(t)) {
		for _, n := range p.Nodes {
			if strings.HasPrefix(name, "follow") && n.Effect != flow.Reads {
				t.Errorf("%s: %s %s", name, n.ID, n.Effect)
			}
		}
	}
}
