package main

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// found is what the source says of a diagnostic. What only shows when it runs is
// left open: "" for a severity.
type found struct {
	severities map[string]bool
	mends      bool
}

// severityOf are the names of the severities in the source.
var severityOf = map[string]string{"Fatal": "error", "Warning": "warning", "Advice": "note"}

// diagnosed reads the codes of a package's source: what say and alarm are called
// with, and the codes that stand in lists.
type diagnosed map[string]found

func (d diagnosed) add(code, severity string, mends bool) {
	f := d[code]
	if f.severities == nil {
		f.severities = map[string]bool{}
	}
	f.severities[severity], f.mends = true, f.mends || mends
	d[code] = f
}

func (d diagnosed) file(t *testing.T, path, service string) {
	t.Helper()
	tree, err := parser.ParseFile(gotoken.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			d.call(t, path, service, n)
		case *ast.CompositeLit:
			d.listed(service, n)
		case *ast.BasicLit: // a whole code
			if text, err := strconv.Unquote(n.Value); err == nil && regexp.MustCompile(`^workflow-[a-z-]+$`).MatchString(text) {
				d.add(text, "", false)
			}
		}
		return true
	})
}

// computed are the functions whose codes are made from lists, and not literals.
var computed = []string{"code", "o.code", `"-inside-deploy"`}

func (d diagnosed) call(t *testing.T, path, service string, n *ast.CallExpr) {
	sel, ok := n.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "say" && sel.Sel.Name != "alarm" {
		return
	}
	code, err := strconv.Unquote(text(n.Args[0]))
	if err != nil {
		if !slices.ContainsFunc(computed, func(c string) bool { return strings.HasSuffix(text(n.Args[0]), c) }) {
			t.Errorf("%s: nobody knows the codes of %s", path, text(n.Args[0]))
		}
		return
	}
	severity, mends := severityOf[text(n.Args[1])], false
	switch {
	case sel.Sel.Name == "alarm":
		severity = "error"
	case service != "gitlab": // where nothing is mended
		mends = text(n.Args[len(n.Args)-1]) != "nil"
	}
	d.add(service+"-"+code, severity, mends)
}

// listed reads the options of dpl, each with its code, severity and whether it can go.
func (d diagnosed) listed(service string, n *ast.CompositeLit) {
	if len(n.Elts) != 7 {
		return
	}
	code, err := strconv.Unquote(text(n.Elts[1]))
	if severity := severityOf[text(n.Elts[4])]; err == nil && severity != "" {
		d.add(service+"-"+code, severity, severity == "note" || text(n.Elts[6]) == "true")
	}
}

// text is an expression as far as it is a name or a literal.
func text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Value
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return text(e.X) + "." + e.Sel.Name
	case *ast.BinaryExpr:
		return text(e.X) + "+" + text(e.Y)
	}
	return "?"
}

// words are the strings of a list variable in a file.
func words(t *testing.T, path, name string) (out []string) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, list, ok := strings.Cut(string(source), name+" = ")
	list, _, end := strings.Cut(list, "\n\n")
	if !ok || !end {
		t.Fatalf("%s has no %s", path, name)
	}
	for _, m := range regexp.MustCompile(`"([a-z_]+)"`).FindAllStringSubmatch(list, -1) {
		out = append(out, strings.ReplaceAll(m[1], "_", "-"))
	}
	return out
}

// TestEveryDiagnosticIsDocumented: each code has its line in docs/diagnostics.md,
// with its severity and whether it is mended, and there is no line too many.
func TestEveryDiagnosticIsDocumented(t *testing.T) {
	files, err := filepath.Glob("flow/ci/rules/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source: %v", err)
	}
	codes := diagnosed{}
	codes.add("unreadable", "error", false)
	for _, f := range files {
		if name := filepath.Base(f); !strings.HasSuffix(name, "_test.go") {
			if service, _, _ := strings.Cut(name, "_"); slices.Contains([]string{"travis", "workflow", "gitlab"}, service) {
				codes.file(t, f, service)
			}
		}
	}
	for _, key := range append(words(t, "flow/ci/rules/travis_lint_on.go", "conditionKeys"), words(t, "flow/ci/rules/travis_entry.go", "deployRuntimes")...) {
		codes.add("travis-"+key+"-outside-on", "error", true)
	}
	codes.add("travis-before-deploy-inside-deploy", "error", true)
	codes.add("travis-after-deploy-inside-deploy", "warning", true)
	if len(codes) < 80 {
		t.Fatalf("only %d codes were found", len(codes))
	}
	rows := documented(t)
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		row, ok := rows[code]
		if !ok {
			t.Errorf("%s is not in docs/diagnostics.md", code)
			continue
		}
		for s := range codes[code].severities {
			if !strings.Contains(row.severity, s) {
				t.Errorf("%s is a %s, and its line says %q", code, s, row.severity)
			}
		}
		if row.mends != codes[code].mends {
			t.Errorf("%s: --fix mends it: %v, and its line says %v", code, codes[code].mends, row.mends)
		}
		delete(rows, code)
	}
	for code := range rows {
		t.Errorf("docs/diagnostics.md has %s, which is none", code)
	}
}

type docRow struct {
	severity string
	mends    bool
}

// documented are the lines of the tables, by code.
func documented(t *testing.T) map[string]docRow {
	t.Helper()
	doc, err := os.ReadFile("docs/diagnostics.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]docRow{}
	for line := range strings.Lines(string(doc)) {
		cells := strings.Split(strings.Trim(line, "| \n"), "|")
		if !strings.HasPrefix(line, "| `") || len(cells) < 3 {
			continue
		}
		for _, m := range regexp.MustCompile("`([a-z0-9-]+)`").FindAllStringSubmatch(cells[0], -1) {
			if _, twice := out[m[1]]; twice {
				t.Errorf("%s has two lines", m[1])
			}
			out[m[1]] = docRow{strings.TrimSpace(cells[1]), strings.TrimSpace(cells[len(cells)-1]) == "yes"}
		}
	}
	return out
}
