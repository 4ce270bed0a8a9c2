package gitops

import (
	"fmt"
	"regexp"
	"strings"
)

// SignError says that tags are to be signed here, and that the person's program
// for it did not: nothing was sent. Text is what it said, raw. Locked: it wanted
// a passphrase and had nowhere to ask for it; Unlock is the command that asks,
// in a terminal, and after which the agent knows.
type SignError struct {
	Program, Key string
	Text         []string
	Locked       bool
	Unlock       []string
	Err          error
}

func (e *SignError) Error() string {
	text := e.Program
	if e.Err == nil {
		return text + " cannot sign"
	}
	text += " did not sign"
	if e.Key != "" {
		text += " with " + e.Key
	}
	if e.Locked {
		return text + ": the key is locked, and a passphrase cannot be asked for here"
	}
	return fmt.Sprintf("%s: %v", text, e.Err)
}

func (e *SignError) Unwrap() error { return e.Err }

// lockedKey is how the programs tell that only a passphrase is missing.
var lockedKey = regexp.MustCompile(`(?i)pinentry|passphrase|agent refused operation|inappropriate ioctl`)

// failure is what a program that ran did not do, and the way out.
func (g *signer) failure(said string, err error) *SignError {
	e := &SignError{Program: g.program, Key: g.key, Text: spoken(said), Err: err}
	if e.Locked = lockedKey.MatchString(said); e.Locked {
		e.Unlock = g.unlock()
	}
	return e
}

// unlock is what a person types once, so that the agent keeps the key open.
func (g *signer) unlock() []string {
	switch g.format {
	case "ssh":
		if literalKey(g.key) {
			return []string{"ssh-add"}
		}
		return []string{"ssh-add", strings.TrimSuffix(configPath(g.key, g.dir), ".pub")}
	case "x509":
		return []string{g.program, "--local-user", g.key, "--output", "/dev/null", "--detach-sign", "/dev/null"}
	}
	return []string{g.program, "--local-user", g.key, "--output", "/dev/null", "--clearsign", "/dev/null"}
}
