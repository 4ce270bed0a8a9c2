package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	gotoken "go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// doubles are packages that no release runs: servers of tests and of the practice
// world, whose tokens open nothing.
var doubles = []string{"ferry/gitops/gittest", "ferry/pypi/pypitest", "ferry/flow/ci/citest", "ferry/flow/flowtest"}

// parsed is a package of production code with its types.
type parsed struct {
	path  string
	files []*ast.File
	info  *types.Info
	fset  *gotoken.FileSet
}

// sources are all packages outside keyring that a release may run.
var sources = sync.OnceValues(func() (out []parsed, err error) {
	var errs bytes.Buffer
	cmd := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}\t{{.Dir}}\t{{join .GoFiles \" \"}}", "./...")
	cmd.Stderr = &errs
	list, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, errs.String())
	}
	export := map[string]string{}
	for line := range strings.Lines(string(list)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		export[f[0]] = f[1]
	}
	for line := range strings.Lines(string(list)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		ours := f[0] == "ferry" || strings.HasPrefix(f[0], "ferry/")
		if !ours || f[0] == "ferry/keyring" || slices.Contains(doubles, f[0]) {
			continue
		}
		s, err := typed(f[0], f[2], strings.Fields(f[3]), export)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
})

func typed(path, dir string, names []string, export map[string]string) (parsed, error) {
	s := parsed{path: path, fset: gotoken.NewFileSet(), info: &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}}
	for _, name := range names {
		f, err := parser.ParseFile(s.fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return s, err
		}
		s.files = append(s.files, f)
	}
	conf := types.Config{Importer: importer.ForCompiler(s.fset, "gc", func(p string) (io.ReadCloser, error) { return os.Open(export[p]) })}
	_, err := conf.Check(path, s.fset, s.files, s.info)
	return s, err
}

// each calls f for every node of production code, with the place it is in:
// "gitops/http.go request", and where that is.
func each(t *testing.T, f func(s parsed, place, at string, n ast.Node)) {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, file := range s.files {
			name := strings.TrimPrefix(s.fset.Position(file.Pos()).Filename, root+string(filepath.Separator))
			for _, d := range file.Decls {
				place := filepath.ToSlash(name)
				if fn, ok := d.(*ast.FuncDecl); ok {
					place += " " + fn.Name.Name
				}
				ast.Inspect(d, func(n ast.Node) bool {
					if n != nil {
						f(s, place, fmt.Sprintf("%s:%d", name, s.fset.Position(n.Pos()).Line), n)
					}
					return true
				})
			}
		}
	}
}

// called is the function or method that a call is of: "(ferry/keyring.Secret).Use",
// "os.Getenv"; "" for a conversion, or a function value.
func (s parsed) called(n ast.Node) (string, *ast.CallExpr) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", nil
	}
	id := (*ast.Ident)(nil)
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return "", call
	}
	switch o := s.info.Uses[id].(type) {
	case *types.Func:
		return o.FullName(), call
	case *types.Builtin:
		return o.Name(), call
	case *types.Var:
		return o.Name(), call
	}
	return "", call
}
