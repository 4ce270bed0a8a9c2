package pypi

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestPypircIsPutBack: the bytes, the mode, or that there was none; and never
// over what somebody else wrote since.
func TestPypircIsPutBack(t *testing.T) {
	for name, c := range map[string]struct {
		was  string
		mode fs.FileMode
		then string // what somebody writes behind ours
	}{
		"there was none":             {},
		"an empty file":              {mode: 0o600},
		"a file":                     {was: "# mine\r\n[local]\r\nrepository = http://localhost/\r\n", mode: 0o600},
		"that others may read":       {was: "[pypi]\nusername = x\n", mode: 0o644},
		"changed by somebody":        {was: "[pypi]\nusername = x\n", mode: 0o644, then: "[mine]\n"},
		"there was none, and is now": {then: "[mine]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), ".pypirc")
			if c.mode != 0 {
				if err := errors.Join(os.WriteFile(path, []byte(c.was), c.mode), os.Chmod(path, c.mode)); err != nil {
					t.Fatal(err)
				}
			}
			f, err := ReadPypirc(path)
			if err != nil {
				t.Fatal(err)
			}
			former := f.Former()
			plan, err := f.Plan([]PypircWish{{Name: "pypi", Repository: pypiUpload}}, nil, false, false)
			if err == nil {
				_, err = plan.Write()
			}
			if err != nil {
				t.Fatal(err)
			}
			written := f.Text()
			if c.then != "" {
				if err := os.WriteFile(path, []byte(c.then), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err = PutPypircBack(path, written, former)
			got, gone := os.ReadFile(path)
			switch {
			case c.then != "":
				var p *PypircError
				if !errors.As(err, &p) || p.Reason != PypircChanged || string(got) != c.then {
					t.Errorf("%v, %q", err, got)
				}
			case c.mode == 0:
				if err != nil || !errors.Is(gone, fs.ErrNotExist) {
					t.Errorf("%v, %v", err, gone)
				}
			default:
				info, _ := os.Stat(path)
				if err != nil || string(got) != c.was || rcModes && info.Mode().Perm() != c.mode {
					t.Errorf("%v, %q, %v", err, got, info.Mode())
				}
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".pypirc.*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
