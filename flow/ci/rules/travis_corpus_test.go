package rules_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"ferry/flow/ci/rules"
)

// corpusRow is a verdict on a file that others published, with the reason why
// it is right. FERRY_CORPUS names the folder of the files.
type corpusRow struct {
	file, ref, slug string
	jobs            int
	codes, why      string
}

func corpusRows(t *testing.T) []corpusRow {
	t.Helper()
	text, err := os.ReadFile("testdata/travis_corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	var rows []corpusRow
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(strings.TrimSpace(line), " | ")
		if len(f) != 6 || f[5] == "" {
			t.Fatalf("not a verdict with its reason: %s", line)
		}
		n, err := strconv.Atoi(f[3])
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, corpusRow{f[0], f[1], f[2], n, f[4], f[5]})
	}
	return rows
}

func corpus(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("FERRY_CORPUS")
	if dir == "" {
		t.Skip("FERRY_CORPUS names no folder of .travis.yml files")
	}
	if sub := filepath.Join(dir, "travis"); isDir(sub) {
		return sub
	}
	return dir
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// TestTravisCorpus holds every file of the corpus against its verdict.
func TestTravisCorpus(t *testing.T) {
	dir, rows := corpus(t), corpusRows(t)
	files, err := filepath.Glob(filepath.Join(dir, "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".yml")
		i := slices.IndexFunc(rows, func(r corpusRow) bool { return r.file == name })
		if i < 0 {
			t.Errorf("%s has no verdict", name)
			continue
		}
		t.Run(name, func(t *testing.T) { rows[i].judge(t, path) })
	}
}

func (r corpusRow) judge(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tree, e := fstest.MapFS{".travis.yml": {Data: text}}, travisEvent(r.ref)
	e.Slug = r.slug
	p := predict(t, string(text), e)
	if got := p.Deploying(rules.Yes); len(got) != r.jobs || len(p.Problems) > 0 {
		t.Errorf("%d jobs deploy, want %d (%s): %v", len(got), r.jobs, r.why, deploying(p))
	}
	if r.jobs > 0 && !publishes(scan(t, ".travis.yml", string(text)), r.ref) {
		t.Errorf("Scan does not list %s", r.ref)
	}
	found, err := rules.Diagnose(tree, e)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, d := range found {
		codes = append(codes, strings.TrimPrefix(strings.TrimPrefix(d.Code, "travis-"), "dpl-"))
	}
	if got := strings.Join(codes, " "); got != r.codes {
		t.Errorf("diagnostics are\n%s, want\n%s", got, r.codes)
	}
	mendsOnly(t, tree, e)
}

// mendsOnly mends a file and looks that every line that it did not mean to
// change is still there, in its order.
func mendsOnly(t *testing.T, tree fstest.MapFS, e rules.Event) {
	t.Helper()
	files, err := rules.Mend(tree, e)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		old, rest := strings.Split(string(f.Old), "\n"), strings.Split(string(f.New), "\n")
		lost := 0
		for _, line := range old {
			if i := slices.Index(rest, line); i >= 0 {
				rest = rest[i+1:]
				continue
			}
			lost++
		}
		if lost == 0 || lost > 8 {
			t.Errorf("mending %v changed %d lines", f.Codes, lost)
		}
	}
}
