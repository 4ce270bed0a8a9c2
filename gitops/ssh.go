package gitops

import (
	"context"
	"net"
	"os/user"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// dialSSH speaks ssh itself. The library knows no contexts, so the deadline
// hangs on the connection: it is closed when the context ends, and every read
// and write, the handshake's too, returns then.
func (m *Remote) dialSSH(ctx context.Context, service string) (session, error) {
	host, err := m.sshHost()
	if err != nil {
		return nil, err
	}
	conn, err := host.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	hang := func() {
		stop()
		_ = conn.Close()
	}
	client, err := m.handshake(ctx, conn, host)
	if err != nil {
		hang()
		if proxy, ok := conn.(*pipeConn); ok && ctx.Err() == nil {
			err = proxy.explain(err)
		}
		return nil, err
	}
	s, err := m.sshSession(client, service, hang)
	if err != nil {
		hang()
	}
	return s, err
}

// handshake agrees on keys and logs in.
func (m *Remote) handshake(ctx context.Context, conn net.Conn, host sshHost) (*ssh.Client, error) {
	keys, err := host.hostKeys()
	if err != nil {
		return nil, err
	}
	id := host.identities(ctx, m)
	defer id.close()
	config := &ssh.ClientConfig{
		User:              host.login,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(id.signers...)},
		HostKeyCallback:   keys.check,
		HostKeyAlgorithms: keys.algorithms(host.address()),
	}
	c, channels, requests, err := ssh.NewClientConn(conn, host.address(), config)
	switch {
	case err == nil:
		return ssh.NewClient(c, channels, requests), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case keys.refused != nil:
		return nil, keys.refused
	case id.failed != nil:
		return nil, id.failed
	case strings.Contains(err.Error(), "unable to authenticate"):
		return nil, &AuthError{Host: m.place(), Missing: len(id.signers) == 0, Text: id.note()}
	}
	return nil, err
}

func (m *Remote) sshSession(client *ssh.Client, service string, hang func()) (session, error) {
	s, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	text := &tail{}
	s.Stderr = text
	in, err := s.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := s.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.Start(service + " " + shellQuote(m.sshPath())); err != nil {
		return nil, err
	}
	return m.openStream(in, out, text, func() {
		_ = in.Close()
		defer time.AfterFunc(hangUp, hang).Stop()
		_ = s.Wait()
		hang()
	})
}

// sshPath is the path as the far shell should see it: /~user is ~user there.
func (m *Remote) sshPath() string {
	if rest, ok := strings.CutPrefix(m.addr.path, "/~"); ok && !m.addr.scp {
		return "~" + rest
	}
	return m.addr.path
}

func shellQuote(s string) string {
	return "'" + strings.NewReplacer("'", `'\''`, "!", `'\!'`).Replace(s) + "'"
}

func localUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// sshHost is one host with what ~/.ssh/config says of it.
type sshHost struct {
	name, port, login string
	given             string // the name in the URL
	proxyCommand      string
	keyFiles          []string
	knownHosts        []string
	alias             string // HostKeyAlias
	onlyKeyFiles      bool   // IdentitiesOnly
}

func (h sshHost) address() string { return net.JoinHostPort(h.name, h.port) }
