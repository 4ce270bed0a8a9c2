package gitops

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// hostKeys are the keys that known_hosts holds, and the verdict on the one shown.
type hostKeys struct {
	db      *knownhosts.HostKeyDB
	host    sshHost
	stand   map[string]string // the file that a cleaned copy stands for
	refused error
}

func (h sshHost) hostKeys() (*hostKeys, error) {
	files := slices.DeleteFunc(slices.Clone(h.knownHosts), func(f string) bool {
		info, err := os.Stat(f)
		return err != nil || !info.Mode().IsRegular()
	})
	k := &hostKeys{host: h}
	var err error
	if k.db, err = knownhosts.NewDB(files...); err != nil {
		err = k.tolerant(files)
	}
	if err != nil {
		return nil, fmt.Errorf("reading known_hosts: %w", err)
	}
	return k, nil
}

// tolerant leaves out the lines that cannot be parsed. OpenSSH passes over them
// too; the library refuses the whole file for one, and takes only files. Lines
// keep their numbers.
func (k *hostKeys) tolerant(files []string) error {
	dir, err := os.MkdirTemp("", "ferry")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	k.stand = map[string]string{}
	copies := make([]string, len(files))
	for i, f := range files {
		b, _ := os.ReadFile(f) // one that cannot be read knows nobody
		copies[i] = filepath.Join(dir, fmt.Sprint(i))
		k.stand[copies[i]] = f
		if err := os.WriteFile(copies[i], wellFormed(b), 0o600); err != nil {
			return err
		}
	}
	k.db, err = knownhosts.NewDB(copies...)
	return err
}

// wellFormed empties the lines that make no sense.
func wellFormed(b []byte) []byte {
	var good bytes.Buffer
	for line := range bytes.Lines(b) {
		marker, hosts, _, _, _, err := ssh.ParseKnownHosts(line)
		known := marker == "" || marker == "cert-authority" || marker == "revoked"
		if err == nil && known && !slices.ContainsFunc(hosts, badHash) {
			good.Write(bytes.TrimRight(line, "\r\n"))
		}
		good.WriteByte('\n')
	}
	return good.Bytes()
}

// badHash tells a hashed name that is none: |1|salt|hash.
func badHash(name string) bool {
	if !strings.HasPrefix(name, "|") {
		return false
	}
	parts := strings.Split(name, "|")
	if len(parts) != 4 || parts[1] != "1" {
		return true
	}
	_, salt := base64.StdEncoding.DecodeString(parts[2])
	hash, err := base64.StdEncoding.DecodeString(parts[3])
	return salt != nil || err != nil || len(hash) != 20 // SHA-1
}

// names are those that the host may be known by: HostKeyAlias alone, or its
// address, or its bare name, which ssh asks for next where the port is not 22.
func (k *hostKeys) names(address string) []string {
	if k.host.alias != "" {
		return []string{net.JoinHostPort(k.host.alias, "22")}
	}
	bare := net.JoinHostPort(k.host.name, "22")
	if bare == address {
		return []string{address}
	}
	return []string{address, bare}
}

// algorithms asks for the kinds of key we know the host by. Without this the
// server picks one we do not hold, and a good host looks like a changed one; a
// certificate is nothing to a host that no authority is known for.
func (k *hostKeys) algorithms(address string) []string {
	for _, name := range k.names(address) {
		if kinds := k.db.HostKeyAlgorithms(name); len(kinds) > 0 {
			return kinds
		}
	}
	return slices.DeleteFunc(ssh.SupportedAlgorithms().HostKeys, func(kind string) bool { return strings.Contains(kind, "-cert-") })
}

// check is called with the key that the host shows. As for ssh, a certificate
// whose authority we do not know counts as the key in it.
func (k *hostKeys) check(address string, remote net.Addr, key ssh.PublicKey) error {
	err := k.judge(address, remote, key)
	var revoked *xknownhosts.RevokedError
	if cert, ok := key.(*ssh.Certificate); ok && err != nil && !errors.As(err, &revoked) {
		if k.judge(address, remote, cert.Key) == nil {
			return nil
		}
	}
	if err == nil {
		return nil
	}
	k.refused = k.refusal(err, key)
	return k.refused
}

func (k *hostKeys) judge(address string, remote net.Addr, key ssh.PublicKey) error {
	var first error
	for _, name := range k.names(address) {
		err := k.db.HostKeyCallback()(name, remote, key)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
		if !knownhosts.IsHostUnknown(err) {
			break // a key that is known, and not this one
		}
	}
	return first
}

func (k *hostKeys) refusal(err error, key ssh.PublicKey) *HostKeyError {
	if cert, ok := key.(*ssh.Certificate); ok {
		key = cert.Key
	}
	e := &HostKeyError{
		Host: k.host.name, Port: k.host.port, Kind: key.Type(), Fingerprint: ssh.FingerprintSHA256(key),
		Changed: !knownhosts.IsHostUnknown(err),
	}
	var other *xknownhosts.KeyError
	var revoked *xknownhosts.RevokedError
	switch {
	case errors.As(err, &other):
		for _, known := range other.Want {
			e.Known = append(e.Known, k.known(known))
		}
	case errors.As(err, &revoked):
		e.Revoked, e.Known = true, []KnownKey{k.known(revoked.Revoked)}
	default:
		e.Text = err.Error() // a certificate that does not hold
	}
	return e
}

func (k *hostKeys) known(key xknownhosts.KnownKey) KnownKey {
	return KnownKey{Kind: key.Key.Type(), Fingerprint: ssh.FingerprintSHA256(key.Key), File: first(k.stand[key.Filename], key.Filename), Line: key.Line}
}
