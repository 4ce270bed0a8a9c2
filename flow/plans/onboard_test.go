package plans_test

import (
	"os"
	"path/filepath"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/rules"
	"ferry/flow/plans"
	"ferry/flow/steps"
	"ferry/pypi"
)

// setups are the ways in which a repository is set up, by their golden files.
func setups() map[string]steps.Setup {
	branch := []steps.Lane{{Index: "testpypi", Start: rules.StartBranch, Ref: "pypi-test"}, {Index: "pypi", Start: rules.StartBranch, Ref: "pypi-release"}}
	tag := []steps.Lane{{Index: "pypi", Start: rules.StartTag, Ref: "v{version}", Register: steps.ByUpload}}
	base := steps.Setup{Name: "Acme.Core", Version: "1.4.0", Default: "main", Lanes: branch, Branch: steps.SetupBranch}
	out := map[string]steps.Setup{}
	for name, change := range map[string]func(*steps.Setup){
		"sealed":  func(s *steps.Setup) { s.How, s.Pypirc = steps.PublishSealed, steps.PypircKeyring },
		"setting": func(s *steps.Setup) { s.How, s.Request = steps.PublishSetting, true },
		"tag":     func(s *steps.Setup) { s.How, s.Lanes, s.Branch = steps.PublishSealed, tag, "" },
		"github":  func(s *steps.Setup) { s.How = steps.PublishWorkflow },
		"gitlab":  func(s *steps.Setup) { s.How = steps.PublishGitLab },
		"server":  func(s *steps.Setup) { s.How, s.Lanes, s.Recipe = steps.PublishElse, branch[1:], &ci.Recipe{} },
		"file":    func(s *steps.Setup) { s.How, s.Lanes, s.RecipeFile = steps.PublishElse, branch[1:], "quickbuild.xml" },
	} {
		s := base
		change(&s)
		out["onboard-"+name] = s
	}
	return out
}

// TestOnboardPlans: which steps a way has, in which order, and what each needs. A
// node that is not needed is looked at to the last.
func TestOnboardPlans(t *testing.T) {
	for name, s := range setups() {
		t.Run(name, func(t *testing.T) {
			w := paper(t)
			test := pypi.NewIndex(pypi.Config{Name: "testpypi", Simple: "https://test.pypi.org/simple/", JSON: "https://test.pypi.org/pypi/"})
			p := plans.Onboard(steps.Yard{World: w, Indexes: map[string]*pypi.Index{"pypi": w.Index, "testpypi": test}}, s)
			sound(t, p)
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

// sound: the proof is in every plan, nothing comes before what it needs, and only a
// first upload is permanent.
func sound(t *testing.T, p flow.Plan) {
	t.Helper()
	seen := map[flow.ID]bool{}
	for _, n := range p.Nodes {
		for _, need := range n.Needs {
			if !seen[need] || need == flow.CheckSetup {
				t.Errorf("%s needs %s", n.ID, need)
			}
		}
		if seen[n.ID] || n.Title == "" || n.Step == nil || n.Effect == flow.Permanent && !n.ID.Is(flow.Register) || n.LeadsTo != "" {
			t.Errorf("node %+v", n)
		}
		seen[n.ID] = true
	}
	if !seen[flow.CheckSetup] || p.GoOn != "ferry onboard" || p.Confirm == "" {
		t.Errorf("plan %s: %+v", p.Name, p)
	}
}
