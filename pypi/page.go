package pypi

import (
	"slices"
	"strings"
	"time"
)

// Page is what one surface of an index showed of a project, once.
type Page struct {
	Surface   string // "simple" or "json"
	URL       string
	Name      string // of the project, normalised
	Found     bool   // false: the index answered 404
	Elsewhere string // PyPI's page, if the index leads there in place of a 404; nobody read it
	Files     []File
	Versions  []string // as the index spells them

	ReadAt time.Time
	Date   time.Time     // by the server's clock; zero if it does not say
	MaxAge time.Duration // how old the answer may be
	Serial int64         // 0 if the index counts none

	Project string // "active", "archived", "quarantined", …; "" if the surface does not say
	Reason  string // why, in the index's words
	Roles   []Role // who may upload, where the surface says so
	Home    string // where people see the release, by the index's own word; "" if it names no such page
}

// File is one distribution as a page lists it. Everything in it is text from
// outside.
type File struct {
	Name, URL      string
	SHA256         string // lower-case hex; "" if the page has none
	BLAKE2         string // BLAKE2b-256, lower-case hex; "" if the page has none, as the simple one
	Size           int64  // 0 if the page has none
	Yanked         bool
	YankedReason   string
	RequiresPython string
	Uploaded       time.Time // zero if the page has none
	Provenance     string    // where its attestations are kept; "" if there are none
	CoreMetadata   string    // sha256 of the METADATA that lies beside it, lower-case hex; "" if none does
}

// Of gives the files of one version, by PEP 440 and not by spelling, sorted by
// name. An sdist of 1.0 is a file of 1.0.0.
func (p Page) Of(version string) []File {
	want, err := ParseVersion(version)
	if err != nil {
		return nil
	}
	var files []File
	for _, f := range p.Files {
		if v, ok := p.version(f); ok && v.Equal(want) {
			files = append(files, f)
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files
}

// Yanked says whether the version has files and all of them are yanked, and
// the reason the first of them gives.
func (p Page) Yanked(version string) (bool, string) {
	files := p.Of(version)
	for _, f := range files {
		if !f.Yanked {
			return false, ""
		}
	}
	if len(files) == 0 {
		return false, ""
	}
	return true, files[0].YankedReason
}

// Newest gives the newest final version and the newest of all that have a file
// which is not yanked, in the spelling of the file names; "" if there is none.
func (p Page) Newest() (final, latest string) {
	var f, l Version
	for _, file := range p.Files {
		v, ok := p.version(file)
		if !ok || file.Yanked {
			continue
		}
		if latest == "" || v.Compare(l) > 0 {
			l, latest = v, v.String()
		}
		if !v.IsPrerelease() && (final == "" || v.Compare(f) > 0) {
			f, final = v, v.String()
		}
	}
	return final, latest
}

// version is the version in a file's name, if the file is one of the project.
func (p Page) version(f File) (Version, bool) {
	d, err := parseFilename(f.Name, p.Name)
	if err != nil || p.Name != "" && d.Name != p.Name {
		return Version{}, false
	}
	v, err := ParseVersion(d.Version)
	return v, err == nil
}
