package gitops

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// stream is git's protocol over one pipe in each direction: ssh, or a git
// program on this machine.
type stream struct {
	in   io.WriteCloser
	out  io.Reader
	refs *advert
	used bool
	end  func() // hangs up and waits until all is quiet
}

// openStream reads what the server lists first. If it lists nothing, what it
// wrote to stderr tells why.
func (m *Remote) openStream(in io.WriteCloser, out io.Reader, text *tail, end func()) (session, error) {
	s := &stream{in: in, out: out, end: end}
	refs, err := readAdvert(out)
	if err != nil {
		end()
		if said := text.String(); said != "" {
			return nil, m.said(said, err)
		}
		return nil, err
	}
	s.refs = refs
	return s, nil
}

func (s *stream) list() *advert { return s.refs }

// exchange writes while the answer is read: a server that reports progress
// meanwhile would block otherwise, and we with it.
func (s *stream) exchange(_ context.Context, request upload) (io.Reader, bool, error) {
	s.used = true
	go func() {
		_, _ = io.Copy(s.in, request.body()) // the answer tells whether it arrived
		_ = s.in.Close()
	}()
	return s.out, true, nil
}

func (s *stream) close() {
	if !s.used {
		_, _ = s.in.Write([]byte(flushPkt)) // the polite way to want nothing
	}
	s.end()
}

// tail keeps the beginning of what a far end writes to stderr.
type tail struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if room := maxErrorText - t.b.Len(); room > 0 {
		t.b.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(t.b.String())
}

// hangUp is how long a far end may take to fall silent after we closed.
const hangUp = 2 * time.Second

// dialLocal starts git's own server side on a repository of this machine.
func (m *Remote) dialLocal(ctx context.Context, service string) (session, error) {
	path, err := lookGit()
	if err != nil {
		return nil, &UnsupportedError{"a remote on this disk, without the git program"}
	}
	text := &tail{}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, path, strings.TrimPrefix(service, "git-"), m.addr.path)
	cmd.Env, cmd.Stderr, cmd.WaitDelay = childEnv(), text, hangUp
	return m.speak(cmd, text, cancel)
}

// speak starts a program and talks git's protocol through its pipes. text is what
// it writes to stderr meanwhile.
func (m *Remote) speak(cmd *exec.Cmd, text *tail, cancel context.CancelFunc) (session, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return m.openStream(in, out, text, func() {
		_ = in.Close()
		defer time.AfterFunc(hangUp, cancel).Stop()
		_ = cmd.Wait()
		cancel()
	})
}
