package pypi

import (
	"path/filepath"

	"ferry/keyring"
)

// The types below are aliases of plain structs, as PypircIndex is.

// PypircView is the file as it may be shown: no password, no comment.
type PypircView = struct {
	Path     string          `json:"path"`
	Target   string          `json:"target"` // where a symbolic link leads; else the path again
	Exists   bool            `json:"exists"`
	Mode     string          `json:"mode"` // octal; "" if there is no file
	Indexes  []PypircIndex   `json:"indexes"`
	Findings []PypircFinding `json:"findings"`
}

// PypircWish is a section that is to be written.
type PypircWish = struct {
	Name, Repository string
	Password         keyring.Secret // empty: without password
	Until            string         // NAME VERSION of the release with which it goes; "" if it stays
}

// PypircChange is an edit that was proved, and not written yet.
type PypircChange = struct {
	Diff  []string                 // unified, masked; empty if nothing changes
	Write func() ([]string, error) // gives what the new file did not take over from the old
}

// View gives the file as it may be shown.
func (f *PypircFile) View() PypircView {
	v := PypircView{Path: f.path, Target: f.target, Exists: f.info != nil, Mode: f.mode(),
		Indexes: f.text.Indexes(), Findings: f.text.Findings()}
	add := func(code, text string) { v.Findings = append(v.Findings, PypircFinding{Code: code, Text: text}) }
	if !f.private() {
		add("mode", "others on this machine may read the file; the next write makes it 0600")
	}
	if f.info != nil && rcLinks(f.info) > 1 {
		add("hard-link", "the file has another name, which keeps the old content when it is written")
	}
	if rcWorkTree(filepath.Dir(f.target)) && addsPassword(&rcDoc{}, f.text.doc()) {
		add("work-tree", "the file lies in a git work tree, where its password will sooner or later be committed")
	}
	if err := f.allowed(f.text); err != nil {
		add("not-writable", f.failed(err).Error())
	}
	return v
}

// Plan edits the text, and gives what to show and how to go on.
func (f *PypircFile) Plan(write []PypircWish, remove []string, migrate, replace bool) (PypircChange, error) {
	e := PypircEdit{Remove: remove, Migrate: migrate, Replace: replace}
	for _, w := range write {
		e.Write = append(e.Write, PypircSection{Name: w.Name, Repository: w.Repository, Password: w.Password, WithoutPassword: w.Password.IsZero(), Until: w.Until})
	}
	next, err := f.text.Edit(e)
	if err == nil && !next.Same(f.text) {
		err = f.allowed(next)
	}
	if err != nil {
		return PypircChange{}, f.failed(err)
	}
	return PypircChange{Diff: f.text.Diff(next), Write: func() ([]string, error) { return f.Write(next) }}, nil
}
