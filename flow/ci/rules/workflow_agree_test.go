package rules_test

import (
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci/rules"
)

// askedRefs are events as both readers take them.
var askedRefs = map[string]string{
	"branch main": "branch:main", "branch x": "branch:x", "branch rel/a/b": "branch:rel/a/b", "branch pypi-release": "branch:pypi-release",
	"tag v1": "tag:v1", "tag 1.0": "tag:1.0", "tag v1.0rc1": "tag:v1.0rc1", "release v1": "release", "dispatch main": "dispatch",
}

// scanned says whether Scan has a ref publish: for sure, perhaps, or not.
func scanned(f rules.Files, ref string) rules.Answer {
	out := rules.No
	for _, d := range f.Deploys {
		switch on := publishes(rules.Files{Deploys: []rules.Deploy{d}}, ref); {
		case on && d.Undecided == "" && (d.Repo == "" || d.Repo == "owner/repo"):
			return rules.Yes
		case on || d.Undecided != "":
			out = rules.Undecided
		}
	}
	return out
}

func predicted(p rules.Prediction) rules.Answer {
	switch {
	case len(p.Deploying(rules.Yes)) > 0:
		return rules.Yes
	case len(p.Deploying(rules.Undecided)) > 0:
		return rules.Undecided
	}
	return rules.No
}

// TestScanAndPredictAgree: of two readings of one file, neither says yes where
// the other says no.
func TestScanAndPredictAgree(t *testing.T) {
	t.Parallel()
	asked := 0
	for _, c := range slices.Concat(triggerCases, conditionCases, needsCases, matrixCases) {
		tree := oneWorkflow(c.src)
		files, err := rules.Scan(tree)
		if err != nil {
			t.Fatal(err)
		}
		for event, ref := range askedRefs {
			p := predictTree(t, tree, eventOf(event))
			s, now := scanned(files, ref), predicted(p)
			if s != now && s != rules.Undecided && now != rules.Undecided {
				t.Errorf("%s, %s: Scan says %s, Predict says %s\n%s\n%s", c.name, event, s, now, c.src, reasons(p))
			}
			asked++
		}
	}
	if asked < 500 {
		t.Errorf("only %d questions were asked", asked)
	}
}

// TestRefusedFilesDeployNothing: Scan leaves out what the service refuses.
func TestRefusedFilesDeployNothing(t *testing.T) {
	t.Parallel()
	files := scan(t, hub+"a.yml", "on: [push, tag]\n"+jobA(""))
	if len(files.Deploys) != 0 || len(files.Problems) != 1 || !strings.Contains(files.Problems[0].Text, "tag is no event") {
		t.Errorf("got %+v", files)
	}
}
