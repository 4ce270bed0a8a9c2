package gitops_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/keyring"
)

// berth is one row's world: a harbour, a repository behind it, a clone.
type berth struct {
	*harbour
	bare, clone, ours string
	url               string
	options           gitops.RemoteOptions
}

func (b *berth) config(lines string, args ...any) {
	b.t.Helper()
	write(b.t, b.ssh("config"), fmt.Sprintf("Host *\n"+lines+"\n", args...))
}

// boat lets the URL name a host that only the configuration knows.
func (b *berth) boat(lines string, args ...any) {
	b.t.Helper()
	b.url = "boat:" + b.bare
	write(b.t, b.ssh("config"), fmt.Sprintf("Host boat\nHostName 127.0.0.1\nPort %s\n"+lines+"\n", append([]any{b.port}, args...)...))
}

// away takes the accepted key out of ~/.ssh.
func (b *berth) away() string {
	b.t.Helper()
	to := filepath.Join(b.t.TempDir(), "key")
	must(b.t, os.Rename(b.ssh("id_ed25519"), to))
	must(b.t, os.Rename(b.ssh("id_ed25519.pub"), to+".pub"))
	return to
}

func (b *berth) passphrase(says string) {
	b.options.Passphrase = func(context.Context, string) (keyring.Secret, error) { return keyring.NewSecret(says), nil }
}

type verdict string

const (
	landed    verdict = "landed"
	notLanded verdict = "did not land"
	uncertain verdict = "uncertain"
)

func verdictOf(err error) verdict {
	switch {
	case err == nil:
		return landed
	case is[*gitops.UncertainError](err):
		return uncertain
	}
	return notLanded
}

func (b *berth) theSSH(t *testing.T, more string) string {
	t.Helper()
	return needs(t, "ssh") + " -F none -o UserKnownHostsFile=" + b.ssh("known_hosts") + " -i " + b.ssh("id_ed25519") + " " + more
}

// authorised changes what the key may do.
func (b *berth) authorised(options string) {
	b.t.Helper()
	write(b.t, b.dir+"/authorized", options+" "+read(b.t, b.ssh("id_ed25519.pub")))
}

