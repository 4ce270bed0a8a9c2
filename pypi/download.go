package pypi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// maxFile bounds a download whose size no page declares. PyPI takes 100 MiB,
// more only by arrangement.
const maxFile = 1 << 30

// Digest is what the bytes of a file proved to be.
type Digest struct {
	SHA256 string // lower-case hex
	Size   int64
}

// Download reads a file and hashes it; the bytes are not kept. A file longer
// than its declared size is a *TooLargeError, a body that was cut off is a
// *TruncatedError. Whether the hash is the right one is for the caller to say.
func (x *Index) Download(ctx context.Context, f File) (Digest, error) {
	return x.stream(ctx, f, io.Discard)
}

// stream reads a file, hashes it, and passes its bytes on.
func (x *Index) stream(ctx context.Context, f File, into io.Writer) (Digest, error) {
	quiet, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// The time limit is for what is next to a silence: a large file may take long in honest work.
	watch := time.AfterFunc(x.conf.Timeout, func() { cancel(errSilence) })
	defer watch.Stop()
	req, err := x.request(quiet, f.URL, "*/*")
	if err != nil {
		return Digest{}, err
	}
	req.Header.Set("Accept-Encoding", "identity") // the bytes as stored, not as some cache packs them
	resp, err := x.client.Do(req)
	if err != nil {
		return Digest{}, unreachable(ctx, quiet, req.URL.Host, err)
	}
	defer resp.Body.Close()
	at := publicURL(resp.Request.URL)
	if resp.StatusCode != http.StatusOK {
		a := answer{url: at, status: resp.StatusCode, header: resp.Header}
		return Digest{}, a.failure(resp.Body, x.conf.Now())
	}
	limit := f.limit()
	if resp.ContentLength > limit {
		return Digest{}, &TooLargeError{at.String(), limit}
	}
	d, err := hashed(&pace{Reader: resp.Body, watch: watch, limit: x.conf.Timeout}, into, limit)
	var disk *os.PathError
	switch {
	case errors.As(err, &disk):
		return Digest{}, err
	case err != nil:
		return Digest{}, broken(ctx, quiet, at, err)
	}
	if d.Size > limit {
		return Digest{}, &TooLargeError{at.String(), limit}
	}
	return d, nil
}

func (f File) limit() int64 {
	if f.Size > 0 && f.Size < maxFile {
		return f.Size
	}
	return maxFile
}

func hashed(r io.Reader, into io.Writer, limit int64) (Digest, error) {
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(h, into), io.LimitReader(r, limit+1))
	return Digest{hex.EncodeToString(h.Sum(nil)), n}, err
}

// pulse puts the time limit off whenever bytes arrive.
type pulse struct {
	io.Reader
	watch *time.Timer
	limit time.Duration
}

func (p *pulse) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if n > 0 {
		p.watch.Reset(p.limit)
	}
	return n, err
}

// slowest is the rate, in bytes a second, below which a download is given up: a
// server that sends a byte now and then would keep it for ever.
const slowest = 1 << 10

// pace puts the time limit off whenever so much has arrived that the rate since
// the last time was not below the slowest. So a download ends, whatever is sent.
type pace struct {
	io.Reader
	watch *time.Timer
	limit time.Duration
	since float64 // bytes since the limit was put off
}

func (p *pace) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.since += float64(n)
	if n > 0 && p.since >= slowest*p.limit.Seconds() {
		p.watch.Reset(p.limit)
		p.since = 0
	}
	return n, err
}
