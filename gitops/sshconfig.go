package gitops

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/kevinburke/ssh_config"
)

// sshHost reads ~/.ssh/config below $HOME. What stands in the URL wins.
func (m *Remote) sshHost() (sshHost, error) {
	alias := m.addr.hostname()
	c := readSSHConfig()
	h := sshHost{
		name:  strings.ReplaceAll(first(c.get(alias, "HostName"), alias), "%h", alias),
		port:  first(m.addr.port(), c.get(alias, "Port"), "22"),
		login: first(m.addr.user, c.get(alias, "User"), localUser()),
		alias: c.get(alias, "HostKeyAlias"),
	}
	h.given = alias
	// OpenSSH takes whichever stands first; jumping hosts is its own affair
	if jump := c.get(alias, "ProxyJump"); jump != "" && jump != "none" {
		return h, &UnsupportedError{"ssh by way of another host (ProxyJump " + jump + " in ~/.ssh/config); ProxyCommand ssh -W %h:%p " + jump + " does the same, and is"}
	}
	if command := c.get(alias, "ProxyCommand"); command != "none" {
		h.proxyCommand = command
	}
	h.onlyKeyFiles = truth(c.get(alias, "IdentitiesOnly"))
	for _, f := range c.all(alias, "IdentityFile") {
		h.keyFiles = append(h.keyFiles, h.expand(f))
	}
	for f := range strings.FieldsSeq(c.get(alias, "UserKnownHostsFile")) {
		h.knownHosts = append(h.knownHosts, h.expand(f))
	}
	return h.defaults(), nil
}

func (h sshHost) defaults() sshHost {
	dir := filepath.Join(home(), ".ssh")
	if len(h.keyFiles) == 0 {
		for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
			h.keyFiles = append(h.keyFiles, filepath.Join(dir, name))
		}
	}
	if env := os.Getenv("SSH_KNOWN_HOSTS"); env != "" {
		h.knownHosts = filepath.SplitList(env)
	}
	if len(h.knownHosts) == 0 {
		h.knownHosts = []string{filepath.Join(dir, "known_hosts"), filepath.Join(dir, "known_hosts2")}
	}
	h.knownHosts = append(h.knownHosts, "/etc/ssh/ssh_known_hosts")
	return h
}

// expand resolves the few tokens that stand in paths of a key file.
func (h sshHost) expand(path string) string {
	path = strings.NewReplacer("%h", h.name, "%r", h.login, "%d", home(), "%u", localUser(), "%p", h.port, "%%", "%").
		Replace(strings.Trim(path, `"`))
	return configPath(path, home())
}

// home is $HOME: ssh itself asks the password file, but a person who sets HOME
// means it, and so do tests.
func home() string {
	dir, _ := os.UserHomeDir()
	return dir
}

// sshConfig is the file, or nothing if it is not there or cannot be read.
type sshConfig struct{ file *ssh_config.Config }

// readSSHConfig leaves Match blocks out where the library understands one of
// them no more than we do: it would give up the whole file.
func readSSHConfig() sshConfig {
	b, err := os.ReadFile(filepath.Join(home(), ".ssh", "config"))
	if err != nil {
		return sshConfig{}
	}
	c, err := ssh_config.DecodeBytes(b)
	if err != nil {
		c, err = ssh_config.DecodeBytes(withoutMatch(b))
	}
	if err != nil {
		return sshConfig{}
	}
	return sshConfig{c}
}

func withoutMatch(b []byte) []byte {
	var kept []byte
	skip := false
	for line := range bytes.Lines(b) {
		word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(string(line))), " ")
		if word == "host" || word == "match" {
			skip = word == "match"
		}
		if !skip {
			kept = append(kept, line...)
		}
	}
	return kept
}

func (c sshConfig) get(alias, key string) string {
	if c.file == nil {
		return ""
	}
	v, _ := c.file.Get(alias, key)
	return v
}

func (c sshConfig) all(alias, key string) []string {
	if c.file == nil {
		return nil
	}
	v, _ := c.file.GetAll(alias, key)
	return v
}