// sshRows are the ways to come to a host over ssh, and what must come of a push.
var sshRows = []struct {
	name  string
	setup func(t *testing.T, b *berth)
	want  verdict
	says  string // the error
	there bool   // for uncertain: whether it landed
}{
	{"key", func(*testing.T, *berth) {}, landed, "", false},
	{"encrypted key", func(t *testing.T, b *berth) {
		keygen(t, "-p", "-P", "", "-N", "s3cret", "-f", b.ssh("id_ed25519"))
		b.passphrase("s3cret")
	}, landed, "", false},
	{"wrong passphrase", func(t *testing.T, b *berth) {
		keygen(t, "-p", "-P", "", "-N", "s3cret", "-f", b.ssh("id_ed25519"))
		b.passphrase("secret")
	}, notLanded, "id_ed25519 was wrong, twice; nothing was sent", false},
	{"agent", func(t *testing.T, b *berth) { serveAgent(t, b.away()) }, landed, "", false},
	{"dead agent", func(t *testing.T, b *berth) {
		b.away()
		t.Setenv("SSH_AUTH_SOCK", b.dir+"/none")
	}, notLanded, "none", false},
	{"agent named by IdentityAgent", func(t *testing.T, b *berth) {
		serveAgent(t, b.away())
		b.config("IdentityAgent %s", os.Getenv("SSH_AUTH_SOCK"))
		t.Setenv("SSH_AUTH_SOCK", "")
	}, landed, "", false},
	{"agent forbidden by IdentityAgent", func(t *testing.T, b *berth) {
		serveAgent(t, b.away())
		b.config("IdentityAgent none")
	}, notLanded, "none", false},
	{"agent with too many keys", func(t *testing.T, b *berth) {
		serveAgent(t, append(strangers(t, 7), b.away())...)
	}, notLanded, "IdentitiesOnly", false},
	{"agent with many keys, the right one named", func(t *testing.T, b *berth) {
		key := b.away()
		serveAgent(t, append(strangers(t, 7), key)...)
		b.config("IdentitiesOnly yes\nIdentityFile %s.pub", key)
	}, landed, "", false},
	{"certificate beside the key", func(t *testing.T, b *berth) { b.certified(t) }, landed, "", false},
	{"certificate named, key in the agent", func(t *testing.T, b *berth) {
		b.certified(t)
		cert := filepath.Join(t.TempDir(), "cert")
		must(t, os.Rename(b.ssh("id_ed25519-cert.pub"), cert))
		serveAgent(t, b.away())
		b.config("CertificateFile %s", cert)
	}, landed, "", false},
	{"wrong key", func(t *testing.T, b *berth) {
		b.away()
		newKey(t, b.ssh("id_ed25519"), "")
	}, notLanded, "keys offered: SHA256:", false},
	{"security key", func(t *testing.T, b *berth) {
		b.away()
		write(t, b.ssh("id_ed25519_sk"), "not read")
		write(t, b.ssh("id_ed25519_sk.pub"), securityKey)
	}, notLanded, "security key", false},
	{"changed host key", func(t *testing.T, b *berth) {
		write(t, b.ssh("known_hosts"), fmt.Sprintf("[127.0.0.1]:%s %s", b.port, read(t, b.ssh("id_ed25519.pub"))))
	}, notLanded, "changed: it shows ssh-ed25519 SHA256:", false},
	{"unknown host", func(t *testing.T, b *berth) { write(t, b.ssh("known_hosts"), "") }, notLanded, "not in known_hosts: it shows", false},
	{"unknown host, accepted unseen", func(t *testing.T, b *berth) {
		write(t, b.ssh("known_hosts"), "")
		b.config("StrictHostKeyChecking no")
	}, notLanded, "not in known_hosts: it shows", false},
	{"hashed names", func(t *testing.T, b *berth) {
		write(t, b.ssh("known_hosts"), strings.TrimPrefix(read(t, b.ssh("known_hosts")), garbage))
		keygen(t, "-H", "-f", b.ssh("known_hosts"))
	}, landed, "", false},
	{"hashed names of others", func(t *testing.T, b *berth) {
		write(t, b.ssh("known_hosts"), "elsewhere "+read(t, b.dir+"/ed25519.pub"))
		keygen(t, "-H", "-f", b.ssh("known_hosts"))
	}, notLanded, "not in known_hosts", false},
	{"host certificate", func(t *testing.T, b *berth) {
		write(t, b.ssh("known_hosts"), "@cert-authority * "+read(t, b.dir+"/ca.pub"))
	}, landed, "", false},
	{"revoked host key", func(t *testing.T, b *berth) {
		write(t, b.ssh("known_hosts"), "@revoked * "+read(t, b.dir+"/ed25519.pub")+read(t, b.ssh("known_hosts")))
	}, notLanded, "revoked", false},
	{"host alias", func(t *testing.T, b *berth) { b.boat("User %s", login1(t)) }, landed, "", false},
	{"included", func(t *testing.T, b *berth) {
		write(t, b.ssh("more"), "HostName 127.0.0.1\nPort "+b.port+"\n")
		b.url = "boat:" + b.bare
		b.config("Include %s", b.ssh("more"))
	}, landed, "", false},
	{"matched", func(t *testing.T, b *berth) {
		b.url = "boat:" + b.bare
		b.config("HostName 127.0.0.1\nMatch exec true\nPort %s", b.port)
	}, landed, "", false},
	{"a setting that ssh does not know", func(t *testing.T, b *berth) { b.config("Sail yes") }, notLanded, "Bad configuration option: sail", false},
	{"ProxyJump", func(t *testing.T, b *berth) { b.boat("ProxyJump no-such-host.invalid") }, notLanded, "ssh (ProxyJump no-such-host.invalid)", false},
	{"by ssh itself", func(t *testing.T, b *berth) { b.boat("BindAddress 127.0.0.1") }, landed, "", false},
	{"by ssh itself, accepted unseen", func(t *testing.T, b *berth) {
		write(t, b.ssh("known_hosts"), "")
		b.boat("BindAddress 127.0.0.1\nStrictHostKeyChecking no")
	}, notLanded, "not in known_hosts", false},
	{"GIT_SSH_COMMAND", func(t *testing.T, b *berth) {
		t.Setenv("KNOWN", b.ssh("known_hosts"))
		t.Setenv("GIT_SSH_COMMAND", b.theSSH(t, `-o UserKnownHostsFile="$KNOWN"`))
	}, landed, "", false},
	{"core.sshCommand", func(t *testing.T, b *berth) { git(t, b.clone, "config", "core.sshCommand", b.theSSH(t, "")) }, landed, "", false},
	{"GIT_SSH", func(t *testing.T, b *berth) { t.Setenv("GIT_SSH", b.script(t, b.theSSH(t, "")+` "$@"`)) }, landed, "", false},
	{"core.sshCommand, wrong key", func(t *testing.T, b *berth) {
		b.away()
		newKey(t, b.ssh("id_ed25519"), "")
		git(t, b.clone, "config", "core.sshCommand", b.theSSH(t, "-o IdentitiesOnly=yes"))
	}, notLanded, "core.sshCommand: ", false},
	{"core.sshCommand, changed host key", func(t *testing.T, b *berth) {
		write(t, b.ssh("known_hosts"), fmt.Sprintf("[127.0.0.1]:%s %s", b.port, read(t, b.ssh("id_ed25519.pub"))))
		git(t, b.clone, "config", "core.sshCommand", b.theSSH(t, ""))
	}, notLanded, "changed: it shows SHA256:", false},
	{"core.sshCommand, not there", func(t *testing.T, b *berth) {
		git(t, b.clone, "config", "core.sshCommand", "no-such-ssh -x")
	}, notLanded, "core.sshCommand, which cannot be run", false},
	{"core.sshCommand, silent", func(t *testing.T, b *berth) {
		git(t, b.clone, "config", "core.sshCommand", "sleep 60;:")
		b.options.Timeout = 300 * time.Millisecond
	}, notLanded, "in time", false},
	{"simple, with a port", func(t *testing.T, b *berth) {
		git(t, b.clone, "config", "ssh.variant", "simple")
		t.Setenv("GIT_SSH", b.script(t, "exit 1"))
	}, notLanded, "no ssh that takes one", false},
	{"no such repository", func(_ *testing.T, b *berth) { b.url += "nothing" }, notLanded, "no repository", false},
	{"a hook's no", func(t *testing.T, b *berth) {
		must(t, os.WriteFile(b.bare+"/hooks/pre-receive", []byte("#!/bin/sh\necho not today >&2\nexit 1\n"), 0o755))
	}, notLanded, "pre-receive hook declined", false},
	{"may only read", func(_ *testing.T, b *berth) { b.authorised(`command="echo denied to Bob >&2; exit 1"`) }, notLanded, "denied to Bob", false},
	{"no banner", func(t *testing.T, b *berth) { b.through(t, &cut{mute: true}) }, notLanded, "in time", false},
	{"silence after the login", func(_ *testing.T, b *berth) {
		b.authorised(`command="sleep 60"`)
		b.options.Timeout = time.Second
	}, notLanded, "in time", false},
	{"cut in the middle of the pack", func(t *testing.T, b *berth) { b.through(t, &cut{after: 300_000}) }, uncertain, "not known", false},
	{"cut before the report", func(t *testing.T, b *berth) {
		b.through(t, &cut{after: 300_000, until: b.landed})
	}, uncertain, "not known", true},
}

