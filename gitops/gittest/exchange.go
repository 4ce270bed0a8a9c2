package gittest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// exchange is one request and the way to answer it.
type exchange struct {
	server        *Server
	w             http.ResponseWriter
	r             *http.Request
	path, service string
	phase         Phase

	decline string // the hook says no, with this text
	mute    bool   // do the work and send no report
}

// answer is what goes back when nothing is broken.
type answer struct {
	status      int
	contentType string
	body        []byte
}

func plain(status int, text string) answer {
	return answer{status, "text/plain; charset=utf-8", []byte(text + "\n")}
}

const maxRequest = 512 << 20

// serve does what is asked and gives the answer without sending it.
func (x *exchange) serve() answer {
	if !x.server.admits(x.r) {
		return plain(http.StatusUnauthorized, "authentication required")
	}
	if !x.server.has(x.path) {
		return plain(http.StatusNotFound, "repository not found")
	}
	body, err := x.body()
	if err != nil {
		return plain(http.StatusBadRequest, err.Error())
	}
	var out []byte
	switch x.phase {
	case List, Prepare:
		out = x.server.advertise(x.path, x.service)
		return answer{http.StatusOK, "application/x-" + x.service + "-advertisement", out}
	case Fetch:
		out, err = x.server.upload(x.path, body)
	case Push:
		out, err = x.receive(body)
	}
	if err != nil {
		return plain(http.StatusBadRequest, err.Error())
	}
	return answer{http.StatusOK, "application/x-" + x.service + "-result", out}
}

// body reads the request, which git may have compressed.
func (x *exchange) body() ([]byte, error) {
	var r io.Reader = x.r.Body
	if x.r.Header.Get("Content-Encoding") == "gzip" {
		zr, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = zr
	}
	b, err := io.ReadAll(io.LimitReader(r, maxRequest))
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	return b, nil
}

func (x *exchange) head(a answer) {
	h := x.w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "no-cache")
	if a.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Basic realm="git"`)
	}
	x.w.WriteHeader(a.status)
}

func (x *exchange) write(a answer) {
	x.head(a)
	_, _ = x.w.Write(a.body) // a client that left is its own business
}

// leave waits until the client gives up. The request is read first: before
// that, net/http does not notice that a client is gone.
func (x *exchange) leave() {
	_, _ = io.Copy(io.Discard, x.r.Body)
	<-x.r.Context().Done()
}

// conn takes the connection away from net/http.
func (x *exchange) conn() net.Conn {
	c, _, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // the next best: HTTP/2 has no hijacking
	}
	return c
}

// reset drops the connection with a RST.
func (x *exchange) reset() {
	c := x.conn()
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// cut sends the first n bytes of the answer, headers not counted, and hangs up.
func (x *exchange) cut(a answer, n int) {
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	fmt.Fprintf(&head, "Content-Type: %s\r\nContent-Length: %d\r\n\r\n", a.contentType, len(a.body))
	c := x.conn()
	_, _ = c.Write(append(head.Bytes(), a.body[:min(n, len(a.body))]...))
	_ = c.Close()
}

// pkt is one pkt-line.
func pkt(format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	return fmt.Sprintf("%04x%s", len(text)+4, text)
}

const flush = "0000"

// banded puts data on a side band, in as many packets as it takes.
func banded(band byte, data string) string {
	const most = 65515
	var b strings.Builder
	for data != "" {
		n := min(len(data), most)
		b.WriteString(pkt("%c%s", band, data[:n]))
		data = data[n:]
	}
	return b.String()
}
