package gitops

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// sshHost is one host with what ssh's configuration says of it.
type sshHost struct {
	name, port, login string
	given             string // the name in the URL
	alias             string // HostKeyAlias
	network           string // tcp, tcp4 or tcp6
	patience          time.Duration
	proxyCommand      string
	agent             string // the socket, "" for none
	keyFiles          []string
	certificates      []string
	knownHosts        []string
	onlyKeyFiles      bool   // IdentitiesOnly
	beyond            string // the setting that only ssh itself can serve, "" if there is none
}

func (h sshHost) address() string { return net.JoinHostPort(h.name, h.port) }

// sshHost puts the URL and the configuration together. What the URL says wins.
func (m *Remote) sshHost(ctx context.Context) (sshHost, error) {
	s, err := m.sshSettings(ctx)
	if err != nil {
		return sshHost{}, err
	}
	h := sshHost{given: m.addr.hostname()}
	h.name = strings.ReplaceAll(first(s.get("HostName"), h.given), "%h", h.given)
	h.port = first(m.addr.port(), s.get("Port"), "22")
	h.login = first(m.addr.user, s.get("User"), localUser())
	h.alias = s.unless("HostKeyAlias")
	h.proxyCommand = s.unless("ProxyCommand")
	h.onlyKeyFiles = truth(s.get("IdentitiesOnly"))
	h.beyond = h.beyondUs(s)
	h.network = map[string]string{"inet": "tcp4", "inet6": "tcp6"}[s.get("AddressFamily")]
	if seconds, err := strconv.Atoi(s.get("ConnectTimeout")); err == nil {
		h.patience = time.Duration(seconds) * time.Second
	}
	h.agent = h.agentSocket(s.get("IdentityAgent"))
	h.keyFiles = h.paths(s["identityfile"])
	h.certificates = h.paths(s["certificatefile"])
	return h.defaults(s), nil
}

func (h sshHost) defaults(s sshSettings) sshHost {
	dir := filepath.Join(home(), ".ssh")
	if len(s["identityfile"]) == 0 {
		for _, name := range []string{"id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk"} {
			h.keyFiles = append(h.keyFiles, filepath.Join(dir, name))
		}
	}
	user, system := s.get("UserKnownHostsFile"), s.get("GlobalKnownHostsFile")
	if user == "" {
		user = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
	}
	if system == "" {
		system = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"
	}
	h.knownHosts = h.paths(strings.Fields(user))
	if env := os.Getenv("SSH_KNOWN_HOSTS"); env != "" {
		h.knownHosts = filepath.SplitList(env)
	}
	h.knownHosts = append(h.knownHosts, h.paths(strings.Fields(system))...)
	return h
}

// agentSocket reads IdentityAgent, which may name a variable.
func (h sshHost) agentSocket(v string) string {
	v = strings.Trim(v, `"`)
	switch {
	case v == "none":
		return ""
	case v == "" || v == "SSH_AUTH_SOCK":
		return os.Getenv("SSH_AUTH_SOCK")
	case strings.HasPrefix(v, "$"):
		return os.Getenv(strings.Trim(v[1:], "{}"))
	}
	return h.expand(v)
}

func (h sshHost) paths(values []string) []string {
	var files []string
	for _, v := range values {
		if v = strings.Trim(v, `"`); v != "none" && v != "" {
			files = append(files, h.expand(v))
		}
	}
	return files
}

// expand resolves the tokens that stand in the path of a file.
func (h sshHost) expand(path string) string {
	local, _ := os.Hostname()
	short, _, _ := strings.Cut(local, ".")
	path = strings.NewReplacer("%h", h.name, "%n", h.given, "%k", first(h.alias, h.given), "%r", h.login, "%d", home(),
		"%u", localUser(), "%p", h.port, "%l", local, "%L", short, "%i", strconv.Itoa(os.Getuid()), "%%", "%").Replace(path)
	path = os.Expand(path, func(name string) string { return os.Getenv(name) })
	if dir := passwdHome(); dir != "" {
		if rest, ok := strings.CutPrefix(path, dir+"/"); ok { // ssh has put its own home in
			return filepath.Join(home(), rest)
		}
	}
	return configPath(path, home())
}

// only lists what makes a difference and what we do not speak. What is not in
// it, and not read above, cannot make us somebody else, bring us to another
// place, or trust a key that ssh would not.
var only = []struct{ key, usual string }{
	{"ProxyJump", "none"},
	{"ProxyUseFdpass", "no"},
	{"PKCS11Provider", "none"},
	{"KnownHostsCommand", "none"},
	{"RevokedHostKeys", "none"},
	{"BindAddress", "none"},
	{"BindInterface", "none"},
}

func (h sshHost) beyondUs(s sshSettings) string {
	for _, o := range only {
		if v := s.unless(o.key, o.usual); v != "" {
			return o.key + " " + v
		}
	}
	if v := s.get("PubkeyAuthentication"); v == "no" || v == "false" {
		return "PubkeyAuthentication no"
	}
	// a connection that somebody logged in for already
	if path := s.unless("ControlPath"); path != "" {
		if info, err := os.Stat(h.expand(path)); err == nil && info.Mode()&os.ModeSocket != 0 {
			return "ControlPath " + path
		}
	}
	return ""
}
