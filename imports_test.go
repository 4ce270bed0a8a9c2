package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is the house's table of who may import whom. A package that is not
// in it fails the test, and so does an import that its row does not name. "all"
// is for the composition root and the practice world that only it opens.
var mayImport = map[string]string{
	"ferry":                    "all",
	"ferry/ui/cli":             "flow flow/board flow/plans flow/config flow/journal ui ui/plain ui/visible keyring",
	"ferry/ui":                 "flow flow/board ui/style ui/style/dark ui/widget ui/visible keyring",
	"ferry/ui/plain":           "flow flow/board ui/visible keyring",
	"ferry/ui/widget":          "ui/style ui/visible",
	"ferry/ui/style":           "",
	"ferry/ui/style/dark":      "",
	"ferry/ui/visible":         "",
	"ferry/flow":               "",
	"ferry/flow/plans":         "flow flow/steps",
	"ferry/flow/steps":         "flow flow/ci flow/ci/rules gitops pypi keyring",
	"ferry/flow/board":         "flow",
	"ferry/flow/journal":       "flow",
	"ferry/flow/flowtest":      "flow",
	"ferry/flow/config":        "",
	"ferry/flow/ci":            "",
	"ferry/flow/ci/rules":      "",
	"ferry/flow/ci/travis":     "flow/ci keyring",
	"ferry/flow/ci/github":     "flow/ci keyring",
	"ferry/flow/ci/gitea":      "flow/ci keyring",
	"ferry/flow/ci/gitlab":     "flow/ci keyring",
	"ferry/flow/ci/quickbuild": "flow/ci keyring",
	"ferry/flow/ci/citest":     "flow/ci flow/ci/rules keyring",
	"ferry/flow/sandbox":       "flow gitops/gittest pypi pypi/pypitest flow/ci/citest flow/ci keyring",
	"ferry/gitops":             "keyring",
	"ferry/gitops/gittest":     "gitops keyring",
	"ferry/pypi":               "keyring",
	"ferry/pypi/pypitest":      "pypi keyring",
	"ferry/keyring":            "",
}

func TestImportTable(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}: {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		pkg, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		allowed, listed := mayImport[pkg]
		if !listed {
			t.Errorf("%s is not in the table", pkg)
			continue
		}
		for imp := range strings.FieldsSeq(imports) {
			own, ours := strings.CutPrefix(imp, "ferry/")
			if ours && allowed != "all" && !slices.Contains(strings.Fields(allowed), own) {
				t.Errorf("%s must not import %s", pkg, imp)
			}
		}
	}
}

// TestPracticeWorldIsKnownToFew: production code must not know that it is tried out.
func TestPracticeWorldIsKnownToFew(t *testing.T) {
	out, err := exec.Command("git", "grep", "-il", "--untracked", "sandbox", "--", "*.go").Output()
	if err != nil {
		t.Skip("not a git checkout, or no git here")
	}
	for file := range strings.FieldsSeq(string(out)) {
		if !strings.HasPrefix(file, "flow/sandbox/") && !strings.HasPrefix(file, "ui/cli/") && strings.Contains(file, "/") {
			t.Errorf("%s speaks of the sandbox", file)
		}
	}
}

// TestEveryPackageSaysWhatItIsFor: each has a package comment.
func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}: {{.Doc}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if pkg, doc, _ := strings.Cut(line, ":"); strings.TrimSpace(doc) == "" {
			t.Errorf("%s has no package comment", pkg)
		}
	}
}
