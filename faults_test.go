package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	source "go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fault is one thing that can go wrong, and what shows that it ends well: tests,
// each as package.Test or package.Test/subtest. lacks says what no test shows,
// and why; a row has one of the two, or both.
type fault struct {
	row   int
	what  string
	tests []string
	lacks string
}

const faultRows = 120

// tests are the test functions of a package, and the words in its test files,
// among which the names of subtests are.
type tests struct {
	functions map[string]bool
	words     map[string]bool
}

// readTests parses every test file, and builds none.
func readTests(t *testing.T) map[string]tests {
	t.Helper()
	out := map[string]tests{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") || strings.HasPrefix(filepath.Base(path), "faults_") {
			return err
		}
		file, err := parser.ParseFile(source.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(file.Name.Name, "_test")
		if _, ok := out[name]; !ok {
			out[name] = tests{map[string]bool{}, map[string]bool{}}
		}
		out[name].read(file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (p tests) read(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && (strings.HasPrefix(n.Name.Name, "Test") || strings.HasPrefix(n.Name.Name, "Fuzz")) {
				p.functions[n.Name.Name] = true
			}
		case *ast.BasicLit:
			if word, err := strconv.Unquote(n.Value); err == nil {
				p.words[word] = true
			}
		}
		return true
	})
}

// TestEveryFaultIsCovered: each row of the table is there once, and what it
// names exists. Whoever renames a test, or removes one, hears of it here.
func TestEveryFaultIsCovered(t *testing.T) {
	rows := slices.Concat(faultsOfTheRun, faultsOfFiles, faultsOfThePush, faultsAfterThePush)
	for _, complaint := range complaints(readTests(t), rows) {
		t.Error(complaint)
	}
	covered := 0
	for _, f := range rows {
		if len(f.tests) > 0 {
			covered++
		}
	}
	t.Logf("%d of %d faults have tests", covered, faultRows)
}

// reasonWords is how long a reason is at least: "not yet" is none.
const reasonWords = 6

// complaints are what is wrong with a table: rows that are missing or there twice,
// that have neither a test nor a reason, or name a test that is not there.
func complaints(have map[string]tests, rows []fault) (out []string) {
	seen := map[int]bool{}
	for _, f := range rows {
		if seen[f.row] || f.row < 1 || f.row > faultRows {
			out = append(out, fmt.Sprintf("row %d is there twice, or is none", f.row))
		}
		seen[f.row] = true
		reason := len(strings.Fields(f.lacks))
		if f.what == "" || len(f.tests) == 0 && f.lacks == "" || f.lacks != "" && reason < reasonWords {
			out = append(out, fmt.Sprintf("row %d has neither a test nor a reason", f.row))
		}
		for _, name := range f.tests {
			if why := missingTest(have, name); why != "" {
				out = append(out, fmt.Sprintf("row %d, %s: %s", f.row, f.what, why))
			}
		}
	}
	for row := 1; row <= faultRows; row++ {
		if !seen[row] {
			out = append(out, fmt.Sprintf("row %d is missing", row))
		}
	}
	return out
}

// missingTest says what a name names that is not there.
func missingTest(have map[string]tests, name string) string {
	function, sub, _ := strings.Cut(name, "/")
	where, function, ok := strings.Cut(function, ".")
	switch {
	case !ok || !have[where].functions[function]:
		return "there is no test " + name
	case sub != "" && !have[where].words[sub]:
		return "no test file of " + where + " speaks of " + strconv.Quote(sub)
	}
	return ""
}

// TestAFaultWithoutItsTestIsSeen: the check above can fail.
func TestAFaultWithoutItsTestIsSeen(t *testing.T) {
	have := readTests(t)
	for name, there := range map[string]bool{
		"main.TestBadInput": true, "main.TestBadInput/dirty tree": true, "flow.TestUndo": true,
		"main.TestBadInput/dirty treasure" + "!": false, "main.TestNever": false, "TestBadInput": false, "flow.TestBadInput": false, "": false,
	} {
		if got := missingTest(have, name) == ""; got != there {
			t.Errorf("%q is there: %v", name, got)
		}
	}
}

// TestARowWithNeitherIsSeen: a table in which one row is wrong is complained of,
// once, and the same table with that row as it was is not.
func TestARowWithNeitherIsSeen(t *testing.T) {
	have := readTests(t)
	rows := slices.Concat(faultsOfTheRun, faultsOfFiles, faultsOfThePush, faultsAfterThePush)
	at := slices.IndexFunc(rows, func(f fault) bool { return f.row == 62 })
	for name, wrong := range map[string]fault{
		"neither":                  {row: 62, what: "something"},
		"no words":                 {row: 62, tests: rows[at].tests},
		"hardly a reason":          {row: 62, what: "something", lacks: "not yet"},
		"a test that is not there": {row: 62, what: "something", tests: []string{"main.TestNever"}},
	} {
		broken := slices.Clone(rows)
		broken[at] = wrong
		if got := complaints(have, broken); len(got) != 1 || !strings.HasPrefix(got[0], "row 62") {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, broken := range map[string][]fault{"missing": slices.Delete(slices.Clone(rows), at, at+1), "twice": append(slices.Clone(rows), rows[at])} {
		if got := complaints(have, broken); len(got) != 1 || !strings.HasPrefix(got[0], "row 62") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
