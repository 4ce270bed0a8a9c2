package gitops_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ferry/gitops"
)

// gnupg is an empty home of GnuPG with a pinentry of ours.
func gnupg(t *testing.T, pinentry string) string {
	t.Helper()
	home, err := os.MkdirTemp("", "g") //nolint:usetesting // short: the agent makes a socket in it
	must(t, err)
	t.Setenv("GNUPGHOME", home)
	t.Cleanup(func() {
		exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	must(t, os.WriteFile(home+"/pin", []byte("#!/bin/sh\n"+pinentry), 0o700))
	write(t, home+"/gpg-agent.conf", "pinentry-program "+home+"/pin\n")
	return home
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v %s", name, args, err, out)
	}
	return string(out)
}

// sayYes is a pinentry that leaves every passphrase empty.
const sayYes = "echo OK\nwhile read -r c r; do echo OK; [ \"$c\" != BYE ] || exit; done\n"

// The real gpgsm, with a certificate made for this test.
func TestTagSignedByGpgsm(t *testing.T) {
	gpgsm := needs(t, "gpgsm")
	home := gnupg(t, sayYes)
	write(t, home+"/gpgsm.conf", "disable-crl-checks\n")
	write(t, home+"/ask", "Key-Type: RSA\nKey-Length: 2048\nKey-Usage: sign\nSerial: random\nName-DN: CN=Bob\n"+
		"Name-Email: bob@example.org\nNot-Before: 20200101T000000\nNot-After: 20600101T000000\n")
	output(t, gpgsm, "--batch", "--output", home+"/cert", "--generate-key", home+"/ask")
	output(t, gpgsm, "--batch", "--import", home+"/cert")
	_, list, _ := strings.Cut(output(t, gpgsm, "--batch", "--with-colons", "--list-keys"), "\nfpr:")
	print, _, _ := strings.Cut(strings.TrimLeft(list, ":"), ":")
	write(t, home+"/trustlist.txt", print+" S relax\n")
	output(t, "gpgconf", "--kill", "gpg-agent")
	for name, key := range map[string]string{"by its fingerprint": print, "by an address": "bob@example.org"} {
		t.Run(name, func(t *testing.T) { signing(t, "gpg.format", "x509", "user.signingKey", key).verified() })
	}
	t.Run("by no such key", func(t *testing.T) {
		unsigned(t, signing(t, "gpg.format", "x509", "user.signingKey", "eve@example.org"), "eve@example.org")
	})
}

// A locked key: no pinentry learns of our terminal, and the way out is told.
func TestTagSignedWithALockedKey(t *testing.T) {
	gpg := needs(t, "gpg")
	home := gnupg(t, "echo OK\nwhile read -r c r; do echo \"$c $r\" >>$0.seen; case $c in GETPIN) echo 'ERR 83886179 cancelled';; BYE) exit;; *) echo OK;; esac; done\n")
	output(t, gpg, "--batch", "-q", "--pinentry-mode", "loopback", "--passphrase", "s3cret", "--quick-gen-key", "Bob <bob@example.org>", "ed25519", "sign", "never")
	output(t, "gpgconf", "--kill", "gpg-agent")
	t.Setenv("GPG_TTY", "/dev/pts/ours")
	lockedBy := func(t *testing.T, w *world, key string, way ...string) {
		t.Helper()
		_, err := w.remote.CreateTag(t.Context(), version, gitops.Tag{Target: w.first, Message: "boat 1.0", When: day, Tagger: bob}, nil)
		var sign *gitops.SignError
		if !asType(err, &sign) || !sign.Locked || !slices.Equal(sign.Unlock, way) || !strings.Contains(err.Error(), key) {
			t.Errorf("got %v %+v", err, sign)
		}
		equal(t, "updates", len(w.server.Updates()), 0)
	}
	lockedBy(t, signing(t), "Bob <bob@example.org>", "gpg", "--local-user", "Bob <bob@example.org>", "--output", "/dev/null", "--clearsign", "/dev/null")
	if seen := read(t, home+"/pin.seen"); !strings.Contains(seen, "GETPIN") || strings.Contains(seen, "ttyname") {
		t.Errorf("the pinentry was told %s", seen)
	}
	key := filepath.Join(t.TempDir(), "key")
	newKey(t, key, "s3cret")
	lockedBy(t, signing(t, "gpg.format", "ssh", "user.signingKey", key), key, "ssh-add", key)
}

// Without user.signingKey a program may name the key.
func TestTagSignedBySSHDefaultKey(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "a key")
	newKey(t, key, "")
	write(t, dir+"/allowed", "bob@example.org "+read(t, key+".pub"))
	serveAgent(t, key)
	by := func(command string) *world {
		return signing(t, "gpg.format", "ssh", "gpg.ssh.allowedSignersFile", dir+"/allowed", "gpg.ssh.defaultKeyCommand", command)
	}
	by(`cat "` + key + `.pub"`).verified()
	by(`cat '` + dir + `/a 'key.pub`).verified()
	unsigned(t, by("echo "+key), "no key")
	unsigned(t, by("no-such-program"), "")
	w := by("false")
	unsigned(t, w, "")
	git(t, w.dir, "config", "--unset", "gpg.ssh.defaultKeyCommand")
	unsigned(t, w, "user.signingKey")
}

// tag.forceSignAnnotated signs too, and of a setting with two names the last counts.
func TestTagSignedWhenGitWould(t *testing.T) {
	needs(t, "sh")
	program := filepath.Join(t.TempDir(), "gpg")
	must(t, os.WriteFile(program, []byte("#!/bin/sh\necho my own words >&2\nexit 2\n"), 0o755))
	w := signing(t, "gpg.program", program)
	git(t, w.dir, "config", "tag.gpgSign", "false")
	git(t, w.dir, "config", "tag.forceSignAnnotated", "true")
	unsigned(t, w, "my own words")
	unsigned(t, signing(t, "gpg.openpgp.program", "no-such-gpg", "gpg.program", program), "my own words")
	git(t, w.dir, "config", "tag.forceSignAnnotated", "false")
	_, err := w.remote.CreateTag(t.Context(), version, gitops.Tag{Target: w.first, Message: "boat 1.0", When: day, Tagger: bob}, nil)
	must(t, err)
}
