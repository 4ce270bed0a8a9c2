package pypi

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"testing"
)

// TestPypircCorpus does with files from the wild what TestPypircAgainstPython
// does with random ones. FERRY_CORPUS names a folder of them.
func TestPypircCorpus(t *testing.T) {
	dir := os.Getenv("FERRY_CORPUS")
	if dir == "" {
		t.Skip("FERRY_CORPUS names no folder of files")
	}
	o := newOracle(t)
	r := rand.New(rand.NewPCG(3, 5))
	var files, read, edited int
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(os.DirFS(dir), name)
		if err != nil {
			return err
		}
		before := o.ask(data)
		if here := readHere(data); asJSON(here) != asJSON(before) {
			t.Errorf("%s: here and Python read it in two ways", name)
			return nil
		}
		files++
		if !before.OK {
			return nil
		}
		read++
		for range 100 {
			if o.edit(data, randomEdit(r), before) {
				edited++
			}
		}
		return nil
	})
	if err != nil || edited == 0 {
		t.Errorf("%d edited, %v", edited, err)
	}
	t.Logf("%d files, %d of them read by Python and here, %d edits", files, read, edited)
}
