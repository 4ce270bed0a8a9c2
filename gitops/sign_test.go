package gitops_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

const version = "refs/tags/v1.0"

// signing makes a world whose configuration signs tags.
func signing(t *testing.T, config ...string) *world {
	t.Helper()
	needs(t, "git")
	w := newWorld(t, gittest.Options{})
	for i := 0; i < len(config); i += 2 {
		git(t, w.dir, "config", config[i], config[i+1])
	}
	git(t, w.dir, "config", "tag.gpgSign", "true")
	return w
}

// verified pushes a tag, and lets git fetch and judge it.
func (w *world) verified() {
	w.t.Helper()
	id, err := w.remote.CreateTag(w.t.Context(), version, gitops.Tag{Target: w.first, Message: "boat 1.0", When: day, Tagger: bob}, nil)
	must(w.t, err)
	git(w.t, w.dir, "fetch", "-q", "origin", version+":"+version)
	equal(w.t, "fetched", git(w.t, w.dir, "rev-parse", version), id)
	git(w.t, w.dir, "verify-tag", "v1.0")
	git(w.t, w.dir, "fsck", "--strict")
	equal(w.t, "message", git(w.t, w.dir, "tag", "-l", "--format=%(contents:subject) %(taggername)", "v1.0"), "boat 1.0 Bob")
	_, err = w.remote.CreateTag(w.t.Context(), claim, claimOf(w.first), nil)
	must(w.t, err)
	git(w.t, w.dir, "fetch", "-q", "origin", claim+":refs/tags/claim")
	if _, err := tryGit(w.t, w.dir, "verify-tag", "claim"); err == nil {
		w.t.Error("a claim was signed")
	}
}

var bob = gitops.Identity{Name: "Bob", Email: "bob@example.org"}

func TestTagSignedByGPG(t *testing.T) {
	gpg := needs(t, "gpg")
	home, err := os.MkdirTemp("", "g") //nolint:usetesting // short: the agent makes a socket in it
	must(t, err)
	t.Setenv("GNUPGHOME", home)
	t.Cleanup(func() {
		exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	if out, err := exec.Command(gpg, "--batch", "-q", "--passphrase", "", "--quick-gen-key", "Bob <bob@example.org>", "ed25519", "sign", "never").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for name, config := range map[string][]string{
		"by the tagger":  nil,
		"by a key":       {"user.signingKey", "bob@example.org"},
		"by its program": {"gpg.program", gpg, "gpg.format", "openpgp"},
	} {
		t.Run(name, func(t *testing.T) { signing(t, config...).verified() })
	}
	t.Run("by no such key", func(t *testing.T) { unsigned(t, signing(t, "user.signingKey", "eve@example.org"), "eve@example.org") })
}

func TestTagSignedBySSH(t *testing.T) {
	keygen := needs(t, "ssh-keygen")
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	pub, err := os.ReadFile(key + ".pub")
	must(t, err)
	must(t, os.WriteFile(dir+"/allowed", append([]byte("bob@example.org "), pub...), 0o600))
	common := []string{"gpg.format", "ssh", "gpg.ssh.allowedSignersFile", dir + "/allowed", "user.signingKey"}
	t.Run("file", func(t *testing.T) { signing(t, append(common, key)...).verified() })
	t.Run("public half", func(t *testing.T) {
		must(t, os.Rename(key, key+".away"))
		defer os.Rename(key+".away", key)
		unsigned(t, signing(t, append(common, key+".pub")...), "")
		serveAgent(t, key+".away")
		signing(t, append(common, key+".pub")...).verified()
	})
	t.Run("literal", func(t *testing.T) {
		serveAgent(t, key)
		signing(t, append(common, "key::"+strings.TrimSpace(string(pub)))...).verified()
	})
	t.Run("none", func(t *testing.T) { unsigned(t, signing(t, "gpg.format", "ssh"), "user.signingKey") })
}

// serveAgent is an ssh-agent that holds the keys of the files.
func serveAgent(t *testing.T, files ...string) {
	t.Helper()
	ring := agent.NewKeyring()
	for _, file := range files {
		b, err := os.ReadFile(file)
		must(t, err)
		key, err := ssh.ParseRawPrivateKey(b)
		must(t, err)
		must(t, ring.Add(agent.AddedKey{PrivateKey: key}))
	}
	dir, err := os.MkdirTemp("", "a") //nolint:usetesting // short: a socket lies in it
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", dir+"/s")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	t.Setenv("SSH_AUTH_SOCK", dir+"/s")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go agent.ServeAgent(ring, c)
		}
	}()
}

