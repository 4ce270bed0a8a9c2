package rules

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Values never appear in a diagnostic, encrypted or not.

// user judges the name that a deploy logs in with.
func (l *travisLint) user(d lintEntry) {
	user := d.get("username", "user")
	if !d.pypi || !user.ok() || publicUpload(d.index) == "" {
		return
	}
	switch name := user.text(); {
	case user.get("secure").ok():
		text := "the user name of " + d.name + " is encrypted: PyPI takes only __token__, which is no secret"
		l.say("user-encrypted", Advice, user.line(), text, "Write username: __token__ in clear, and encrypt the API token as the password.", nil)
	case name != "" && name != "__token__" && !strings.HasPrefix(name, "$"):
		text := fmt.Sprintf("%s logs in as %s with a password, which PyPI refuses with 403 since it takes API tokens only", d.name, name)
		l.say("user-password", Fatal, user.line(), text, "Write username: __token__, and give an API token as the password.", nil)
	}
}

// The sizes of what a Travis key seals, in bytes: its own size.
const oldSeal = 128

var seals = []int{oldSeal, 256, 512, 1024}

// password judges what a deploy logs in with.
func (l *travisLint) password(d lintEntry) {
	p := d.get("password")
	if p.text() != "" && !strings.HasPrefix(p.text(), "$") {
		l.alarm("password-in-clear", p.line(), "the password of "+d.name+" stands in clear in the file, and in its history")
	}
	secure := p.get("secure")
	if !d.pypi || secure.text() == "" {
		return
	}
	switch n := sealedBytes(secure.text()); {
	case !slices.Contains(seals, n):
		severity := Warning // a server of one's own may make other keys
		if n < 0 {
			severity = Fatal
		}
		text := "the encrypted password of " + d.name + " is no ciphertext of Travis, whose keys make 128, 256 or 512 bytes"
		l.say("secure-unreadable", severity, secure.line(), text, "Encrypt the API token with travis encrypt, or put it into the settings as PYPI_PASSWORD.", nil)
	case n == oldSeal && publicUpload(d.index) != "":
		text := "the encrypted password of " + d.name + " has 128 bytes, so the repository's key has 1024 bits and seals 117 bytes at most: no API token of PyPI fits, and this is none"
		l.say("secure-1024", Fatal, secure.line(), text, "Put the token into the settings as PYPI_PASSWORD, or make a new key pair, which spoils every other encrypted value of the repository.", nil)
	}
}

// sealedBytes measures a ciphertext; -1 if it is none.
func sealedBytes(text string) int {
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return -1
	}
	return len(b)
}

// sharedSecrets finds one ciphertext for both public indexes.
func (l *travisLint) sharedSecrets() {
	first := map[string]lintEntry{}
	for _, d := range l.entries {
		secure, index := d.get("password").get("secure"), publicUpload(d.index)
		if secure.text() == "" || index == "" {
			continue
		}
		other, seen := first[secure.text()]
		if !seen {
			first[secure.text()] = d
			continue
		}
		if publicUpload(other.index) != index {
			text := fmt.Sprintf("%s and %s have the same encrypted password, and go to PyPI and TestPyPI: no token is good for both, so one of them fails", other.name, d.name)
			l.say("one-secret-two-indexes", Warning, secure.line(), text, "Make a token on each index, and encrypt each.", nil)
		}
	}
}

// uploadSecret is a variable that twine or dpl logs in with.
var uploadSecret = regexp.MustCompile(`(?i)pypi|twine|flit|hatch_index|poetry|uv_publish`)

// clearSecrets finds tokens among the variables of the file.
func (l *travisLint) clearSecrets() {
	envs := []tree{l.b.root.get("env")}
	for _, job := range l.b.listed() {
		envs = append(envs, job.get("env"))
	}
	for _, t := range envs {
		env := readEnv(t)
		for _, v := range slices.Concat(append([]envEntry{env.global}, env.jobs...)...) {
			if v.secret || !v.confidential() || !uploadSecret.MatchString(v.name+v.raw) {
				continue
			}
			l.alarm("variable-in-clear", v.line, fmt.Sprintf("the variable %s in line %d holds a credential in clear, in the file and in its history", v.name, v.line))
		}
	}
}
