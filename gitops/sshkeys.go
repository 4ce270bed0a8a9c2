package gitops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// identities are the keys we can show: those of the agent first, as ssh does.
type identities struct {
	remote  *Remote
	failed  error // of the key that the server wanted
	signers []ssh.Signer
	notes   []string
	agent   net.Conn
}

func (id *identities) close() {
	if id.agent != nil {
		_ = id.agent.Close()
	}
}

// note tells what was offered and what was not.
func (id *identities) note() string {
	offered := make([]string, 0, len(id.signers))
	for _, s := range id.signers {
		offered = append(offered, ssh.FingerprintSHA256(s.PublicKey()))
	}
	if len(offered) == 0 {
		offered = []string{"none"}
	}
	return strings.Join(append([]string{"keys offered: " + strings.Join(offered, ", ")}, id.notes...), "; ")
}

func (h sshHost) identities(ctx context.Context, m *Remote) *identities {
	id := &identities{remote: m}
	held := id.fromAgent(ctx)
	if h.onlyKeyFiles {
		held = slices.DeleteFunc(held, func(s ssh.Signer) bool { return !h.names(s.PublicKey()) })
	}
	id.signers = append(id.signers, held...)
	for _, f := range h.keyFiles {
		id.fromFile(ctx, f)
	}
	return id
}

func (id *identities) fromAgent(ctx context.Context) []ssh.Signer {
	socket := os.Getenv("SSH_AUTH_SOCK")
	if socket == "" {
		return nil
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		id.notes = append(id.notes, "the ssh agent does not answer")
		return nil
	}
	id.agent = conn
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		id.notes = append(id.notes, "the ssh agent lists no keys")
	}
	return signers
}

// names says whether one of the key files is the key.
func (h sshHost) names(key ssh.PublicKey) bool {
	for _, f := range h.keyFiles {
		b, err := os.ReadFile(strings.TrimSuffix(f, ".pub") + ".pub")
		if err != nil {
			continue
		}
		pub, _, _, _, err := ssh.ParseAuthorizedKey(b)
		if err == nil && bytes.Equal(pub.Marshal(), key.Marshal()) {
			return true
		}
	}
	return false
}

func (id *identities) fromFile(ctx context.Context, path string) {
	b, err := os.ReadFile(path)
	if err != nil {
		return
	}
	signer, err := ssh.ParsePrivateKey(b)
	var missing *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &missing) && id.lock(ctx, path, b, missing):
	case errors.As(err, &missing):
		id.notes = append(id.notes, path+" is encrypted and not in the agent")
	case err != nil:
		id.notes = append(id.notes, path+" is no key we can read")
	default:
		id.add(signer)
	}
}

// add keeps one of each key: a server counts every offer.
func (id *identities) add(signer ssh.Signer) {
	if !slices.ContainsFunc(id.signers, func(s ssh.Signer) bool {
		return bytes.Equal(s.PublicKey().Marshal(), signer.PublicKey().Marshal())
	}) {
		id.signers = append(id.signers, signer)
	}
}

// hostKeys are the keys that known_hosts holds, and the verdict on the one shown.
type hostKeys struct {
	db      *knownhosts.HostKeyDB
	host    sshHost
	refused error
}

func (h sshHost) hostKeys() (*hostKeys, error) {
	files := slices.DeleteFunc(slices.Clone(h.knownHosts), func(f string) bool {
		info, err := os.Stat(f)
		return err != nil || !info.Mode().IsRegular()
	})
	db, err := knownhosts.NewDB(files...)
	if err != nil {
		db, err = tolerant(files)
	}
	if err != nil {
		return nil, fmt.Errorf("reading known_hosts: %w", err)
	}
	return &hostKeys{db: db, host: h}, nil
}

// tolerant leaves out the lines that cannot be parsed. OpenSSH passes over them
// too; the library refuses the whole file for one, and takes only files.
func tolerant(files []string) (*knownhosts.HostKeyDB, error) {
	dir, err := os.MkdirTemp("", "ferry")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var good bytes.Buffer
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		for line := range bytes.Lines(b) {
			if _, _, _, _, _, err := ssh.ParseKnownHosts(line); err == nil {
				good.Write(append(bytes.TrimRight(line, "\r\n"), '\n'))
			}
		}
	}
	clean := filepath.Join(dir, "known_hosts")
	if err := os.WriteFile(clean, good.Bytes(), 0o600); err != nil {
		return nil, err
	}
	return knownhosts.NewDB(clean)
}

func (k *hostKeys) name(address string) string {
	if k.host.alias != "" {
		return net.JoinHostPort(k.host.alias, "22")
	}
	return address
}

// algorithms asks for the kinds of key we know the host by. Without this the
// server picks one we do not hold, and a good host looks like a changed one.
func (k *hostKeys) algorithms(address string) []string {
	return k.db.HostKeyAlgorithms(k.name(address))
}

// check is called with the key that the host shows.
func (k *hostKeys) check(address string, remote net.Addr, key ssh.PublicKey) error {
	err := k.db.HostKeyCallback()(k.name(address), remote, key)
	if err == nil {
		return nil
	}
	k.refused = &HostKeyError{
		Host:        k.host.name,
		Fingerprint: ssh.FingerprintSHA256(key),
		Changed:     !knownhosts.IsHostUnknown(err),
	}
	return k.refused
}
