package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
)

// form is what a value must look like. parse gives it in normal form, or says
// what is wrong with it; it quotes no more than the value.
type form struct {
	wants string // the TOML type: string, boolean or list
	parse func(text string) (value, wrong string)
}

// check makes a form of strings that only need to be judged.
func check(wrong func(string) string) form {
	return form{"string", func(text string) (string, string) { return text, wrong(text) }}
}

func oneOf(words ...string) form {
	return check(func(s string) string {
		if slices.Contains(words, s) {
			return ""
		}
		return fmt.Sprintf("%s is none of %s", quote(s), strings.Join(words, ", "))
	})
}

func optional(f form) form {
	return form{f.wants, func(text string) (string, string) {
		if text == "" {
			return "", ""
		}
		return f.parse(text)
	}}
}

// listOf takes words apart at commas, as flags and the environment need it.
func listOf(f form) form {
	return form{"list", func(text string) (string, string) {
		words := split(text)
		for i, w := range words {
			v, wrong := f.parse(w)
			if wrong != "" {
				return "", wrong
			}
			words[i] = v
		}
		return strings.Join(words, ", "), ""
	}}
}

func split(list string) []string {
	var out []string
	for w := range strings.SplitSeq(list, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

func boolean() form {
	return form{"boolean", func(text string) (string, string) {
		switch strings.ToLower(text) {
		case "1", "true", "yes", "on":
			return "true", ""
		case "0", "false", "no", "off":
			return "false", ""
		}
		return "", quote(text) + " is neither true nor false"
	}}
}

func atLeast(least time.Duration) form {
	return check(func(s string) string {
		d, err := time.ParseDuration(s)
		switch {
		case err != nil:
			return quote(s) + " is no duration such as 90s, 45m or 6h"
		case d < least:
			return fmt.Sprintf("%s is less than %s", quote(s), least)
		}
		return ""
	})
}

// duration reads a value that atLeast has judged.
func duration(s string) time.Duration {
	d, _ := time.ParseDuration(s)
	return d
}

func name() form {
	return check(func(s string) string {
		if goodName.MatchString(s) {
			return ""
		}
		return quote(s) + " is no name: letters, digits, and . _ - between them"
	})
}

func remote() form {
	return check(func(s string) string {
		if wrongRef("refs/remotes/"+s) != "" {
			return quote(s) + " is no name of a remote"
		}
		return ""
	})
}

func providers() form {
	words := listOf(oneOf("auto", "travis", "github", "gitlab", "gitea", "quickbuild", "none"))
	return form{"list", func(text string) (string, string) {
		value, wrong := words.parse(text)
		names := split(value)
		switch {
		case wrong != "":
			return "", wrong
		case len(names) == 0:
			return "", "names no provider; the word for that is none"
		case len(names) > 1 && (slices.Contains(names, "auto") || slices.Contains(names, "none")):
			return "", "auto and none stand alone"
		}
		return value, ""
	}}
}

func address() form { return check(wrongURL) }

// configuration is a path of names, as QuickBuild shows it: root/release/pypi.
func configuration() form {
	return check(func(s string) string {
		if strings.ContainsFunc(s, unicode.IsControl) || slices.ContainsFunc(strings.Split(s, "/"), func(name string) bool { return strings.TrimSpace(name) != name || name == "" }) {
			return quote(s) + " is no path of a configuration such as root/release/pypi"
		}
		return ""
	})
}

// folder is a URL to which names are added.
func folder() form {
	return form{"string", func(text string) (string, string) {
		if !strings.HasSuffix(text, "/") {
			text += "/"
		}
		return text, wrongURL(text)
	}}
}

// wrongURL never quotes the value: it may carry a password.
func wrongURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || strings.ContainsFunc(s, odd):
		return "is no URL such as https://pypi.org/simple/"
	case u.User != nil:
		return "carries a user name or a password; ferry auth login stores one"
	case u.RawQuery != "" || u.Fragment != "":
		return "carries a query or a fragment"
	case u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()):
		return ""
	}
	return "is not https; only this machine itself may be spoken to without it"
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

func odd(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) || r == '\\' }

// inside is a folder of the repository.
func inside() form {
	return check(func(s string) string {
		clean := path.Clean(s)
		switch {
		case s == "" || strings.ContainsFunc(s, unicode.IsControl) || strings.Contains(s, `\`):
			return quote(s) + " is no folder; folders are written with /"
		case path.IsAbs(s) || strings.Contains(s, ":") || clean == ".." || strings.HasPrefix(clean, "../"):
			return quote(s) + " leads out of the repository"
		}
		return ""
	})
}

// quote shows a value without letting a long one fill the screen.
func quote(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
