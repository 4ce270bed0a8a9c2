package gitops

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"
)

// dial opens the way to an ssh host: straight, or through ProxyCommand.
func (h sshHost) dial(ctx context.Context) (net.Conn, error) {
	if h.proxyCommand != "" {
		return h.proxied(ctx)
	}
	conn, err := (&net.Dialer{Timeout: h.patience}).DialContext(ctx, first(h.network, "tcp"), h.address())
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return conn, err
}

// plainName is what may stand in a shell's command line without quotes. Names
// come from URLs, and URLs from anywhere.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_.:][A-Za-z0-9_.:-]*$`)

// proxied starts the command through a shell, as OpenSSH does, and speaks
// through its pipes.
func (h sshHost) proxied(ctx context.Context) (net.Conn, error) {
	for _, s := range []string{h.name, h.port, h.login, h.given} {
		if !plainName.MatchString(s) {
			return nil, &UnsupportedError{"ProxyCommand for a host or user with special characters"}
		}
	}
	line := strings.NewReplacer("%h", h.name, "%p", h.port, "%r", h.login, "%n", h.given, "%%", "%").Replace(h.proxyCommand)
	c := &pipeConn{cmd: exec.CommandContext(ctx, "sh", "-c", "exec "+line), said: &tail{}}
	c.cmd.Env, c.cmd.Stderr, c.cmd.WaitDelay = childEnv(), c.said, time.Second
	apart(c.cmd)
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.in, c.out = in, out
	if err := c.cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, &UnsupportedError{"ProxyCommand in ~/.ssh/config, without a shell to run it"}
		}
		return nil, err
	}
	return c, nil
}

// pipeConn is a connection through a program. Its deadline is the context's,
// which closes it.
type pipeConn struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  io.ReadCloser
	said *tail
	end  sync.Once
}

// explain adds what the program said on stderr to an error that it caused. It
// must have ended.
func (c *pipeConn) explain(err error) error {
	if said := c.said.String(); said != "" && !typed(err) {
		return errors.New("ProxyCommand: " + said)
	}
	return err
}

func (c *pipeConn) Read(b []byte) (int, error)  { return c.out.Read(b) }
func (c *pipeConn) Write(b []byte) (int, error) { return c.in.Write(b) }

func (c *pipeConn) Close() error {
	kill := c.cmd.Process.Kill
	if c.cmd.Cancel != nil {
		kill = c.cmd.Cancel // the whole session
	}
	c.end.Do(func() {
		_ = c.in.Close()
		_ = kill()
		_ = c.cmd.Wait()
	})
	return nil
}

func (*pipeConn) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (*pipeConn) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (*pipeConn) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (*pipeConn) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (*pipeConn) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
