package gitops

import (
	"net/url"
	"path"
	"strings"
)

// forURL gives the values of SECTION.NAME and SECTION.URL.NAME that count for an
// address, by git's rule: one that matches worse than an earlier one is passed
// over, else a later one comes after.
func (s settings) forURL(section, name string, a address) []string {
	var values []string
	best := 0
	for _, e := range s {
		rest, ok := strings.CutPrefix(e.key, section+".")
		if !ok {
			continue
		}
		rank := 1
		if rest != name {
			pattern, ok := strings.CutSuffix(rest, "."+name)
			if !ok {
				continue
			}
			rank = a.matches(pattern)
		}
		if rank > 0 && rank >= best {
			best = rank
			values = append(values, e.value)
		}
	}
	return values
}

// What counts more in a match; a longer path counts more than a shorter one.
const (
	exactHost = 1 << 20
	sameUser  = 1 << 1
)

// matches ranks a URL pattern of the configuration, 0 if it does not match.
func (a address) matches(pattern string) int {
	u, err := url.Parse(pattern)
	if err != nil || !strings.EqualFold(u.Scheme, a.scheme) || port(u.Scheme, u.Port()) != port(a.scheme, a.port()) {
		return 0
	}
	host, want := strings.ToLower(a.hostname()), strings.ToLower(u.Hostname())
	rank := 2
	switch {
	case want == host:
		rank += exactHost
	case !sameLabels(want, host):
		return 0
	}
	prefix := strings.TrimSuffix(u.Path, "/")
	if here := strings.TrimSuffix(a.path, "/"); here != prefix && !strings.HasPrefix(here, prefix+"/") {
		return 0
	}
	rank += len(prefix) << 2 // below it there is room for the user
	if user := u.User.Username(); user != "" {
		if user != a.user {
			return 0
		}
		rank += sameUser
	}
	return rank
}

func port(scheme, written string) string {
	switch {
	case written != "":
		return written
	case scheme == "https":
		return "443"
	}
	return "80"
}

// sameLabels lets * stand for one whole label of a host's name.
func sameLabels(pattern, host string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, ".", "/"), strings.ReplaceAll(host, ".", "/"))
	return err == nil && ok && strings.Contains(pattern, "*")
}
