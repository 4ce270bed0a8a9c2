package rules

// TravisEntry is a deploy to a Python index that a .travis.yml has, as far as it
// matters to whoever sets the file up anew.
type TravisEntry struct {
	Line          int
	Server        string // as it is written; "" is PyPI. It may hold a login
	Distributions bool   // whether it says which
	Sealed        Sealed // its password, if that is sealed
	Key           string // the fingerprint that SetUpTravis noted above it; "" if none is
}

// TravisEntries lists the deploys to Python indexes, wherever they stand. A file
// that cannot be read has none.
func TravisEntries(text []byte) []TravisEntry {
	src, _ := plainEnds(text)
	root, err := readable(src)
	if err != nil {
		return nil
	}
	p := &setupPlan{root: root, src: src, text: newSetupText(src)}
	var out []TravisEntry
	for _, d := range p.entries() {
		secure := d.get("password").get("secure")
		e := TravisEntry{Line: d.line(), Server: d.get("server").text(), Distributions: d.get("distributions").ok()}
		if sealed, err := ParseSealed(secure.text()); err == nil {
			e.Sealed, e.Key = sealed, p.text.noteOf(secure.line())
		}
		out = append(out, e)
	}
	return out
}

// Serves says whether the entry is the one that a target is about.
func (e TravisEntry) Serves(t TravisTarget) bool { return sameIndex(e.Server, t.Server) }

// Reaches says whether an upload goes to the target's index.
func (t TravisTarget) Reaches(u Upload) bool { return sameIndex(u.Index, t.Server) }

// Full is the ref from which the target is published to.
func (t TravisTarget) Full() string { return t.ref() }

// Label names the target's index for people.
func (t TravisTarget) Label() string { return t.index() }
