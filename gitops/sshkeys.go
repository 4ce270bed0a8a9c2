package gitops

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// identities are the keys we can show, in the order of ssh: those of the agent
// that a key file names, the agent's others, the files.
type identities struct {
	remote  *Remote
	failed  error // of the key that the server wanted
	asked   bool  // a person was, for a passphrase
	signers []ssh.Signer
	notes   []string
	hangUp  func()
}

func (id *identities) close() {
	if id.hangUp != nil {
		id.hangUp()
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
	named := h.publicKeys()
	isNamed := func(s ssh.Signer) bool {
		return slices.ContainsFunc(named, func(k ssh.PublicKey) bool { return same(k, s.PublicKey()) })
	}
	var others []ssh.Signer
	for _, s := range id.fromAgent(ctx, h.agent) {
		if isNamed(s) {
			id.add(s)
		} else if !h.onlyKeyFiles {
			others = append(others, s)
		}
	}
	id.signers = append(id.signers, others...)
	for _, f := range h.keyFiles {
		id.fromFile(ctx, f)
	}
	id.certify(h)
	return id
}

// fromAgent lists the keys that an agent holds. The connection stays until the
// login is over, and ends with the context.
func (id *identities) fromAgent(ctx context.Context, socket string) []ssh.Signer {
	if socket == "" {
		return nil
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		id.notes = append(id.notes, "the ssh agent does not answer")
		return nil
	}
	var closed atomic.Bool
	hang := func() {
		if !closed.Swap(true) {
			_ = conn.Close()
		}
	}
	stop := context.AfterFunc(ctx, hang)
	id.hangUp = func() { stop(); hang() }
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		id.notes = append(id.notes, "the ssh agent lists no keys")
	}
	return signers
}

func same(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }

// publicKeys are the public halves of the key files, and the certificates.
func (h sshHost) publicKeys() []ssh.PublicKey {
	var keys []ssh.PublicKey
	for _, f := range h.keyFiles {
		if pub := publicKey(f); pub != nil {
			keys = append(keys, pub)
		}
	}
	for _, c := range h.allCertificates() {
		keys = append(keys, c)
	}
	return keys
}

// publicKey is the public half of a key file; nil where none is written down. A
// file that is named may be the public half itself.
func publicKey(file string) ssh.PublicKey {
	for _, f := range []string{strings.TrimSuffix(file, ".pub") + ".pub", file} {
		b, _ := os.ReadFile(f)
		if pub, _, _, _, err := ssh.ParseAuthorizedKey(b); err == nil {
			return pub
		}
	}
	return nil
}

// allCertificates are those that CertificateFile names, and those that lie
// beside the keys.
func (h sshHost) allCertificates() []*ssh.Certificate {
	files := slices.Clone(h.certificates)
	for _, f := range h.keyFiles {
		files = append(files, strings.TrimSuffix(f, ".pub")+"-cert.pub")
	}
	var certs []*ssh.Certificate
	for _, f := range files {
		b, _ := os.ReadFile(f)
		if pub, _, _, _, err := ssh.ParseAuthorizedKey(b); err == nil {
			if cert, ok := pub.(*ssh.Certificate); ok {
				certs = append(certs, cert)
			}
		}
	}
	return certs
}

// certify puts a certificate before the key that it is for.
func (id *identities) certify(h sshHost) {
	for _, cert := range h.allCertificates() {
		i := slices.IndexFunc(id.signers, func(s ssh.Signer) bool { return same(s.PublicKey(), cert.Key) })
		held := slices.ContainsFunc(id.signers, func(s ssh.Signer) bool { return same(s.PublicKey(), cert) })
		if i < 0 || held {
			continue
		}
		if s, err := ssh.NewCertSigner(cert, id.signers[i]); err == nil {
			id.signers = slices.Insert(id.signers, i, s)
		}
	}
}

func (id *identities) fromFile(ctx context.Context, path string) {
	b, err := os.ReadFile(path)
	if err != nil {
		return
	}
	public := publicKey(path)
	if public != nil && slices.ContainsFunc(id.signers, func(s ssh.Signer) bool { return same(s.PublicKey(), public) }) {
		return // the agent has it
	}
	if public != nil && strings.HasPrefix(public.Type(), "sk-") {
		id.notes = append(id.notes, path+" lives on a security key, which is reached here through the agent alone: ssh-add "+path)
		return
	}
	signer, err := ssh.ParsePrivateKey(b)
	var missing *ssh.PassphraseMissingError
	switch {
	case err == nil:
		id.add(signer)
	case sealedPKCS8(b) != nil:
		id.lock(ctx, path, b, public)
	case errors.As(err, &missing) && missing.PublicKey != nil:
		id.lock(ctx, path, b, missing.PublicKey)
	case errors.As(err, &missing):
		id.lock(ctx, path, b, public)
	case publicHalf(b):
		id.notes = append(id.notes, path+" is a public key whose other half is not in the agent")
	default:
		id.notes = append(id.notes, path+" is no key we can read")
	}
}

func publicHalf(b []byte) bool {
	_, _, _, _, err := ssh.ParseAuthorizedKey(b)
	return err == nil
}

// add keeps one of each key: a server counts every offer.
func (id *identities) add(signer ssh.Signer) {
	if !slices.ContainsFunc(id.signers, func(s ssh.Signer) bool { return same(s.PublicKey(), signer.PublicKey()) }) {
		id.signers = append(id.signers, signer)
	}
}
