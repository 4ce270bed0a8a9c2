package gitops

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func hostOf(t *testing.T, url string) (sshHost, error) {
	t.Helper()
	addr, err := parseAddress(url, "/")
	if err != nil {
		t.Fatal(err)
	}
	return (&Remote{addr: addr}).sshHost(t.Context())
}

func sshHome(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	if err := os.Mkdir(filepath.Join(dir, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, ".ssh", name), []byte(strings.ReplaceAll(text, "HOME", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func without(t *testing.T) { t.Setenv("PATH", t.TempDir()) }

// What ssh -G says and what we read without it lead to the same place, as the
// same person, by the same keys; only the list of keys that ssh tries anyway is
// its own.
func TestSSHConfigAsSSHReadsIt(t *testing.T) {
	if _, err := exec.LookPath("ssh"); err != nil {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatal(err)
		}
		t.Skip("ssh is not installed")
	}
	for name, c := range map[string]struct{ config, url string }{
		"nothing":       {"", "git@example.org:o/r"},
		"alias":         {"Host boat\n HostName %h.example.org\n Port 2222\n User bob\n IdentityFile ~/.ssh/boat\n", "boat:o/r"},
		"the URL wins":  {"Host *\n Port 1\n User eve\n IdentityFile x\n", "ssh://bob@boat:2222/o/r"},
		"first wins":    {"Host b*\n User bob\nHost *\n User eve\n IdentityFile ~/x\n", "boat:o/r"},
		"not":           {"Host * !boat\n User eve\nHost *\n IdentityFile ~/x\n", "boat:o/r"},
		"equals, case":  {"host boat\n USER=bob\n identityfile = \"~/a b\"\n", "boat:o/r"},
		"included":      {"Include more\nHost *\n User eve\n", "boat:o/r"},
		"tokens":        {"Host boat\n HostName b.example.org\n IdentityFile ~/%h-%r-%p-%n\n UserKnownHostsFile ~/kh-%h /x\n CertificateFile ~/c-%r\n", "bob@boat:o/r"},
		"who and where": {"Host *\n IdentitiesOnly yes\n IdentityAgent none\n HostKeyAlias known\n AddressFamily inet6\n ConnectTimeout 7\n ProxyCommand nc %h %p\n IdentityFile ~/x\n", "boat:o/r"},
		"agent":         {"Host *\n IdentityAgent ~/sock\n IdentityFile ~/x\n GlobalKnownHostsFile /g1 /g2\n", "boat:o/r"},
		"jump":          {"Host *\n ProxyJump bastion\n IdentityFile ~/x\n", "boat:o/r"},
		"no jump":       {"Host *\n ProxyJump none\n ProxyCommand none\n PKCS11Provider none\n IdentityFile ~/x\n", "boat:o/r"},
		"bound":         {"Host *\n BindAddress 127.0.0.1\n IdentityFile ~/x\n", "boat:o/r"},
		"no keys":       {"Host *\n PubkeyAuthentication no\n IdentityFile ~/x\n", "boat:o/r"},
		"harmless":      {"Host *\n ForwardAgent yes\n SendEnv X\n StrictHostKeyChecking no\n ServerAliveInterval 5\n Compression yes\n IdentityFile ~/x\n", "boat:o/r"},
		"match all":     {"Match all\n User bob\n IdentityFile ~/x\n", "boat:o/r"},
		"match a host":  {"Match host boat\n User bob\n IdentityFile ~/x\n", "boat:o/r"},
	} {
		t.Run(name, func(t *testing.T) {
			sshHome(t, map[string]string{"config": c.config, "more": "Host boat\n User bob\n IdentityFile ~/x\n"})
			t.Setenv("SSH_AUTH_SOCK", "/agent")
			asked, err := hostOf(t, c.url)
			if err != nil {
				t.Fatal(err)
			}
			without(t)
			alone, err := hostOf(t, c.url)
			if err != nil {
				t.Fatal(err)
			}
			if c.config == "" {
				asked.keyFiles, alone.keyFiles = nil, nil
			}
			if !reflect.DeepEqual(asked, alone) {
				t.Errorf("ssh -G: %+v\n  alone: %+v", asked, alone)
			}
		})
	}
}

// Without ssh, a Match that could matter is refused by its name.
func TestSSHConfigWithoutSSH(t *testing.T) {
	for name, c := range map[string]struct{ config, says string }{
		"matters":       {"Match exec true\n User bob\n", "Match exec true"},
		"does not":      {"Match exec true\n ForwardAgent yes\nHost *\n User bob\n", ""},
		"canonical":     {"CanonicalizeHostname yes\n", "CanonicalizeHostname"},
		"circle":        {"Include HOME/.ssh/config\n", "~/.ssh/config"},
		"jump":          {"Host *\n ProxyJump bastion\n", ""},
		"no such file":  {"Include nowhere\n", ""},
		"matched, else": {"Match user bob\n Port 1\n", "Match user bob"},
	} {
		t.Run(name, func(t *testing.T) {
			sshHome(t, map[string]string{"config": c.config})
			without(t)
			h, err := hostOf(t, "boat:o/r")
			switch {
			case c.says == "" && err != nil:
				t.Error(err)
			case c.says != "" && (!isA[*UnsupportedError](err) || !strings.Contains(err.Error(), c.says)):
				t.Errorf("got %v", err)
			}
			if h.beyond != "" {
				if _, err := handOver(h); !isA[*UnsupportedError](err) || !strings.Contains(err.Error(), "ProxyJump bastion") {
					t.Errorf("handed over: %v", err)
				}
			}
		})
	}
}

// A name that begins with a dash would be an option of a program.
func TestSSHDash(t *testing.T) {
	for _, url := range []string{"ssh://-oProxyCommand=x/o/r", "-oProxyCommand=x:o/r", "ssh://-l@boat/o/r"} {
		addr, err := parseAddress(url, "/")
		if err != nil {
			continue
		}
		if _, err := (&Remote{addr: addr}).dialSSH(t.Context(), readService); !isA[*UnsupportedError](err) {
			t.Errorf("%s: %v", url, err)
		}
	}
}
