package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Mended is a file with all that could be mended without asking anything.
type Mended struct {
	File     string
	Old, New []byte
	Codes    []string // of the diagnostics that are gone
}

// maxMends bounds how often one mend can make room for another.
const maxMends = 20

// ErrMendFailed means that an edit did not do what it was made for. Nothing is
// given then: a file that is not understood is not touched.
var ErrMendFailed = errors.New("a mend did not do what it should")

// Mend applies the edits of the diagnostics, one diagnostic at a time, and looks
// again after each. What it gives still parses, and bears none of the mended
// diagnostics any more.
func Mend(tree fs.FS, e Event) ([]Mended, error) {
	m := mender{tree: tree, event: e, files: map[string]*Mended{}}
	for range maxMends {
		d, err := m.next()
		if err != nil {
			return nil, err
		}
		if d == nil {
			return m.all(), nil
		}
		if err := m.apply(*d); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: there are more than %d", ErrMendFailed, maxMends)
}

type mender struct {
	tree  fs.FS
	event Event
	files map[string]*Mended
	order []string
	done  []string // the diagnostics that were mended, each in its place
}

// Open lays what was mended over the tree.
func (m *mender) Open(name string) (fs.File, error) {
	f, err := m.tree.Open(name)
	if now, ok := m.files[name]; ok && err == nil {
		return overlay{f, bytes.NewReader(now.New), int64(len(now.New))}, nil
	}
	return f, err
}

// overlay is a file with other contents.
type overlay struct {
	fs.File
	text *bytes.Reader
	size int64
}

func (o overlay) Read(b []byte) (int, error) { return o.text.Read(b) }

func (o overlay) Stat() (fs.FileInfo, error) {
	info, err := o.File.Stat()
	return overlayInfo{info, o.size}, err
}

type overlayInfo struct {
	fs.FileInfo
	size int64
}

func (i overlayInfo) Size() int64 { return i.size }

func (m *mender) next() (*Diagnostic, error) {
	found, err := Diagnose(m, m.event)
	if err != nil {
		return nil, err
	}
	for _, d := range found {
		if len(d.Edits) == 0 {
			continue
		}
		if key := d.key(); slices.Contains(m.done, key) {
			return nil, fmt.Errorf("%w: %s in %s:%d is still there", ErrMendFailed, d.Code, d.File, d.Line)
		}
		return &d, nil
	}
	return nil, nil
}

// key tells a diagnostic from others: its text is unique in the file.
func (d Diagnostic) key() string { return d.File + " " + d.Code + " " + d.Text }

func (m *mender) apply(d Diagnostic) error {
	m.done = append(m.done, d.key())
	for _, e := range bottomUp(d.Edits) {
		f, err := m.file(e.File)
		if err != nil {
			return err
		}
		if f.New, err = e.apply(f.New); err != nil {
			return err
		}
		if !slices.Contains(f.Codes, d.Code) {
			f.Codes = append(f.Codes, d.Code)
		}
		if _, line, wrong := parseYAML(f.New); wrong != "" {
			return fmt.Errorf("%w: %s in %s leaves line %d unreadable: %s", ErrMendFailed, d.Code, e.File, line, wrong)
		}
	}
	return nil
}

// bottomUp orders edits so that none moves the lines of another.
func bottomUp(edits []Edit) []Edit {
	out := slices.Clone(edits)
	slices.SortStableFunc(out, func(a, b Edit) int { return b.First - a.First })
	return out
}

func (m *mender) file(name string) (*Mended, error) {
	if f, ok := m.files[name]; ok {
		return f, nil
	}
	text, err := fs.ReadFile(m.tree, name)
	if err != nil {
		return nil, err
	}
	m.files[name] = &Mended{File: name, Old: text, New: text}
	m.order = append(m.order, name)
	return m.files[name], nil
}

func (m *mender) all() []Mended {
	var out []Mended
	for _, name := range m.order {
		out = append(out, *m.files[name])
	}
	return out
}

// apply replaces whole lines. Those that stay keep every byte, those that come
// end as the file's lines do, and so does the file.
func (e Edit) apply(text []byte) ([]byte, error) {
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if e.First < 1 || e.Last < e.First-1 || e.Last > len(lines) {
		return nil, fmt.Errorf("%w: %s has no lines %d to %d", ErrMendFailed, e.File, e.First, e.Last)
	}
	end := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		end = "\r\n"
	}
	var out strings.Builder
	write := func(line string) {
		if s := out.String(); s != "" && !strings.HasSuffix(s, "\n") {
			out.WriteString(end) // the file's last line had no end
		}
		out.WriteString(line)
	}
	for _, l := range lines[:e.First-1] {
		write(l)
	}
	for _, l := range e.Lines {
		write(l + end)
	}
	for _, l := range lines[e.Last:] {
		write(l)
	}
	if now := out.String(); !bytes.HasSuffix(text, []byte("\n")) {
		return []byte(strings.TrimSuffix(now, end)), nil
	}
	return []byte(out.String()), nil
}
