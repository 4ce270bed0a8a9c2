package gitops

import (
	"slices"
	"strings"
)

// Route is how the URL that a push goes to came about. Both URLs are without
// userinfo, safe to show.
type Route struct {
	Configured string   // remote.NAME.url as it is written
	Effective  string   // where a push goes
	By         []string // what leads from one to the other: pushurl, pushInsteadOf, insteadOf; nil if nothing does
}

// Route reads how the remote's push URL comes about. Nothing is sent.
func (m *Remote) Route() Route {
	s := m.repo.settings()
	out := Route{Effective: m.URL()}
	urls, push := s.all("remote."+m.name+".url"), s.all("remote."+m.name+".pushurl")
	if len(urls) > 0 {
		out.Configured = shown(urls[0], m.repo.root)
	}
	switch {
	case len(push) > 0:
		out.By = []string{"pushurl"}
		if s.rewrite(push[0], "insteadof") != push[0] {
			out.By = append(out.By, "insteadOf")
		}
	case len(urls) == 0:
	case s.rewrite(urls[0], "pushinsteadof") != urls[0]:
		out.By = []string{"pushInsteadOf"}
	case s.rewrite(urls[0], "insteadof") != urls[0]:
		out.By = []string{"insteadOf"}
	}
	return out
}

func shown(raw, root string) string {
	a, err := parseAddress(raw, root)
	if err != nil {
		return "" // it may hold anything
	}
	return a.String()
}

// Neighbour is a remote of the checkout by what it is read from: a push URL may
// be a word that keeps people from pushing there.
type Neighbour struct {
	Name, URL string // the URL is without userinfo
	Host      string // without a port
	Slug      string
	Base      string // what gh repo set-default wrote: "base" for this remote's own repository, else owner/name; "" if nothing
}

// Neighbours lists the remotes that have a URL we can read, by their names.
func (r *Repo) Neighbours() []Neighbour {
	s := r.settings()
	var out []Neighbour
	for _, name := range s.subsections("remote", "url") {
		a, err := parseAddress(s.rewrite(s.last("remote."+name+".url"), "insteadof"), r.root)
		if err != nil {
			continue
		}
		out = append(out, Neighbour{name, a.String(), a.hostname(), a.slug(), s.last("remote." + name + ".gh-resolved")})
	}
	slices.SortFunc(out, func(a, b Neighbour) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Hostname is the host without its port.
func (m *Remote) Hostname() string { return m.addr.hostname() }
