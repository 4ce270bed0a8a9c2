package pypi

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"ferry/keyring"
)

// PypircSection is what a section of ours is to say.
type PypircSection struct {
	Name            string
	Repository      string         // the upload address, byte for byte
	Username        string         // "" for __token__
	Password        keyring.Secret // or
	WithoutPassword bool           // the keyring has it; twine finds it there
	Until           string         // NAME VERSION of the release with which the section goes; "" for one that stays
}

// PypircEdit is everything that one edit changes. Nothing else is touched.
type PypircEdit struct {
	Write   []PypircSection
	Remove  []string
	Migrate bool // sections of PyPI's old hosts get the address of today, and pypitest is called testpypi
	Replace bool // a written section may have pointed to another host
}

const tokenUser = "__token__"

// rcOurs are the keys of a section that belong to us.
var rcOurs = []string{"repository", "username", "password"}

// rcOldHosts are closed; what is sent there is lost.
var rcOldHosts = map[string]string{"pypi.python.org": pypiUpload, "testpypi.python.org": testpypiUpload}

const rcOldTest, rcTest = "pypitest", "testpypi"

// Edit gives the file after the edit, or refuses. Only our keys in our sections
// change, and the names that index-servers lists. Every edit is proved before
// it is given: the result is read again and compared.
func (p Pypirc) Edit(e PypircEdit) (Pypirc, error) {
	old := p.doc()
	if err := e.check(old); err != nil {
		return p, err
	}
	now, err := e.apply(old)
	if err != nil {
		return p, err
	}
	if err := e.prove(old, now); err != nil {
		return p, err
	}
	return rcSeal(now), nil
}

func (e PypircEdit) apply(d *rcDoc) (_ *rcDoc, err error) {
	if e.Migrate {
		if d, err = d.migrate(e.renames(d)); err != nil {
			return nil, err
		}
	}
	for _, s := range e.Write {
		if d, err = d.write(s); err != nil {
			return nil, err
		}
	}
	for _, name := range e.Remove {
		if d, err = d.remove(name); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// indexName is what a section of ours may be called: what index-servers can list.
var indexName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func (e PypircEdit) check(d *rcDoc) error {
	names := slices.Clone(e.Remove)
	for _, s := range e.Write {
		names = append(names, s.Name)
		if err := s.check(); err != nil {
			return err
		}
		if o := d.elsewhere(s); o != nil && !e.Replace && (!e.Migrate || rcOldHosts[rcHost(o.text())] == "") {
			return &PypircError{Reason: PypircElsewhere, Index: s.Name, Lines: []int{o.line + 1}}
		}
		if err := e.permanent(d, s); err != nil {
			return err
		}
	}
	for _, name := range names {
		if !indexName.MatchString(name) || slices.Contains([]string{rcDefault, rcDistutils, rcLogin}, name) {
			return &PypircError{Reason: PypircName}
		}
	}
	return nil
}

func (s PypircSection) check() error {
	if s.Password.IsZero() != s.WithoutPassword {
		return &PypircError{Reason: PypircNoPassword, Index: s.Name}
	}
	return s.Password.Use(func(password []byte) error {
		for _, v := range []string{s.Repository, s.Username, string(password)} {
			if !rcSound(v) {
				return &PypircError{Reason: PypircValue, Index: s.Name}
			}
		}
		if _, sound := rcReadMark(rcMark{until: s.Until}.String()); s.Repository == "" || s.Until != "" && !sound {
			return &PypircError{Reason: PypircValue, Index: s.Name}
		}
		return nil
	})
}

// rcSound says whether a value stays one value of one line, for every reader.
func rcSound(v string) bool {
	bad := func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
	}
	return !strings.ContainsFunc(v, bad) && strings.TrimFunc(v, rcSpace) == v
}

// elsewhere is the option that makes the section point to another host than it
// is to, nil if there is none. Such a section may be somebody's mirror.
func (d *rcDoc) elsewhere(want PypircSection) *rcOpt {
	s := d.section(want.Name)
	if s == nil {
		return nil
	}
	o := s.own("repository")
	if o == nil || rcHost(o.text()) == rcHost(want.Repository) {
		return nil
	}
	return o
}

func rcHost(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// slashed is the address with the slash at its end that PyPI insists on.
func slashed(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(u.Path, "/") {
		return address
	}
	return address + "/"
}

func (s PypircSection) repository() string { return slashed(s.Repository) }
func (s PypircSection) username() string   { return orElse(s.Username, tokenUser) }

// write makes a section say what it is to say, and lists it.
func (d *rcDoc) write(s PypircSection) (*rcDoc, error) {
	mark := d.nextMark(s)
	d, err := d.list(s.Name)
	if err == nil && d.section(s.Name) == nil {
		d, err = d.appendSection(s.Name, "")
	}
	if err == nil {
		d, err = d.set(s.Name, "repository", s.repository())
	}
	if err == nil {
		d, err = d.set(s.Name, "username", s.username())
	}
	if err == nil {
		d, err = d.setPassword(s)
	}
	if err != nil {
		return nil, err
	}
	return d.setMark(s.Name, mark)
}

func (d *rcDoc) setPassword(s PypircSection) (*rcDoc, error) {
	if s.WithoutPassword {
		return d.unset(s.Name, "password")
	}
	err := s.Password.Use(func(password []byte) error {
		var err error
		d, err = d.set(s.Name, "password", string(password))
		return err
	})
	return d, err
}

// remove takes our keys out of a section, and its header where nothing is left.
func (d *rcDoc) remove(name string) (_ *rcDoc, err error) {
	if !d.mark(name).notList {
		d, err = d.unlist(name)
	}
	for _, key := range rcOurs {
		if err == nil {
			d, err = d.unset(name, key)
		}
	}
	if err == nil {
		d, err = d.setMark(name, rcMark{})
	}
	if err != nil {
		return nil, err
	}
	s := d.section(name)
	if s == nil || len(s.opts) > 0 {
		return d, nil
	}
	bare, err := d.spliced(d.cut(s.header))
	if err != nil || !sameValues(d, bare, name) {
		return d, nil // what follows would continue the value before: the empty section stays
	}
	return bare, nil
}

// migrate gives sections of the closed hosts the address of today.
func (d *rcDoc) migrate(rename bool) (_ *rcDoc, err error) {
	for _, s := range d.sections {
		if o := s.own("repository"); o != nil && rcOldHosts[rcHost(o.text())] != "" {
			if d, err = d.set(s.name, "repository", rcOldHosts[rcHost(o.text())]); err != nil {
				return nil, err
			}
		}
	}
	if !rename {
		return d, nil
	}
	return d.rename(rcOldTest, rcTest)
}

// renames says whether pypitest is to be called testpypi: where it would not
// meet another section of that name, before or after.
func (e PypircEdit) renames(old *rcDoc) bool {
	return e.Migrate && old.section(rcOldTest) != nil && old.section(rcTest) == nil && !slices.Contains(e.Remove, rcTest)
}

func (d *rcDoc) rename(from, to string) (*rcDoc, error) {
	l := d.lines[d.section(from).header]
	at := l.from + strings.IndexByte(string(d.data[l.from:l.to]), '[') + 1
	d, err := d.spliced(rcSplice{at, at + len(from), to})
	if err != nil {
		return nil, err
	}
	names, listed := d.servers()
	if !listed || !slices.Contains(names, from) {
		return d, nil
	}
	if d, err = d.list(to); err != nil {
		return nil, err
	}
	return d.unlist(from)
}
