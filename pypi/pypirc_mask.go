package pypi

import (
	"net/url"
	"slices"
	"strings"
)

const rcMask = "•••"

// rcShown are the keys whose values may be seen. Of every other key, and of
// comments, only that they are there: people comment old tokens out.
var rcShown = []string{"repository", "username", rcServers, "ca_cert", "client_cert"}

// masked gives a line of the file as it may be shown.
func (d *rcDoc) masked(i int) string {
	l := d.lines[i]
	text := string(d.data[l.from:l.to])
	indent := rcIndent(text)
	switch l.kind {
	case rcBlank:
		return text
	case rcHeader:
		return text[:strings.LastIndexByte(text, ']')+1]
	case rcComment:
		if d.isMark(i) {
			return text
		}
		return indent + text[len(indent):len(indent)+1] + " " + rcMask
	case rcContinued:
		if l.section == rcDistutils && l.opt.key == rcServers {
			return indent + shownServer(strings.TrimFunc(text, rcSpace))
		}
		return indent + rcMask
	}
	head := string(d.data[l.from:l.opt.value[0]])
	return head + shownValue(l.opt.key, string(d.data[l.opt.value[0]:l.opt.value[1]]))
}

// shownServer shows names. An indented "password = x" below index-servers is
// a name to Python, and must not be shown.
func shownServer(s string) string {
	for _, name := range strings.FieldsFunc(s, rcSpace) {
		if !indexName.MatchString(name) || looksSecret(name) {
			return rcMask
		}
	}
	return s
}

func shownValue(key, value string) string {
	switch {
	case value == "":
		return ""
	case !slices.Contains(rcShown, key), looksSecret(value):
		return rcMask
	case key == "repository":
		return shownURL(value)
	case key == rcServers:
		return shownServer(value)
	}
	return value
}

// looksSecret catches a token that was put into the wrong place.
func looksSecret(s string) bool { return strings.Contains(s, "pypi-") && len(s) > 40 }

// shownURL is an address without user, password and query.
func shownURL(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Opaque != "":
		return rcMask
	case u.User == nil && u.RawQuery == "" && u.Fragment == "" && !strings.Contains(address, "@"):
		return address
	case u.Host == "":
		return rcMask
	}
	return u.Scheme + "://" + rcMask + "@" + u.Host + u.EscapedPath()
}
