package keyring

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// ourNames is how the variables begin that hold a token for us alone.
const ourNames = "FERRY_TOKEN_"

// secretNames are how the names of variables end that hold secrets. PASS and KEY
// alone are none of them: SSH_ASKPASS names a program, GPG_KEY a key.
var secretNames = []string{"TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "SECRET_KEY", "_PASS", "_API_KEY", "_ACCESS_KEY"}

// oddNames are those of well-known programs that end otherwise.
var oddNames = []string{"MYSQL_PWD", "SSHPASS"}

// Private says whether a variable holds a secret, ours or another program's, by
// its name, or by a password in a URL that its value holds. It looks at no more:
// a secret of another name is not known.
func Private(name, value string) bool { return ofSecret(name) || len(urlPasswords(value)) > 0 }

func ofSecret(name string) bool {
	name = strings.ToUpper(name)
	return strings.HasPrefix(name, ourNames) || slices.Contains(oddNames, name) ||
		slices.ContainsFunc(secretNames, func(end string) bool { return strings.HasSuffix(name, end) })
}

// urlPassword finds the password of a URL that logs in, wherever it stands in a
// text: a variable may list several.
var urlPassword = regexp.MustCompile(`://[^\s/?#:]*:([^\s/?#]+)@`)

// urlPasswords are as they are meant, not as a URL writes them.
func urlPasswords(value string) (all []string) {
	for _, m := range urlPassword.FindAllStringSubmatch(value, -1) {
		if password, err := url.PathUnescape(m[1]); err == nil {
			m[1] = password
		}
		all = append(all, m[1])
	}
	return all
}

// Beware tells the net of what an environment holds, also where nobody comes to
// open it: our own tokens, and what Private finds of other programs'. Of those only
// what cannot be met as a word is hidden, see ordinary: where DB_PASSWORD is
// "password", or the project's own name, hiding it would spoil what we say and keep
// nothing in. A token with a prefix that Hide knows is hidden in any case.
func Beware(environ []string) {
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(strings.ToUpper(name), ourNames) {
			_ = NewSecret(value)
			continue
		}
		found := urlPasswords(value)
		if ofSecret(name) {
			found = append(found, value)
		}
		for _, v := range slices.DeleteFunc(found, ordinary) {
			_ = NewSecret(v)
		}
	}
}

const (
	minForeign = 12         // bytes of another program's secret that is looked for
	joiners    = "-_./\\: " // what joins words to names, paths and versions
)

// ordinary says whether a value may turn up in a text that holds no secret: it is
// shorter than minForeign, or has nothing beside its letters but what joins words,
// or no letters.
func ordinary(value string) bool {
	letters := strings.ContainsFunc(value, unicode.IsLetter)
	others := strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune(joiners, r) })
	return len(value) < minForeign || !letters || !others
}

// Harmless gives an environment without the variables that are Private: for a
// program of the person's own that is to see the rest.
func Harmless(environ []string) []string {
	out := []string{}
	for _, kv := range environ {
		if name, value, _ := strings.Cut(kv, "="); !Private(name, value) {
			out = append(out, kv)
		}
	}
	return out
}
