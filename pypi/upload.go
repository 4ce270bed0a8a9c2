package pypi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"ferry/keyring"
)

// TokenUser is the user name that goes with an API token.
const TokenUser = "__token__"

// answerTime is how long an index may think over a file that it has whole. PyPI
// cuts its own workers off after 240 s.
const answerTime = 250 * time.Second

// UncertainError is an upload of which no answer came: it may have landed. To
// send the same bytes again is safe where the index knows them by their hash.
type UncertainError struct {
	File string
	Err  error
}

func (e *UncertainError) Error() string {
	return fmt.Sprintf("whether %s was taken is not known: %v", e.File, e.Err)
}
func (e *UncertainError) Unwrap() error { return e.Err }

// ErrPlainHTTP says that a token would go over the network for all to read.
var ErrPlainHTTP = errors.New("the upload address is plain http: no credentials are sent there")

// Send uploads a distribution, once. nil says that the index took it, or has the
// very same bytes already. Errors are *RefusedError, *UncertainError, a context's
// own, or what kept the file from being sent. progress hears how many bytes of
// the file have gone; it may be nil.
func (x *Index) Send(ctx context.Context, a *Artifact, user string, password keyring.Secret, progress func(sent int64)) error {
	f, err := os.Open(a.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	body, err := newForm(a.uploadFields(), a.File)
	if err != nil {
		return err
	}
	p := &post{index: x, form: body, file: &counted{io.LimitReader(f, a.Size), 0, progress}, size: a.Size, name: a.File}
	err = p.send(ctx, user, password)
	x.attempted(a, err)
	return err
}

// Submit registers a name with the metadata of a distribution, in the way that
// indexes had before they took the first upload for it. PyPI answers 410.
func (x *Index) Submit(ctx context.Context, a *Artifact, user string, password keyring.Secret) error {
	body, err := newForm(append(a.metadataFields(), field{":action", "submit"}, field{"protocol_version", "1"}), "")
	if err != nil {
		return err
	}
	p := &post{index: x, form: body, file: bytes.NewReader(nil), name: a.Metadata.Get("Name")}
	return p.send(ctx, user, password)
}

// post is one request to the upload API.
type post struct {
	index *Index
	form  form
	file  io.Reader
	size  int64
	name  string // of what is sent, for errors
}

func (p *post) send(ctx context.Context, user string, password keyring.Secret) error {
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(answerTime, func() { cancel(errSilence) }) // put off by every byte that goes
	defer watch.Stop()
	req, err := p.request(limited, watch)
	if err != nil {
		return err
	}
	_ = password.Use(func(v []byte) error { req.SetBasicAuth(user, string(v)); return nil })
	resp, err := p.index.poster().Do(req)
	if err != nil {
		return p.lost(ctx, limited, req.URL, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 == 2 {
		return p.taken(resp)
	}
	return refused(p.name, resp, p.index.conf.Now())
}

// taken reads a success. What comes with a page for people is none of an index's:
// a captive portal, a sign-in. A success of another kind than 200 or 201 promises
// nothing.
func (p *post) taken(resp *http.Response) error {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	low := bytes.ToLower(b)
	page := bytes.Contains(low, []byte("<html")) || bytes.Contains(low, []byte("<!doctype"))
	if !page && (resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusCreated || resp.StatusCode == http.StatusNoContent) {
		return nil
	}
	at := publicURL(resp.Request.URL).String()
	return &UncertainError{p.name, &NotIndexError{at, resp.Header.Get("Content-Type"), fmt.Sprintf("it answers %d with what no index would send", resp.StatusCode)}}
}

func (p *post) request(ctx context.Context, watch *time.Timer) (*http.Request, error) {
	body := io.MultiReader(bytes.NewReader(p.form.before), p.file, bytes.NewReader(p.form.tail))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.index.conf.Upload, &pulse{body, watch, answerTime})
	if err != nil || req.URL.Host == "" {
		return nil, &UnreachableError{Host: p.index.conf.Name, Err: errors.New("its upload address is malformed")}
	}
	if req.URL.Scheme != "https" && !loopback(req.URL.Hostname()) {
		return nil, ErrPlainHTTP
	}
	req.URL.User = nil
	req.ContentLength = int64(len(p.form.before)) + p.size + int64(len(p.form.tail))
	req.Header.Set("Content-Type", p.form.kind)
	req.Header.Set("User-Agent", p.index.conf.UserAgent)
	req.Header.Set("Expect", "100-continue") // a refusal that needs no file comes before the file, and is not lost behind a closed line
	req.Header.Set("Accept", "application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7")
	return req, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// lost explains a request that got no answer. Only what never reached a server
// is certain not to have landed.
func (p *post) lost(ctx, limited context.Context, at *url.URL, err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return unreachable(ctx, limited, at.Host, err)
	}
	return &UncertainError{p.name, unreachable(ctx, limited, at.Host, err)}
}

// poster follows no redirect: what a POST becomes behind one is no upload.
func (x *Index) poster() *http.Client {
	return &http.Client{Transport: x.conf.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// counted tells how much was read.
type counted struct {
	io.Reader
	n    int64
	tell func(int64)
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += int64(n)
	if c.tell != nil && n > 0 {
		c.tell(c.n)
	}
	return n, err
}
