// Package journal keeps a record of what was done, for people to read later.
// Nothing decides from it: the state of a release is read from the world, and
// deleting the journal loses history, never progress.
//
// A journal is a file of JSON Lines, one for each project and version, to which
// every run on this machine appends, also two at the same time. Each line ends
// in a checksum of itself. What is read back is as untrusted as anything else
// from outside: half a last line is dropped, a damaged line is left out.
package journal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"ferry/flow"
)

// Record is one line. Fields that do not apply to its kind are empty. All of
// it may be text from outside.
type Record struct {
	V    int       `json:"v"`
	At   time.Time `json:"t"`
	Kind string    `json:"kind"` // journal, start, about, plan, or the kind of an event
	Run  string    `json:"run,omitempty"`

	Project string `json:"project,omitempty"`
	Version string `json:"version,omitempty"`
	Host    string `json:"host,omitempty"`
	User    string `json:"user,omitempty"`

	Commit string `json:"commit,omitempty"`
	Ref    string `json:"ref,omitempty"`
	Remote string `json:"remote,omitempty"`
	Index  string `json:"index,omitempty"`

	Step    string   `json:"step,omitempty"`
	Status  string   `json:"status,omitempty"`
	Text    string   `json:"text,omitempty"`
	Command []string `json:"command,omitempty"`
	Code    string   `json:"code,omitempty"`
	Now     []string `json:"now,omitempty"`
	Retry   string   `json:"retry,omitempty"`
	Lines   []string `json:"lines,omitempty"`
	Next    []string `json:"next,omitempty"`
	Proof   []Proof  `json:"proof,omitempty"`
	Files   []File   `json:"files,omitempty"`
}

// Proof is a fact and where anyone can read it again.
type Proof struct {
	What  string `json:"what"`
	Where string `json:"where,omitempty"`
}

// File is one distribution as the index had it.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256,omitempty"`
	Size   int64  `json:"size,omitempty"` // bytes
}

// About is what a run releases, for people who read of it years later.
type About struct {
	Commit, Ref string
	Remote      string // safe to show
	Index       string
}

// The kinds of records that are no events.
const (
	kindJournal = "journal" // the head of the file
	kindStart   = "start"   // a run starts
	kindAbout   = "about"   // what it releases
	kindPlan    = "plan"    // what it is about to do
)

// Version of the format, in every line.
const version = 1

// Journal appends to one file. Its methods must not be called at the same time.
type Journal struct {
	file *os.File
	hide func(string) string
	run  string
	plan flow.Plan
	torn bool // the last line was not written whole
}

// Open starts a run in the journal of a project's version, below the user's
// state directory. A release does not depend on it: show the error and go on.
// hide takes out of every record's JSON what nobody may read.
func Open(dir, project, version string, hide func(string) string) (*Journal, error) {
	path := Path(dir, project, version)
	f, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("no journal is kept: %w", err)
	}
	j := &Journal{file: f, hide: hide, run: runID()}
	if err := j.head(project, version); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("no journal is kept: %w", err)
	}
	return j, nil
}

func openFile(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// A pipe would block, and a device would take the lines and keep none.
	if i, err := os.Stat(path); err == nil && !i.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	}
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
}

func (j *Journal) head(project, version string) error {
	size, torn, err := tail(j.file)
	if err != nil {
		return err
	}
	j.torn = torn
	now := time.Now()
	if size == 0 {
		if err := j.write(Record{At: now, Kind: kindJournal, Project: project, Version: version}); err != nil {
			return err
		}
	}
	host, _ := os.Hostname()
	return j.write(Record{At: now, Kind: kindStart, Host: host, User: userName()})
}

// tail says how long the file is, and whether an earlier run died while it wrote.
func tail(f *os.File) (size int64, torn bool, err error) {
	i, err := f.Stat()
	if err != nil || i.Size() == 0 {
		return 0, false, err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, i.Size()-1); err != nil {
		return 0, false, err
	}
	return i.Size(), last[0] != '\n', nil
}

func runID() string {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // never fails, since Go 1.24
	return hex.EncodeToString(b)
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

// Run names this run in the records.
func (j *Journal) Run() string { return j.run }

// Plan records what the run is about to do. The commands that Append records
// are those of the plan's nodes.
func (j *Journal) Plan(p flow.Plan, at time.Time) error {
	j.plan = p
	return j.write(Record{At: at, Kind: kindPlan, Text: p.Title})
}

// About records what the run releases.
func (j *Journal) About(a About, at time.Time) error {
	return j.write(Record{At: at, Kind: kindAbout, Commit: a.Commit, Ref: a.Ref, Remote: a.Remote, Index: a.Index})
}

// Append records an event. Output of an attempt is no history and is left out.
func (j *Journal) Append(ev flow.Event, at time.Time) error {
	if ev.Kind == flow.KindLine {
		return nil
	}
	r := Record{At: at, Kind: string(ev.Kind), Step: string(ev.Step), Text: ev.Text}
	if f := ev.Finding; f != nil && ev.Kind == flow.KindObserved {
		r.Status, r.Text = string(f.Status), f.Text
		r.problem(f.Problem)
		r.evidence(f)
	}
	if ev.Kind == flow.KindAsk && ev.Finding != nil && ev.Finding.Text != "" {
		r.Lines = []string{ev.Finding.Text} // what the question was about
	}
	if ev.Kind == flow.KindRun {
		n, _ := j.plan.Node(ev.Step)
		r.Command = n.Command()
	}
	if ev.Kind == flow.KindProblem && ev.Problem != nil {
		r.Text = ev.Problem.Text
		r.problem(ev.Problem)
	}
	return j.write(r)
}

func (r *Record) problem(p *flow.Problem) {
	if p != nil {
		r.Code, r.Now, r.Retry, r.Lines, r.Next = p.Code, p.Now, p.Retry, p.Lines, p.Next
	}
}

// evidence keeps of a finding what a report is made of.
func (r *Record) evidence(f *flow.Finding) {
	for _, p := range f.Proof {
		r.Proof = append(r.Proof, Proof{p.What, p.Where})
	}
	for _, file := range f.Files {
		r.Files = append(r.Files, File{file.Name, file.SHA256, file.Size})
	}
}

// Close ends the run's records.
func (j *Journal) Close() error { return j.file.Close() }

// write puts one record down in one write, so that lines of two processes do
// not mix, and waits until it is on the disk.
func (j *Journal) write(r Record) error {
	r.V, r.Run, r.At = version, j.run, r.At.UTC().Round(time.Millisecond)
	line, err := encode(r, j.hide)
	if err != nil {
		return err
	}
	if j.torn {
		line = append([]byte{'\n'}, line...)
	}
	n, err := j.file.Write(line)
	j.torn = n > 0 && n < len(line) || n == 0 && j.torn
	if err != nil {
		return err
	}
	return j.file.Sync()
}
