package gitops_test

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// securityKey is a public half as `ssh-keygen -t ed25519-sk` writes it.
const securityKey = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABHNzaDo= bob\n"

// cut is a line that breaks. After so many bytes of ours nothing comes back any
// more, and it hangs up, at once or when until says so.
type cut struct {
	mute  bool
	after int64
	until func() bool
}

// through puts the line between us and the host, which is known by both ports.
func (b *berth) through(t *testing.T, c *cut) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(func() { stop(); l.Close() })
	far := "127.0.0.1:" + b.port
	_, b.port, _ = net.SplitHostPort(l.Addr().String())
	b.knows("ed25519")
	u, err := url.Parse(b.url)
	must(t, err)
	u.Host = l.Addr().String()
	b.url = u.String()
	if c.mute {
		b.options.Timeout = 300 * time.Millisecond
	} else {
		b.heavy(t)
	}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(ctx, func() { near.Close() })
			if !c.mute {
				go c.carry(ctx, near, far)
			}
		}
	}()
}

func (c *cut) carry(ctx context.Context, near net.Conn, far string) {
	server, err := net.Dial("tcp", far)
	if err != nil {
		near.Close()
		return
	}
	hang := func() { near.Close(); server.Close() }
	context.AfterFunc(ctx, hang)
	broken := make(chan struct{})
	go io.Copy(&gate{near, broken}, server)
	defer hang()
	if _, err := io.CopyN(server, near, c.after); err != nil {
		return
	}
	close(broken)
	if c.until == nil {
		return
	}
	go io.Copy(server, near)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !c.until() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// gate swallows everything once the line is broken, so that the server can go on.
type gate struct {
	io.Writer
	broken chan struct{}
}

func (g *gate) Write(p []byte) (int, error) {
	select {
	case <-g.broken:
		return len(p), nil
	default:
		return g.Writer.Write(p)
	}
}

// heavy gives our commit a file that takes a while.
func (b *berth) heavy(t *testing.T) {
	t.Helper()
	big := make([]byte, 1<<20)
	_, _ = rand.Read(big)
	must(t, os.WriteFile(filepath.Join(b.clone, "big"), big, 0o644))
	git(t, b.clone, "add", "big")
	git(t, b.clone, "commit", "-qm", "big")
	b.ours = git(t, b.clone, "rev-parse", "HEAD")
}
