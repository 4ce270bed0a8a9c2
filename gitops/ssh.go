package gitops

import (
	"context"
	"io"
	"net"
	"os/user"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// dialSSH speaks ssh itself, or lets the program speak that the person chose, or
// OpenSSH where it alone can.
func (m *Remote) dialSSH(ctx context.Context, service string) (session, error) {
	if strings.HasPrefix(m.addr.hostname(), "-") || strings.HasPrefix(m.addr.user, "-") {
		return nil, &UnsupportedError{"an ssh host or user that begins with a dash"} // an option, to a program
	}
	program, err := m.sshProgram()
	if err != nil {
		return nil, err
	}
	if program != nil {
		return program.dial(ctx, m, service)
	}
	host, err := m.sshHost(ctx)
	if err != nil {
		return nil, err
	}
	s, err := m.speakSSH(ctx, host, service)
	if beyond := handsOver(host, err); beyond != "" {
		host.beyond = beyond
		if program, err = handOver(host); err == nil {
			return program.dial(ctx, m, service)
		}
	}
	return s, err
}

// handsOver is why OpenSSH must do it: a setting, or a server whose algorithms
// are none of ours.
func handsOver(host sshHost, err error) string {
	if host.beyond == "" && err != nil && strings.Contains(err.Error(), "no common algorithm") {
		return err.Error()
	}
	return host.beyond
}

// speakSSH dials once more where the server lost patience while a person typed:
// what was typed is known now.
func (m *Remote) speakSSH(ctx context.Context, host sshHost, service string) (session, error) {
	if host.beyond != "" {
		return nil, nil
	}
	s, asked, err := m.attemptSSH(ctx, host, service)
	if err != nil && asked && !typed(err) && ctx.Err() == nil {
		s, _, err = m.attemptSSH(ctx, host, service)
	}
	return s, err
}

// attemptSSH is one connection. The library knows no contexts, so the deadline
// hangs on the connection: it is closed when the context ends, and every read
// and write, the handshake's too, returns then.
func (m *Remote) attemptSSH(ctx context.Context, host sshHost, service string) (s session, asked bool, err error) {
	conn, err := host.dial(ctx)
	if err != nil {
		return nil, false, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	hang := func() {
		stop()
		_ = conn.Close()
	}
	client, asked, err := m.handshake(ctx, conn, host)
	if err != nil {
		hang()
		if proxy, ok := conn.(*pipeConn); ok && ctx.Err() == nil {
			err = proxy.explain(err)
		}
		return nil, asked, err
	}
	s, err = m.sshSession(client, service, hang)
	if err != nil {
		hang()
	}
	return s, false, err
}

// handshake agrees on keys and logs in. asked says that a person was kept.
func (m *Remote) handshake(ctx context.Context, conn net.Conn, host sshHost) (client *ssh.Client, asked bool, err error) {
	keys, err := host.hostKeys()
	if err != nil {
		return nil, false, err
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
	if err == nil {
		return ssh.NewClient(c, channels, requests), id.asked, nil
	}
	if ctx.Err() != nil {
		return nil, id.asked, ctx.Err()
	}
	return nil, id.asked, m.noLogin(err, keys, id)
}

// noLogin gives a failed handshake its type.
func (m *Remote) noLogin(err error, keys *hostKeys, id *identities) error {
	switch text := err.Error(); {
	case keys.refused != nil:
		return keys.refused
	case id.failed != nil:
		return id.failed
	case strings.Contains(text, "Too many authentication failures"):
		id.notes = append(id.notes, "the server takes no more offers: name the right key by IdentityFile, and set IdentitiesOnly yes")
	case !strings.Contains(text, "unable to authenticate"):
		return err
	}
	return &AuthError{Host: m.place(), Missing: len(id.signers) == 0, Text: id.note()}
}

func (m *Remote) sshSession(client *ssh.Client, service string, hang func()) (session, error) {
	s, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	text := &tail{}
	s.Stderr = text
	stdin, err := s.StdinPipe()
	if err != nil {
		return nil, err
	}
	in := &sshInput{WriteCloser: stdin, hang: hang}
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

// sshInput may be closed while it is written to, which the library's own may
// not: then the connection goes, because nobody wants the rest.
type sshInput struct {
	io.WriteCloser
	hang    func()
	writing sync.Mutex
}

func (i *sshInput) Write(p []byte) (int, error) {
	i.writing.Lock()
	defer i.writing.Unlock()
	return i.WriteCloser.Write(p)
}

func (i *sshInput) Close() error {
	if !i.writing.TryLock() {
		i.hang()
		return nil
	}
	defer i.writing.Unlock()
	return i.WriteCloser.Close()
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
