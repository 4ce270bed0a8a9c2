package pypitest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/blake2b"

	"ferry/pypi"
)

// File is a distribution with its bytes.
type File struct {
	Name           string
	Data           []byte
	RequiresPython string
	Provenance     []byte // what the integrity API keeps of it, JSON; nil for a file that nobody attested
}

// world is the history of an index: nothing is forgotten, so that a surface
// can show what was true some time ago.
type world struct {
	serial int64
	events []event
	names  map[string]bool // every file name that was ever used
}

// event is one change. Change is applied to the project it names.
type event struct {
	at      time.Time
	serial  int64
	project string // normalised
	change  func(*project)
}

// project is what the index shows of one, at one moment.
type project struct {
	name     string // as it was first uploaded
	status   string
	reason   string
	owner    string // "" is Options.User
	dormant  bool   // its organisation is not in good standing
	serial   int64
	releases []*release // in the order of their making
}

type release struct {
	version string
	made    time.Time
	files   []*stored
}

type stored struct {
	File
	md5, sha256, blake2 string
	metadata            []byte // METADATA of a wheel, which lies beside it; nil for others
	uploaded            time.Time
	yanked              bool
	reason              string
}

func newWorld() world { return world{names: map[string]bool{}} }

func (w *world) happen(at time.Time, name string, change func(*project)) {
	w.serial++
	w.events = append(w.events, event{at, w.serial, pypi.NormalizeName(name), change})
}

// project replays what happened to one project up to a moment; nil if nothing had.
func (w *world) project(name string, until time.Time) *project {
	var p *project
	for _, e := range w.events {
		if e.project != pypi.NormalizeName(name) || e.at.After(until) {
			continue
		}
		if p == nil {
			p = &project{status: "active"}
		}
		e.change(p)
		p.serial = e.serial
	}
	return p
}

// projects are the normalised names of all that ever were.
func (w *world) projects() []string {
	var all []string
	for _, e := range w.events {
		if !slices.Contains(all, e.project) {
			all = append(all, e.project)
		}
	}
	return all
}

// release finds one by PEP 440.
func (p *project) release(version string) *release {
	want, err := pypi.ParseVersion(version)
	if err != nil {
		return nil
	}
	for _, r := range p.releases {
		if v, err := pypi.ParseVersion(r.version); err == nil && v.Equal(want) {
			return r
		}
	}
	return nil
}

func (p *project) files() []*stored {
	var all []*stored
	for _, r := range p.releases {
		all = append(all, r.files...)
	}
	slices.SortFunc(all, func(a, b *stored) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func (p *project) size() (sum int64) {
	for _, f := range p.files() {
		sum += int64(len(f.Data))
	}
	return sum
}

func store(f File, at time.Time) *stored {
	m, h, b := md5.Sum(f.Data), sha256.Sum256(f.Data), blake2b.Sum256(f.Data)
	return &stored{
		File: f, uploaded: at.UTC(), metadata: wheelMetadata(f),
		md5: hex.EncodeToString(m[:]), sha256: hex.EncodeToString(h[:]), blake2: hex.EncodeToString(b[:]),
	}
}

// path is where the file lies on the file host, as PyPI lays them out.
func (f *stored) path() string {
	return "/packages/" + f.blake2[:2] + "/" + f.blake2[2:4] + "/" + f.blake2[4:] + "/" + f.Name
}

// put adds a file to a release, which its first file makes.
func put(name, version string, f File, at time.Time) func(*project) {
	kept := *store(f, at) // hashed once, however often it is replayed
	return func(p *project) {
		p.name = name // the last upload's spelling, as on PyPI
		r := p.release(version)
		if r == nil {
			r = &release{version: version, made: at}
			p.releases = append(p.releases, r)
		}
		again := kept
		r.files = append(r.files, &again)
	}
}

// Publish puts files on the index, at a moment and by nobody's upload. Without
// files the project merely exists.
func (s *Server) Publish(name, version string, at time.Time, files ...File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.happen(at, name, func(p *project) {
		if p.name == "" {
			p.name = name
		}
	})
	for _, f := range files {
		s.world.names[f.Name] = true
		s.world.happen(at, name, put(name, version, f, at))
	}
}

// Yank marks the files of a release; an empty reason is one too.
func (s *Server) Yank(name, version, reason string) error {
	return s.change(name, version, func(_ *project, r *release) {
		for _, f := range r.files {
			f.yanked, f.reason = true, reason
		}
	})
}

// Unyank takes Yank back.
func (s *Server) Unyank(name, version string) error {
	return s.change(name, version, func(_ *project, r *release) {
		for _, f := range r.files {
			f.yanked, f.reason = false, ""
		}
	})
}

// DeleteFile takes a file away. Its name can never be used again.
func (s *Server) DeleteFile(name, file string) error {
	return s.change(name, "", func(p *project, _ *release) {
		for _, r := range p.releases {
			r.files = slices.DeleteFunc(r.files, func(f *stored) bool { return f.Name == file })
		}
	})
}

// DeleteRelease takes a version away with all its files.
func (s *Server) DeleteRelease(name, version string) error {
	return s.change(name, version, func(p *project, r *release) {
		p.releases = slices.DeleteFunc(p.releases, func(q *release) bool { return q == r })
	})
}

// Quarantine hides a project, as administrators do with malware.
func (s *Server) Quarantine(name, reason string) error {
	return s.SetStatus(name, "quarantined", reason)
}

// SetStatus makes a project "active", "archived", "deprecated" or "quarantined".
func (s *Server) SetStatus(name, status, reason string) error {
	return s.change(name, "", func(p *project, _ *release) { p.status, p.reason = status, reason })
}

// change happens now. It is checked against the present and replayed later.
func (s *Server) change(name, version string, do func(*project, *release)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	p := s.world.project(name, now)
	if p == nil || version != "" && p.release(version) == nil {
		return fmt.Errorf("the index has no %s %s", name, version)
	}
	s.world.happen(now, name, func(p *project) {
		if r := p.release(version); version == "" || r != nil {
			do(p, r)
		}
	})
	return nil
}

// Freeze makes a surface show what it shows now, until Thaw: as an edge does
// for a day when what is behind it fails. Nothing on the page tells.
func (s *Server) Freeze(surface string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen[surface] = s.opt.Now().Add(-s.opt.Lag[surface])
}

// Thaw ends Freeze.
func (s *Server) Thaw(surface string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.frozen, surface)
}

// seen is the project as a surface shows it now.
func (s *Server) seen(surface, name string) *project {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, frozen := s.frozen[surface]
	if !frozen {
		at = s.opt.Now().Add(-s.opt.Lag[surface])
	}
	return s.world.project(name, at)
}

// Upload is one attempt at the upload API, whatever became of it.
type Upload struct {
	At       time.Time
	Project  string
	Version  string
	Filename string
	SHA256   string // of the bytes that came
	Status   int
	Message  string
}

// Uploads gives every attempt so far.
func (s *Server) Uploads() []Upload {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}
