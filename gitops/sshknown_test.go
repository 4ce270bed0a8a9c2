package gitops

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

func hostKey(t *testing.T, kind string) (ssh.PublicKey, string) {
	t.Helper()
	var raw any
	raw, _, err := ed25519.GenerateKey(rand.Reader)
	if kind == "ecdsa" {
		var k *ecdsa.PrivateKey
		k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		raw = &k.PublicKey
	}
	if err != nil {
		t.Fatal(err)
	}
	pub, err := ssh.NewPublicKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	return pub, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub)))
}

// Each line is known_hosts; ours is the key shown, other one of its kind.
func TestKnownHosts(t *testing.T) {
	key, ours := hostKey(t, "ed25519")
	_, other := hostKey(t, "ed25519")
	_, third := hostKey(t, "ecdsa")
	hashed := func(name, key string) string { return xknownhosts.HashHostname(name) + " " + key }
	for name, c := range map[string]struct {
		port, alias string
		first       string
		more        string // known_hosts2
		want        string // ok, unknown, changed, revoked
		line        int
		file        string
	}{
		"plain":                    {"22", "", "boat " + ours, "", "ok", 0, ""},
		"several names":            {"22", "", "ship,boat,10.0.0.1 " + ours, "", "ok", 0, ""},
		"port":                     {"2222", "", "[boat]:2222 " + ours, "", "ok", 0, ""},
		"another port":             {"2222", "", "[boat]:2223 " + ours, "", "unknown", 0, ""},
		"bare name, odd port":      {"2222", "", "boat " + ours, "", "ok", 0, ""},
		"bare name, other key":     {"2222", "", "boat " + other, "", "unknown", 0, ""},
		"hashed":                   {"22", "", hashed("boat", ours), "", "ok", 0, ""},
		"hashed port":              {"2222", "", hashed("[boat]:2222", ours), "", "ok", 0, ""},
		"hashed, changed":          {"22", "", "# us\n" + hashed("boat", other), "", "changed", 2, "known_hosts"},
		"changed":                  {"22", "", "\n# x\nboat " + other, "", "changed", 3, "known_hosts"},
		"changed in the second":    {"22", "", "ship " + ours, "boat " + other, "changed", 1, "known_hosts2"},
		"either":                   {"22", "", "boat " + other, "boat " + ours, "ok", 0, ""},
		"several kinds":            {"22", "", "boat " + third + "\nboat " + ours, "", "ok", 0, ""},
		"another kind":             {"22", "", "boat " + third, "", "changed", 1, "known_hosts"},
		"wildcard":                 {"22", "", "b*t " + ours, "", "ok", 0, ""},
		"not this one":             {"22", "", "*,!boat " + ours, "", "unknown", 0, ""},
		"revoked":                  {"22", "", "boat " + ours + "\n@revoked * " + ours, "", "revoked", 2, "known_hosts"},
		"alias":                    {"2222", "known", "known " + ours, "", "ok", 0, ""},
		"alias alone":              {"22", "known", "boat " + ours, "", "unknown", 0, ""},
		"nothing":                  {"22", "", "", "", "unknown", 0, ""},
		"garbage before":           {"22", "", "garbage\n|1|no|hash " + other + "\n@sail x " + other + "\nboat ssh-rsa AAAA\nboat " + ours, "", "ok", 0, ""},
		"garbage before a changed": {"22", "", "garbage\n\nboat " + other, "x", "changed", 3, "known_hosts"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := sshHome(t, map[string]string{"known_hosts": c.first + "\n", "known_hosts2": c.more + "\n"})
			file := func(name string) string { return filepath.Join(dir, ".ssh", name) }
			h := sshHost{name: "boat", port: c.port, alias: c.alias, knownHosts: []string{file("known_hosts"), file("known_hosts2"), file("none")}}
			keys, err := h.hostKeys()
			if err != nil {
				t.Fatal(err)
			}
			got := "ok"
			err = keys.check(h.address(), &net.TCPAddr{IP: net.IPv4(10, 9, 9, 9), Port: 22}, key)
			if e := (*HostKeyError)(nil); errors.As(keys.refused, &e) {
				got = map[bool]string{true: "changed", false: "unknown"}[e.Changed]
				if e.Revoked {
					got = "revoked"
				}
				if e.Fingerprint != ssh.FingerprintSHA256(key) {
					t.Errorf("shown: %v", e)
				}
				if c.line != 0 && (len(e.Known) != 1 || e.Known[0].Line != c.line || e.Known[0].File != file(c.file)) {
					t.Errorf("known: %+v", e.Known)
				}
			}
			if got != c.want || (err == nil) != (got == "ok") {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

// The server is asked for the kinds that are known, and for no certificate
// unless an authority is.
func TestKnownHostsAlgorithms(t *testing.T) {
	_, ed := hostKey(t, "ed25519")
	for name, c := range map[string]struct{ line, has, not string }{
		"one kind":    {"boat " + ed, "ssh-ed25519", "ecdsa-sha2-nistp256"},
		"authority":   {"@cert-authority boat " + ed, "ssh-ed25519-cert-v01@openssh.com", "never"},
		"none":        {"ship " + ed, "ecdsa-sha2-nistp256", "ssh-ed25519-cert-v01@openssh.com"},
		"another's":   {"@cert-authority ship " + ed, "ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com"},
		"bare name's": {"[boat]:1 " + ed + "\nboat " + ed, "ssh-ed25519", "ecdsa-sha2-nistp256"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := sshHome(t, map[string]string{"known_hosts": c.line + "\n"})
			keys, err := sshHost{name: "boat", port: "2222", knownHosts: []string{filepath.Join(dir, ".ssh", "known_hosts")}}.hostKeys()
			if err != nil {
				t.Fatal(err)
			}
			kinds := " " + strings.Join(keys.algorithms("boat:2222"), " ") + " "
			if !strings.Contains(kinds, " "+c.has+" ") || strings.Contains(kinds, " "+c.not+" ") {
				t.Errorf("asks for%s", kinds)
			}
		})
	}
}
