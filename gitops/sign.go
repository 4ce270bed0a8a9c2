package gitops

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// signer is the program that the person signs tags with, run as git runs it.
// Keys are its own affair: none is ever read here.
type signer struct {
	dir, format, program, key string
	keyCommand                string // gpg.ssh.defaultKeyCommand
	env                       []string
}

// signer is nil where git would make an annotated tag without a signature.
func (r *Repo) signer(id Identity) (*signer, error) {
	s := r.settings()
	if !truth(s.last("tag.gpgsign")) && !truth(s.last("tag.forcesignannotated")) {
		return nil, nil
	}
	if !r.ours() {
		return nil, &UnsupportedError{"signed tags in a repository that belongs to somebody else and that git does not call safe (safe.directory)"}
	}
	g := &signer{dir: r.root, format: cmp.Or(s.last("gpg.format"), "openpgp"), key: s.last("user.signingkey"), env: childEnv()}
	switch g.format {
	case "openpgp":
		g.program = s.lastOf("gpg", "gpg.program", "gpg.openpgp.program")
	case "x509":
		g.program = cmp.Or(s.last("gpg.x509.program"), "gpgsm")
		g.env = childEnv("GITSIGN_", "SIGSTORE_", "ACTIONS_ID_TOKEN_") // gitsign logs in by them
	case "ssh":
		g.program = cmp.Or(s.last("gpg.ssh.program"), "ssh-keygen")
		g.keyCommand = s.last("gpg.ssh.defaultkeycommand")
		return g.atHome(), nil
	default:
		return nil, &UnsupportedError{"tags signed with gpg.format " + g.format}
	}
	g.key = cmp.Or(g.key, id.Name+" <"+id.Email+">")
	return g.atHome(), nil
}

func (g *signer) atHome() *signer {
	if strings.HasPrefix(g.program, "~/") {
		g.program = configPath(g.program, g.dir)
	}
	return g
}

// sign gives the signature of a tag's text, armoured.
func (g *signer) sign(ctx context.Context, limit time.Duration, text []byte) (string, error) {
	late, done := context.WithTimeout(ctx, limit)
	defer done()
	sign := g.gpg
	if g.format == "ssh" {
		sign = g.ssh
	}
	out, err := sign(late, text)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case late.Err() != nil:
		return "", &SignError{Program: g.program, Key: g.key, Err: errors.New("it did not end in time")}
	case err != nil:
		return "", err
	}
	return strings.ReplaceAll(string(out), "\r\n", "\n"), nil
}

// gpg asks gpg, gpgsm or gitsign. An exit of 0 alone is no signature: git waits
// for the status line too.
func (g *signer) gpg(ctx context.Context, text []byte) ([]byte, error) {
	out, said, err := g.start(ctx, text, "--status-fd=2", "-bsau", g.key)
	if err == nil && !strings.Contains("\n"+said, "\n[GNUPG:] SIG_CREATED ") {
		err = errors.New("it made no signature")
	}
	if err != nil {
		return nil, g.failure(said, err)
	}
	return out, nil
}

// ssh asks ssh-keygen, which signs files. A key may stand in the configuration
// itself; then it is a public one, and the agent has the other half.
func (g *signer) ssh(ctx context.Context, text []byte) ([]byte, error) {
	if g.key == "" {
		if err := g.defaultKey(ctx); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "ferry")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	tag, key := filepath.Join(dir, "tag"), configPath(g.key, g.dir)
	if literalKey(g.key) {
		key = filepath.Join(dir, "key")
		err = os.WriteFile(key, []byte(strings.TrimPrefix(g.key, "key::")+"\n"), 0o600)
	}
	if err := errors.Join(err, os.WriteFile(tag, text, 0o600)); err != nil {
		return nil, err
	}
	if _, said, err := g.start(ctx, nil, "-Y", "sign", "-n", "git", "-f", key, tag); err != nil {
		return nil, g.failure(said, err)
	}
	return os.ReadFile(tag + ".sig")
}

func (g *signer) start(ctx context.Context, stdin []byte, args ...string) ([]byte, string, error) {
	var out bytes.Buffer
	said := &tail{}
	cmd := exec.CommandContext(ctx, g.program, args...)
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = g.dir, g.env, bytes.NewReader(stdin), &out, said, time.Second
	apart(cmd)
	err := cmd.Run()
	return out.Bytes(), said.String(), err
}

// spoken leaves out what gpg says to programs.
func spoken(said string) []string {
	var lines []string
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "[GNUPG:]") {
			lines = append(lines, line)
		}
	}
	return lines
}
