package pypi

import (
	"io/fs"
	"strings"
)

const pkgInfoFile = "PKG-INFO"

// Header reads the fields of core metadata (PKG-INFO, METADATA): repeated
// fields in order, continuation lines joined, the body left out. Field names
// are in lower case.
func Header(text string) map[string][]string {
	fields := map[string][]string{}
	last := ""
	for _, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if line == "" {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			if n := len(fields[last]); n > 0 {
				fields[last][n-1] += "\n" + strings.TrimSpace(line)
			}
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		last = strings.ToLower(strings.TrimSpace(key))
		fields[last] = append(fields[last], strings.TrimSpace(value))
	}
	return fields
}

// fillFromPKGINFO takes what is still open from the PKG-INFO of an unpacked
// sdist. In a checkout such a file is a leftover, and says nothing.
func (t tree) fillFromPKGINFO(p Project) (Project, error) {
	if p.Version != "" && p.Name != "" || p.FromTag || t.isCheckout() { // a tag says more than a leftover
		return p, nil
	}
	text, there, err := t.optional(pkgInfoFile)
	if err != nil || !there {
		return p, err
	}
	h := Header(text)
	if len(h["name"]) != 1 || len(h["version"]) != 1 || len(h["metadata-version"]) != 1 {
		return p, &UnreadableError{pkgInfoFile, 0, "no name and version in it"}
	}
	name := found{text: h["name"][0], source: pkgInfoFile}
	if err := agree("name", found{text: p.Name, source: p.NameSource}, name); err != nil {
		return p, err
	}
	if p.Name == "" {
		p.setName(name)
	}
	if p.Version == "" {
		p.setVersion(found{text: h["version"][0], source: pkgInfoFile})
	}
	return p, nil
}

func (t tree) isCheckout() bool {
	_, err := fs.Stat(t, ".git")
	return err == nil
}
