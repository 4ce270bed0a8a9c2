package pypi

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProjectCorpus reads the metadata files of public repositories, with no code
// beside them. What is answered from them must be the name that the project has
// and, where the version stands in them, that version. FERRY_CORPUS names the
// folder that holds metadata/EXPECTED.tsv and metadata/REPOS.tsv.
func TestProjectCorpus(t *testing.T) {
	dir := os.Getenv("FERRY_CORPUS")
	if dir == "" {
		t.Skip("FERRY_CORPUS names no folder of files")
	}
	answered := 0
	for file, versions := range map[string]bool{"EXPECTED.tsv": true, "REPOS.tsv": false} { // the files may be newer than what REPOS.tsv says
		for _, row := range corpusRows(t, filepath.Join(dir, "metadata", file)) {
			folder := filepath.Join(dir, "metadata", strings.ReplaceAll(row[0], "/", "__"))
			if _, err := os.Stat(folder); err != nil {
				continue
			}
			p, err := ReadProject(os.DirFS(folder))
			if err != nil || p.Name == "" || row[2] == "" { // "": the table does not say
				continue
			}
			answered++
			if NormalizeName(p.Name) != NormalizeName(row[2]) || versions && p.Version != row[3] {
				t.Errorf("%s: %q %q, and it is %q %q", row[0], p.Name, p.Version, row[2], row[3])
			}
		}
	}
	if answered == 0 {
		t.Error("no file gave an answer")
	}
	t.Logf("%d answers", answered)
}

func corpusRows(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 || len(rows[0]) < 4 {
		t.Fatalf("%s: %v", name, err)
	}
	return rows[1:]
}