// gitsign and gpgsm are asked as git asks them.
func TestTagSignedByX509(t *testing.T) {
	needs(t, "sh")
	t.Setenv("GITSIGN_CONNECTOR_ID", "c")
	t.Setenv("FERRY_TOKEN_PYPI", "canary")
	dir := t.TempDir()
	program := filepath.Join(dir, "gitsign")
	must(t, os.WriteFile(program, []byte("#!/bin/sh\n{ echo \"$@\"; env | grep -E 'GITSIGN|canary'; cat; } >"+dir+"/seen\n"+
		"echo '[GNUPG:] SIG_CREATED D 1' >&2\nprintf -- '-----BEGIN SIGNED MESSAGE-----\\r\\nx\\r\\n-----END SIGNED MESSAGE-----\\r\\n'\n"), 0o755))
	w := signing(t, "gpg.format", "x509", "gpg.x509.program", program)
	_, err := w.remote.CreateTag(t.Context(), version, gitops.Tag{Target: w.first, Message: "boat 1.0", When: day, Tagger: bob}, nil)
	must(t, err)
	git(t, w.dir, "fetch", "-q", "origin", version+":"+version)
	want := "object " + w.first + "\ntype commit\ntag v1.0\ntagger Bob <bob@example.org> 1795168800 +0000\n\nboat 1.0\n"
	equal(t, "tag", git(t, w.dir, "cat-file", "-p", "v1.0"), want+"-----BEGIN SIGNED MESSAGE-----\nx\n-----END SIGNED MESSAGE-----")
	b, err := os.ReadFile(dir + "/seen")
	must(t, err)
	equal(t, "seen", string(b), "--status-fd=2 -bsau Bob <bob@example.org>\nGITSIGN_CONNECTOR_ID=c\n"+want)
}

// unsigned: nothing is sent, and the program's words are told.
func unsigned(t *testing.T, w *world, says string) {
	t.Helper()
	_, err := w.remote.CreateTag(t.Context(), version, gitops.Tag{Target: w.first, Message: "boat 1.0", When: day, Tagger: bob}, nil)
	var sign *gitops.SignError
	if !asType(err, &sign) || !strings.Contains(strings.Join(sign.Text, "\n"), says) || strings.Contains(strings.Join(sign.Text, ""), "[GNUPG:]") {
		t.Errorf("got %v %+v", err, sign)
	}
	for _, u := range w.server.Updates() {
		if u.Ref == version {
			t.Error("pushed without a signature")
		}
	}
}

func TestTagUnsigned(t *testing.T) {
	needs(t, "sh")
	program := filepath.Join(t.TempDir(), "gpg")
	for name, script := range map[string]string{
		"fails":        "#!/bin/sh\necho 'no pinentry' >&2\nexit 2\n",
		"lies":         "#!/bin/sh\necho 'no pinentry' >&2\n",
		"is not there": "",
	} {
		t.Run(name, func(t *testing.T) {
			os.Remove(program)
			says := "no pinentry"
			if script == "" {
				says = ""
			} else {
				must(t, os.WriteFile(program, []byte(script), 0o755))
			}
			unsigned(t, signing(t, "gpg.program", program), says)
		})
	}
	must(t, os.WriteFile(program, []byte("#!/bin/sh\nsleep 60\n"), 0o755))
	w := signing(t, "gpg.program", program)
	m, err := w.repo.Remote("origin", gitops.RemoteOptions{HookTime: 200 * time.Millisecond})
	must(t, err)
	w.remote = m
	unsigned(t, w, "")
	w = signing(t, "gpg.format", "pigeon")
	_, err = w.remote.CreateTag(t.Context(), version, gitops.Tag{Target: w.first, When: day, Tagger: bob}, nil)
	if !is[*gitops.UnsupportedError](err) {
		t.Errorf("format: %v", err)
	}
}
