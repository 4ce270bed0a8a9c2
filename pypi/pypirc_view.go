package pypi

import (
	"slices"
	"strings"
)

// PypircIndex is what a section says of an index, as twine and others read it.
// It is an alias of a plain struct so that the command line, which may not
// import this package, can name the same type.
type PypircIndex = struct {
	Name       string `json:"name"`
	Line       int    `json:"line"`   // of its section
	Listed     bool   `json:"listed"` // twine reads only listed sections
	Repository string `json:"repository"`
	Username   string `json:"username"`
	Password   bool   `json:"password"` // whether there is one
	Until      string `json:"until"`    // NAME VERSION of the release with which it goes; "" if it stays
}

// PypircFinding is something that a person should know.
type PypircFinding = struct {
	Code string `json:"code"`
	Line int    `json:"line"` // 0: about the file
	Text string `json:"text"`
}

// Indexes are the sections that say something of an index.
func (p Pypirc) Indexes() []PypircIndex {
	d := p.doc()
	names, _ := d.servers()
	out := []PypircIndex{}
	for _, s := range d.sections {
		listed := slices.Contains(names, s.name)
		if !listed && s.own("repository") == nil && s.own("password") == nil {
			continue
		}
		out = append(out, d.index(s, listed))
	}
	return out
}

func (d *rcDoc) index(s *rcSection, listed bool) PypircIndex {
	i := PypircIndex{Name: s.name, Line: s.header + 1, Listed: listed, Until: d.mark(s.name).until}
	get := func(key string) string {
		v, _ := d.get(s.name, key)
		if strings.Contains(v, "\n") {
			return rcMask // an indented line below it: whatever it is
		}
		return shownValue(key, v)
	}
	i.Repository, i.Username = get("repository"), get("username")
	if i.Repository == "" {
		i.Repository = rcBuiltin[s.name]
	}
	_, i.Password = d.get(s.name, "password")
	return i
}

// Findings say what is odd in the file, for every tool that reads it.
func (p Pypirc) Findings() []PypircFinding {
	d := p.doc()
	out := []PypircFinding{}
	add := func(code string, line int, text string) { out = append(out, PypircFinding{code, line, text}) }
	names, _ := d.servers()
	for _, s := range d.sections {
		d.oddAddress(s, slices.Contains(names, s.name), add)
		d.oddPassword(s, slices.Contains(names, s.name), add)
	}
	if o := d.defaults.own("password"); o != nil {
		add("default-password", o.line+1, "a password in [DEFAULT] goes to every index that is listed")
	}
	return out
}

type rcAdd func(code string, line int, text string)

func (d *rcDoc) oddAddress(s *rcSection, listed bool, add rcAdd) {
	o := s.own("repository")
	isIndex := listed || rcBuiltin[s.name] != ""
	switch {
	case s.name == rcOldTest:
		add("old-name", s.header+1, "TestPyPI is called testpypi by every tool; `ferry pypirc write --migrate` renames the section")
	case o == nil && isIndex && s.name == rcTest:
		add("no-repository", s.header+1, "the section names no address: flit would publish to PyPI itself")
	case o == nil && isIndex && rcBuiltin[s.name] != "":
		add("no-repository", s.header+1, "the section names no address: hatch does not find it")
	case o == nil && listed:
		add("no-repository", s.header+1, "the section names no address: twine fails on it")
	}
	if o == nil {
		return
	}
	switch host := rcHost(o.text()); {
	case rcOldHosts[host] != "":
		add("old-host", o.line+1, host+" is closed: uploads to it fail; `ferry pypirc write --migrate` writes the address of today")
	case (host == rcHost(pypiUpload) || host == rcHost(testpypiUpload)) && o.text() != pypiUpload && o.text() != testpypiUpload:
		add("address", o.line+1, "the address is not exactly that of the index, which ends in /legacy/: the token in the keyring is not found under it")
	}
}

func (d *rcDoc) oddPassword(s *rcSection, listed bool, add rcAdd) {
	o := s.own("password")
	switch {
	case o == nil:
		return
	case o.text() == "":
		add("empty-password", o.line+1, "an empty password counts as one: twine sends it, and does not look into the keyring")
	case strings.Contains(o.text(), "%"):
		add("percent", o.line+1, "hatch cannot read a password with a percent sign")
	case strings.Contains(o.text(), "\n"):
		add("many-lines", o.line+1, "the password goes on over the indented lines below it")
	}
	switch {
	case s.name == rcLogin:
		add("login-password", o.line+1, "a password in [server-login] goes to every index that has none of its own")
	case !listed:
		add("not-listed", s.header+1, "index-servers does not list the section: twine ignores its password")
	}
}
