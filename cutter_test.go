package main

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// point is a place in the conversation of pushes and deletions: the byte of one
// exchange's request or answer, headers included, behind which the line breaks.
type point struct {
	exchange int // of those with git-receive-pack, from 0
	answer   bool
	byte     int
}

// cutter stands between the program and the git host as a router does: it knows
// bytes, and tells exchanges apart only by the line that begins a request. At its
// point it sends a RST to both sides, once.
type cutter struct {
	to string
	at *point // nil: it only counts

	mu    sync.Mutex
	sizes [][2]int // of each exchange: request, answer
	cut   bool
}

// listen serves a handler, and gives the address of the line to it.
func (c *cutter) listen(t testing.TB, h http.Handler) (base string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	c.to = s.Listener.Addr().String()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { c.carry(conn.(*net.TCPConn)) })
		}
	})
	return "http://" + l.Addr().String()
}

// line is one connection, and the exchange that is on it; -1 for any that pushes
// nothing.
type line struct {
	client, server *net.TCPConn
	exchange       int
}

func (c *cutter) carry(client *net.TCPConn) {
	up, err := net.Dial("tcp", c.to)
	if err != nil {
		_ = client.Close()
		return
	}
	l := &line{client, up.(*net.TCPConn), -1}
	var wg sync.WaitGroup
	wg.Go(func() { c.pump(l, l.server, l.client, false); _ = l.server.CloseWrite() })
	c.pump(l, l.client, l.server, true)
	_ = client.CloseWrite()
	wg.Wait()
	_, _ = client.Close(), l.server.Close()
}

func (c *cutter) pump(l *line, to, from *net.TCPConn, answer bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		keep, broken := c.pass(l, buf[:n], answer)
		if _, werr := to.Write(buf[:keep]); werr != nil || err != nil {
			return
		}
		if broken {
			reset(l.client)
			reset(l.server)
			return
		}
	}
}

// pass counts a chunk, and says how much of it goes on and whether the line
// breaks behind that.
func (c *cutter) pass(l *line, chunk []byte, answer bool) (keep int, broken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !answer && (bytes.HasPrefix(chunk, []byte("GET ")) || bytes.HasPrefix(chunk, []byte("POST "))) {
		first, _, _ := strings.Cut(string(chunk), "\r\n")
		l.exchange = -1
		if strings.Contains(first, "git-receive-pack") {
			l.exchange = len(c.sizes)
			c.sizes = append(c.sizes, [2]int{})
		}
	}
	if l.exchange < 0 {
		return len(chunk), false
	}
	side := 0
	if answer {
		side = 1
	}
	before := c.sizes[l.exchange][side]
	c.sizes[l.exchange][side] += len(chunk)
	if c.cut || c.at == nil || c.at.exchange != l.exchange || c.at.answer != answer || c.at.byte > before+len(chunk) {
		return len(chunk), false
	}
	c.cut = true
	return c.at.byte - before, true
}

// reset ends a connection with a RST.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
