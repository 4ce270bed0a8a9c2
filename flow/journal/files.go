package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	folder = "journal"
	suffix = ".jsonl"
)

// Entry is one journal file.
type Entry struct {
	Project, Version string // as the file's name has them: lower case, normalised
	Path             string
	Changed          time.Time
}

// List gives the journals below the user's state directory, newest first.
// Where none was ever kept there are none.
func List(dir string) ([]Entry, error) {
	root := filepath.Join(dir, folder)
	var out []Entry
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e, ok := entryOf(root, path, d); ok {
			out = append(out, e)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return b.Changed.Compare(a.Changed) })
	return out, err
}

func entryOf(root, path string, d fs.DirEntry) (Entry, bool) {
	rel, err := filepath.Rel(root, path)
	if err != nil || !d.Type().IsRegular() {
		return Entry{}, false
	}
	project, file := filepath.Split(rel)
	version, ok := strings.CutSuffix(file, suffix)
	info, err := d.Info()
	if !ok || err != nil {
		return Entry{}, false
	}
	return Entry{unescape(filepath.Clean(project)), unescape(version), path, info.ModTime()}, true
}

// Path is the file of a project's version, whether there is one or not.
func Path(dir, project, version string) string {
	return filepath.Join(dir, folder, fileName(normal(project)), fileName(version)+suffix)
}

var runs = regexp.MustCompile(`[-_.]+`)

// normal gives the one spelling of a project's name, as PyPI compares them.
func normal(project string) string { return runs.ReplaceAllString(project, "-") }

// maxName leaves room for the suffix on every file system.
const maxName = 200

// fileName makes one name of any text: what is not harmless is escaped as in a
// URL, so that two texts never share a file unless they differ in case alone.
func fileName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'A' <= c && c <= 'Z':
			b.WriteByte(c + 'a' - 'A')
		case harmless(c) && (c != '.' || i > 0):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	if b.Len() == 0 {
		return "%00"
	}
	return b.String()[:min(b.Len(), maxName)]
}

func harmless(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("-_.+!", c) >= 0
}

func unescape(name string) string {
	s, err := url.PathUnescape(name)
	if err != nil {
		return name
	}
	return s
}