// Whatever stands in the way: what is said of a push is true of the repository.
func TestSSHTable(t *testing.T) {
	h := newHarbour(t)
	key := read(t, h.ssh("id_ed25519"))
	for _, row := range sshRows {
		t.Run(row.name, func(t *testing.T) {
			here := *h
			here.t = t
			b := h.berth(t, key)
			row.setup(t, b)
			git(t, b.clone, "remote", "set-url", "origin", b.url)
			repo, err := gitops.Open(b.clone)
			must(t, err)
			m, err := repo.Remote("origin", b.options)
			must(t, err)
			err = m.Create(t.Context(), release, b.ours, nil)
			text := fmt.Sprint(err)
			if auth := (*gitops.AuthError)(nil); asType(err, &auth) {
				text += "\n" + auth.Text
			}
			equal(t, "verdict", verdictOf(err), row.want)
			equal(t, "there", b.landed(), row.want == landed || row.there)
			if !strings.Contains(text, row.says) || strings.Contains(text, "s3cret") || t.Failed() {
				t.Errorf("says %v", text)
			}
		})
	}
}

// berth makes a fresh repository and ~/.ssh for a row.
func (h *harbour) berth(t *testing.T, key string) *berth {
	t.Helper()
	here := &harbour{t: t, port: h.port, dir: h.dir, home: t.TempDir()}
	t.Setenv("HOME", here.home)
	must(t, os.Mkdir(here.ssh(""), 0o700))
	write(t, here.ssh("id_ed25519"), key)
	out, err := exec.Command("ssh-keygen", "-y", "-f", here.ssh("id_ed25519")).Output()
	must(t, err)
	write(t, here.ssh("id_ed25519.pub"), string(out))
	write(t, h.dir+"/authorized", string(out))
	here.knows("ed25519")
	b := &berth{harbour: here, options: gitops.RemoteOptions{Timeout: 20 * time.Second}}
	b.bare, b.clone, b.ours = realRemote(t)
	t.Cleanup(b.quiet)
	b.url = "ssh://127.0.0.1:" + h.port + b.bare
	return b
}

