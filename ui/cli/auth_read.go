package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"ferry/flow"
	"ferry/keyring"
)

// maxToken is longer than any token.
const maxToken = 8 << 10

// readToken takes the token from a file, from standard input, or from the
// person: never from an argument, which every process here can read.
func (c *commands) readToken(ctx context.Context, a account, file string) (keyring.Secret, error) {
	switch {
	case file == "-", file == "" && !terminal(c.In):
		return a.line(c.In)
	case file != "":
		f, err := os.Open(file)
		if err != nil {
			return keyring.Secret{}, usageError(fmt.Errorf("--token-file: %w", err), "ferry auth login --help")
		}
		defer f.Close()
		return a.line(f)
	case c.flags.noInput:
		return keyring.Secret{}, &flow.Problem{Code: flow.CodeNeedsPerson, Class: flow.ClassWaiting, Text: "The token for " + a.name + " is needed, and --no-input forbids to ask",
			Now: []string{"nothing was stored"}, Retry: flow.RetrySafe, Next: []string{"ferry auth login " + a.name + " --token-file FILE"}}
	}
	s, err := keyring.Terminal{In: c.In, Out: c.Err}.Secret(ctx, a.question())
	switch {
	case errors.Is(err, keyring.ErrNotTyped):
		return s, &flow.Problem{Code: flow.CodeDeclined, Class: flow.ClassDeclined, Text: "No token was typed", Now: []string{"nothing was stored"}, Retry: flow.RetrySafe, Next: []string{"ferry auth login " + a.name}, Err: err}
	case err != nil && ctx.Err() == nil:
		return s, a.problem("auth.shape", "The token for "+a.name+" is not taken: "+err.Error(), "ferry auth login "+a.name)
	}
	return s, err
}

// question names the host: what is typed is for that one.
func (a account) question() string {
	if a.password {
		return "Password of " + a.user + " for " + a.name + " at " + a.host()
	}
	return "Token for " + a.name + " at " + a.host()
}

// line reads one line and no more: a file of several is another file.
func (a account) line(r io.Reader) (keyring.Secret, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxToken+1))
	defer clear(b)
	line := bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	switch {
	case err != nil:
		return keyring.Secret{}, a.problem("auth.shape", "The token for "+a.name+" cannot be read", "ferry auth login "+a.name)
	case len(line) == 0:
		return keyring.Secret{}, a.problem("auth.shape", "There is no token for "+a.name+" in the input", "ferry auth login "+a.name)
	case len(b) > maxToken:
		return keyring.Secret{}, a.problem("auth.shape", "The input is longer than any token", "ferry auth login "+a.name)
	}
	return keyring.NewSecret(string(line)), nil
}

// fits refuses what cannot be the token for an account, before it is stored or
// sent: a token that is shown to another service is a token to be replaced.
func (c *commands) fits(a account, s keyring.Secret, now time.Time) (TokenFacts, error) {
	again := "ferry auth login " + a.name
	if err := keyring.Check(s); err != nil {
		return TokenFacts{}, a.problem("auth.shape", fmt.Sprintf("The token for %s is not taken: %v", a.name, err), again)
	}
	facts, err := c.Auth.Decode(s)
	if err != nil {
		facts = TokenFacts{}
	}
	switch home := indexHost(a.host()); {
	case err == nil && !a.index:
		return facts, a.problem("auth.index", fmt.Sprintf("This is a token for %s, not for %s", facts.Host, a.name), again)
	case err == nil && facts.Host != home && (owned(facts.Host) || owned(home)):
		return facts, a.problem("auth.index", fmt.Sprintf("This is a token for %s, and %s is %s", facts.Host, a.name, home), indexHint(facts.Host)...)
	case err != nil && owned(home):
		return facts, a.problem("auth.shape", fmt.Sprintf("What was given for %s %v; passwords are not taken by %s", a.name, err, home), again)
	case err != nil && foreign(s, a):
		return facts, a.problem("auth.index", "This is a token for another service than "+a.name, again)
	case !facts.Expires.IsZero() && facts.Expires.Before(now):
		return facts, a.problem("auth.expired", fmt.Sprintf("The token for %s expired on %s", a.name, facts.Expires.Format(time.RFC3339)), again)
	}
	return facts, nil
}

// indexHost is the name that tokens have for the host of an upload URL.
func indexHost(host string) string {
	if host == "upload.pypi.org" {
		return "pypi.org"
	}
	return host
}

func owned(host string) bool { return host == "pypi.org" || host == "test.pypi.org" }

func indexHint(host string) []string {
	switch host {
	case "pypi.org":
		return []string{"ferry auth login pypi"}
	case "test.pypi.org":
		return []string{"ferry auth login testpypi"}
	}
	return nil
}

// foreign knows the tokens of others by how they begin.
func foreign(s keyring.Secret, a account) bool {
	found := ""
	for _, prefix := range []string{"pypi-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "AKIA"} {
		if begins(s, prefix) {
			found = prefix
		}
	}
	if found == "" || a.index && found == "pypi-" {
		return false
	}
	switch a.name {
	case "github":
		return !strings.HasPrefix(found, "gh") && found != "github_pat_"
	case serviceGitLab:
		return found != "glpat-"
	}
	return true
}

// begins says how a secret begins, and nothing else of it.
func begins(s keyring.Secret, prefix string) (yes bool) {
	_ = s.Use(func(v []byte) error { yes = bytes.HasPrefix(v, []byte(prefix)); return nil })
	return yes
}
