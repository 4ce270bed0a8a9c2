package gitops_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// harbour is a real sshd. HOME has a key that it accepts.
type harbour struct {
	t               *testing.T
	port, dir, home string
}

func keygen(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.Command(needs(t, "ssh-keygen"), append([]string{"-q"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ssh-keygen %v: %v %s", args, err, out)
	}
}

func newKey(t *testing.T, path, passphrase string, args ...string) {
	t.Helper()
	keygen(t, append([]string{"-t", "ed25519", "-a", "1", "-N", passphrase, "-f", path}, args...)...)
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

// ssh is the path of a file in ~/.ssh.
func (h *harbour) ssh(name string) string { return filepath.Join(h.home, ".ssh", name) }

const garbage = "garbage, as found in the wild\n"

// knows writes known_hosts: the host keys of these kinds.
func (h *harbour) knows(kinds ...string) {
	h.t.Helper()
	text := garbage
	for _, kind := range kinds {
		text += fmt.Sprintf("[127.0.0.1]:%s %s", h.port, read(h.t, h.dir+"/"+kind+".pub"))
	}
	write(h.t, h.ssh("known_hosts"), text)
}

// newHarbour starts it. It shows a certificate of its own authority, ca, too,
// and takes those that ca gave to people.
func newHarbour(t *testing.T) *harbour {
	t.Helper()
	server := needs(t, "sshd", "/usr/sbin/sshd")
	h := &harbour{t: t, dir: t.TempDir(), home: t.TempDir()}
	t.Setenv("HOME", h.home)
	must(t, os.Chmod(h.home, 0o700))
	must(t, os.Mkdir(h.ssh(""), 0o700))
	for _, f := range []string{h.ssh("id_ed25519"), h.dir + "/ed25519", h.dir + "/ca"} {
		newKey(t, f, "")
	}
	keygen(t, "-t", "ecdsa", "-N", "", "-f", h.dir+"/ecdsa")
	keygen(t, "-s", h.dir+"/ca", "-I", "boat", "-h", "-n", "127.0.0.1", h.dir+"/ed25519.pub")
	write(t, h.dir+"/authorized", read(t, h.ssh("id_ed25519.pub")))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, h.port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	write(t, h.dir+"/config", strings.NewReplacer("PORT", h.port, "DIR", h.dir).Replace(
		"Port PORT\nListenAddress 127.0.0.1\nHostKey DIR/ed25519\nHostKey DIR/ecdsa\nHostCertificate DIR/ed25519-cert.pub\n"+
			"AuthorizedKeysFile DIR/authorized\nTrustedUserCAKeys DIR/ca.pub\n"+
			"StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\n"))
	_ = os.MkdirAll("/run/sshd", 0o755) // sshd insists on it
	cmd := exec.Command(server, "-D", "-e", "-f", h.dir+"/config")
	text, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(text)
	for lines.Scan() && !strings.Contains(lines.Text(), "listening") {
		t.Log(lines.Text())
	}
	go func() {
		for lines.Scan() { // keep the pipe empty
		}
	}()
	return h
}

// sshd starts one that is known by the kinds of host key named.
func sshd(t *testing.T, known ...string) (port string) {
	t.Helper()
	h := newHarbour(t)
	h.knows(known...)
	return h.port
}
