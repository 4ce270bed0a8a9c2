package keyring

import (
	"io"
	"net/url"
	"strings"
)

// sealed is the net of this process. It knows every value that was ever sealed
// here, so that nobody who opens a source of secrets has to think of telling it;
// that is why it is one for the whole process, and why a value stays in it after
// its box is gone: what was read once may turn up in any text that comes later.
var sealed Redactor

// Hide gives a text without what is secret in it: every value that was sealed in
// this process, in the forms it can take, and what looks like a token. Values
// shorter than 8 bytes are not looked for.
func Hide(text string) string { return sealed.Text(text) }

// Hiding puts the net under a writer, as Redactor.Writer does.
func Hiding(w io.Writer) io.WriteCloser { return sealed.Writer(w) }

// secretNames are how the names of variables end that hold secrets.
var secretNames = []string{"_TOKEN", "_PASSWORD", "_PASSWD", "_PASSPHRASE", "_SECRET", "_API_KEY", "_ACCESS_KEY"}

// ofSecret says whether a variable of this name holds a secret: ours, or one of
// another program that runs beside us.
func ofSecret(name string) bool {
	name = strings.ToUpper(name)
	if strings.HasPrefix(name, "FERRY_TOKEN_") {
		return true
	}
	for _, end := range secretNames {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// Beware tells the net of what an environment holds by the names in it, also
// where nobody comes to open it.
func Beware(environ []string) {
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if ofSecret(name) {
			_ = NewSecret(value)
		}
		if u, err := url.Parse(value); err == nil && u.Host != "" {
			password, _ := u.User.Password() // a proxy's, for one
			_ = NewSecret(password)
		}
	}
}

// Harmless gives an environment without the variables whose names say that they
// hold a secret: for a program of the person's own that is to see the rest.
func Harmless(environ []string) []string {
	out := []string{}
	for _, kv := range environ {
		if name, _, _ := strings.Cut(kv, "="); !ofSecret(name) {
			out = append(out, kv)
		}
	}
	return out
}
