package gitops

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/kevinburke/ssh_config"
)

// sshSettings are what ssh's configuration says of one host: the keyword in
// lower case, and its values.
type sshSettings map[string][]string

func (s sshSettings) get(key string) string {
	if v := s[strings.ToLower(key)]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// unless is the value, or "" where it says what ssh does anyway.
func (s sshSettings) unless(key string, usual ...string) string {
	v := s.get(key)
	for _, u := range append(usual, "none") {
		if strings.EqualFold(v, u) {
			return ""
		}
	}
	return v
}

// sshSettings asks ssh itself, which alone knows every Include, Match and
// canonical name. Without it the file is read here.
func (m *Remote) sshSettings(ctx context.Context) (sshSettings, error) {
	name := m.addr.hostname()
	path, err := exec.LookPath("ssh")
	if err != nil {
		return readSSHConfig(name)
	}
	args := append([]string{"-G"}, elsewhere()...)
	if m.addr.port() != "" {
		args = append(args, "-p", m.addr.port())
	}
	if m.addr.user != "" {
		args = append(args, "-l", m.addr.user)
	}
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, path, append(args, "--", name)...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = childEnv(), &out, &said, time.Second
	apart(cmd)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &UnsupportedError{"the configuration of ssh as it is: " + first(strings.TrimSpace(said.String()), err.Error())}
	}
	return dumped(out.Bytes()), nil
}

// dumped reads what ssh -G prints.
func dumped(out []byte) sshSettings {
	s := sshSettings{}
	for line := range bytes.Lines(out) {
		key, value, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		s[key] = append(s[key], value)
	}
	return s
}

// home is $HOME: ssh itself asks the password file, but a person who sets HOME
// means it, and so do tests.
func home() string {
	dir, _ := os.UserHomeDir()
	return dir
}

// passwdHome is where ssh looks, "" where that is $HOME.
func passwdHome() string {
	if u, err := user.Current(); err == nil && u.HomeDir != home() {
		return u.HomeDir
	}
	return ""
}

// elsewhere are the options that lead ssh to $HOME where it would look elsewhere.
func elsewhere() []string {
	if passwdHome() == "" {
		return nil
	}
	file := filepath.Join(home(), ".ssh", "config")
	if _, err := os.Stat(file); err != nil {
		file = "none"
	}
	return []string{"-F", file}
}

// sshKeywords are those that decide who we are and where we go.
var sshKeywords = []string{
	"HostName", "Port", "User", "IdentityFile", "IdentitiesOnly", "IdentityAgent", "CertificateFile",
	"HostKeyAlias", "UserKnownHostsFile", "GlobalKnownHostsFile", "ProxyCommand", "ProxyJump", "AddressFamily",
	"ConnectTimeout", "PKCS11Provider", "ProxyUseFdpass", "KnownHostsCommand", "RevokedHostKeys", "BindAddress",
	"BindInterface", "PubkeyAuthentication", "ControlPath", "CanonicalizeHostname",
}

// readSSHConfig reads ~/.ssh/config and what it includes. A Match block that it
// does not understand is refused by name if it says anything that matters.
func readSSHConfig(alias string) (sshSettings, error) {
	s := sshSettings{}
	b, err := os.ReadFile(filepath.Join(home(), ".ssh", "config"))
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	b = included(b)
	c, err := ssh_config.DecodeBytes(b)
	if err != nil {
		rest, match := withoutMatch(b)
		if match != "" {
			return nil, &UnsupportedError{"\"" + match + "\" in ~/.ssh/config without the ssh program, which alone can tell whether it applies: install OpenSSH, or write it as a Host block"}
		}
		c, err = ssh_config.DecodeBytes(rest)
	}
	if err != nil {
		return nil, &UnsupportedError{"~/.ssh/config as it is, without the ssh program: " + err.Error()}
	}
	for _, key := range sshKeywords {
		if vs, err := c.GetAll(alias, key); err == nil && len(vs) > 0 {
			s[strings.ToLower(key)] = vs
		}
	}
	if s.unless("CanonicalizeHostname", "no") != "" {
		return nil, &UnsupportedError{"CanonicalizeHostname in ~/.ssh/config without the ssh program: install OpenSSH, or write the full name into the URL"}
	}
	return s, nil
}

// included gives relative names of included files the folder they lie in: the
// library, too, would look below the home of the password file.
func included(b []byte) []byte {
	var out []byte
	for line := range bytes.Lines(b) {
		if text := strings.TrimSpace(string(line)); keyword(text) == "include" {
			names := words(strings.TrimLeft(text[len("include"):], " \t="))
			for i, name := range names {
				names[i] = configPath(name, filepath.Join(home(), ".ssh"))
			}
			line = []byte("Include " + strings.Join(names, " ") + "\n")
		}
		out = append(out, line...)
	}
	return out
}

// withoutMatch leaves Match blocks out, and gives the first one that matters.
func withoutMatch(b []byte) (kept []byte, matters string) {
	block := ""
	for line := range bytes.Lines(b) {
		text := strings.TrimSpace(string(line))
		word := keyword(text)
		if word == "host" || word == "match" {
			block = ""
		}
		switch {
		case word == "match":
			block = text
		case block == "":
			kept = append(kept, line...)
		case matters == "" && decides(word):
			matters = block
		}
	}
	return kept, matters
}

func keyword(line string) string {
	end := strings.IndexAny(line, " \t=")
	if end < 0 {
		end = len(line)
	}
	return strings.ToLower(line[:end])
}

func decides(word string) bool {
	for _, key := range append(sshKeywords, "Include") {
		if strings.EqualFold(key, word) {
			return true
		}
	}
	return false
}
