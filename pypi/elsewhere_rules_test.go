package pypi_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ferry/keyring"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestFallback: an index that leads to PyPI for what it does not have, as
// pypiserver and GitLab do, does not have it.
func TestFallback(t *testing.T) {
	to := "https://pypi.org/simple/foo/"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }))
	defer server.Close()
	own := pypi.Config{Name: "corp", Simple: server.URL + "/simple/", Upload: server.URL + "/up/"}
	x := pypi.NewIndex(own)
	if p, err := x.Simple(t.Context(), "foo"); err != nil || p.Found || p.Elsewhere != to {
		t.Errorf("%+v %v", p, err)
	}
	if f, err := x.CheckName(t.Context(), "foo"); err != nil || f.State != pypi.NameFree || !strings.Contains(f.Text, "leads to PyPI") {
		t.Errorf("%+v %v", f, err)
	}
	mirror := own // what is uploaded for it goes to PyPI: its pages are PyPI's
	mirror.Upload, mirror.Transport = "https://upload.pypi.org/legacy/", refusing{server.URL}
	if p, err := pypi.NewIndex(mirror).Simple(t.Context(), "foo"); err == nil {
		t.Errorf("a mirror: %+v", p)
	}
	to = "https://portal.example/simple/foo/"
	own.Transport = refusing{server.URL}
	if p, err := pypi.NewIndex(own).Simple(t.Context(), "foo"); err == nil {
		t.Errorf("a portal: %+v", p)
	}
}

// refusing reaches one server and no other.
type refusing struct{ only string }

func (r refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(req.URL.String(), r.only) {
		return nil, errors.New("no such host")
	}
	return http.DefaultTransport.RoundTrip(req)
}

// TestRefusedBeforeTheFile: a server that says no on seeing the password, and
// hangs up, is heard: the file is not sent against a closed line.
func TestRefusedBeforeTheFile(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			status := "200 OK" // to a client that does not wait for it
			if req, err := http.ReadRequest(bufio.NewReader(c)); err == nil && req.Header.Get("Expect") == "100-continue" {
				status = "401 Unauthorized"
			}
			_, _ = io.WriteString(c, "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			c.Close()
		}
	}()
	d := newDepot(t, pypitest.Options{})
	a := d.open(pypitest.Wheel("foo", "1.0", d.now, map[string]string{"foo.py": noise(4 << 20)}))
	x := pypi.NewIndex(pypi.Config{Name: "x", Upload: "http://" + l.Addr().String() + "/", Transport: &http.Transport{ExpectContinueTimeout: time.Minute}})
	sent := int64(0)
	var no *pypi.RefusedError
	if err := x.Send(t.Context(), a, "u", keyring.NewSecret("p"), func(n int64) { sent = n }); !errors.As(err, &no) || no.Why != pypi.RefusedToken || sent != 0 {
		t.Errorf("%d bytes sent, %v", sent, err)
	}
}