// quiet waits until the server has stopped writing what it was receiving: it goes
// on for a moment after the line was cut, in a folder that is about to be removed.
func (b *berth) quiet() {
	for before := int64(-1); ; {
		now := b.received()
		if now == before {
			return
		}
		before = now
		<-time.After(100 * time.Millisecond)
	}
}

// received is how much lies in the repository.
func (b *berth) received() (size int64) {
	_ = filepath.WalkDir(b.bare, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // it was there a moment ago: something is still being put away
		}
		if info, err := e.Info(); err == nil {
			size += info.Size() + 1
		}
		return nil
	})
	return size
}

func (b *berth) landed() bool {
	out, err := exec.Command("git", "-C", b.bare, "rev-parse", "-q", "--verify", release).Output()
	return err == nil && strings.TrimSpace(string(out)) == b.ours
}

func (b *berth) script(t *testing.T, line string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ssh.sh")
	must(t, os.WriteFile(path, []byte("#!/bin/sh\n"+line+"\n"), 0o755))
	return path
}

// certified lets only a certificate in.
func (b *berth) certified(t *testing.T) {
	t.Helper()
	write(t, b.dir+"/authorized", "")
	keygen(t, "-s", b.dir+"/ca", "-I", "bob", "-n", login1(t), b.ssh("id_ed25519.pub"))
}

func login1(t *testing.T) string {
	t.Helper()
	u, err := user.Current()
	must(t, err)
	return u.Username
}

func strangers(t *testing.T, n int) []string {
	t.Helper()
	dir, files := t.TempDir(), []string{}
	for i := range n {
		files = append(files, fmt.Sprintf("%s/%d", dir, i))
		newKey(t, files[i], "")
	}
	return files
}
