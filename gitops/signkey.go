package gitops

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"
)

// defaultKey asks the program of gpg.ssh.defaultKeyCommand for a key, as git
// does: its first line, if that is a key and not a file's name.
func (g *signer) defaultKey(ctx context.Context) error {
	args := words(g.keyCommand)
	if len(args) == 0 {
		return &SignError{Program: g.program, Text: []string{"user.signingKey names no key, and neither does gpg.ssh.defaultKeyCommand; ssh needs one"}}
	}
	var out bytes.Buffer
	said := &tail{}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = g.dir, g.env, &out, said, time.Second
	apart(cmd)
	if err := cmd.Run(); err != nil {
		return &SignError{Program: "gpg.ssh.defaultKeyCommand (" + args[0] + ")", Text: spoken(said.String()), Err: err}
	}
	line, _, _ := strings.Cut(out.String(), "\n")
	if g.key = strings.TrimSpace(line); !literalKey(g.key) {
		return &SignError{Program: "gpg.ssh.defaultKeyCommand (" + args[0] + ")", Text: []string{"its first line is no key"}, Err: errors.New("it named no key")}
	}
	return nil
}

// literalKey tells a public key in the configuration from the name of a file.
func literalKey(key string) bool {
	return strings.HasPrefix(key, "key::") || strings.HasPrefix(key, "ssh-")
}

// words splits a command line as git does: quotes and backslashes, no shell.
func words(line string) []string {
	var out []string
	var word strings.Builder
	quote, begun := byte(0), false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n'):
			if begun {
				out = append(out, word.String())
			}
			word.Reset()
			begun = false
			continue
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
		default:
			word.WriteByte(c)
		}
		begun = true
	}
	if begun {
		out = append(out, word.String())
	}
	return out
}

// lastOf is the setting that git heard last: some have two names.
func (s settings) lastOf(usual string, keys ...string) string {
	v := ""
	for _, e := range s {
		for _, key := range keys {
			if e.key == key {
				v = e.value
			}
		}
	}
	return cmp.Or(v, usual)
}
