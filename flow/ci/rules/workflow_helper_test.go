package rules_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

// hub is the place of a workflow file.
const hub = ".github/workflows/"

// treeOf makes a tree of texts. A single file without a name is a workflow.
func treeOf(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, src := range files {
		out[name] = &fstest.MapFile{Data: []byte(src)}
	}
	return out
}

func oneWorkflow(src string) fstest.MapFS { return treeOf(map[string]string{hub + "a.yml": src}) }

// eventOf reads "branch main", "tag v1", "release v1" or "dispatch main".
func eventOf(s string) rules.Event {
	what, name, _ := strings.Cut(s, " ")
	e := rules.Event{What: "push", Ref: "refs/heads/" + name, Slug: "owner/repo", DefaultBranch: "main"}
	switch what {
	case "tag":
		e.Ref = "refs/tags/" + name
	case "release":
		e.What, e.Ref = "release", "refs/tags/"+name
	case "dispatch":
		e.What = "workflow_dispatch"
	}
	return e
}

func predictTree(t *testing.T, tree fstest.MapFS, e rules.Event) rules.Prediction {
	t.Helper()
	p, err := rules.Predict(tree, e)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// publishing names the jobs that publish, those that are not certain with a
// question mark.
func publishing(p rules.Prediction) string {
	var out []string
	for _, j := range p.Jobs {
		switch j.Deploys() {
		case rules.Yes:
			out = append(out, j.Name)
		case rules.Undecided:
			out = append(out, j.Name+"?")
		}
	}
	return strings.Join(out, ", ")
}

// reasons gives all that a prediction says about why.
func reasons(p rules.Prediction) string {
	var out []string
	for _, j := range p.Jobs {
		for _, r := range j.Why {
			out = append(out, r.Text)
		}
		for _, u := range j.Uploads {
			for _, r := range u.Why {
				out = append(out, r.Text)
			}
		}
	}
	for _, r := range p.Undecided {
		out = append(out, r.Text)
	}
	return strings.Join(out, "\n")
}
