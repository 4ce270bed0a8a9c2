package ci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
)

// Keeper is a provider that keeps files of builds for a while.
type Keeper interface {
	// Artifacts are those that it lists of a build; an empty answer is a positive
	// one. A server that lists none by its API gives an UnsupportedError.
	Artifacts(ctx context.Context, b Build) ([]Artifact, error)
	// OpenArtifact gives one as a zip archive, of at most MaxArtifact bytes: a longer
	// one, and one that is cut off, ends with a MalformedError, and so does whatever
	// comes in its place. One that is kept no longer is a NotFoundError, and a
	// provider that wants a token for it gives a NeedsTokenError. Nothing but ctx
	// bounds the time.
	OpenArtifact(ctx context.Context, a Artifact) (io.ReadCloser, error)
}

// Artifact is an archive that a provider keeps. Its name is text from outside.
type Artifact struct {
	ID, Name string
	Size     int64 // in bytes, as the provider says; 0 if it does not
	Expired  bool
}

// MaxArtifact bounds how much of an archive is read.
const MaxArtifact = 1 << 30

// maxStores is how often a store may send on to another one.
const maxStores = 3

// Open asks for a file at url, and gives its bytes as they come. What the provider
// sends on to, its store, is asked by another client and is told nothing but our name:
// that client must know no token.
func (c Client) Open(ctx context.Context, url, what string, store *http.Client, agent string) (io.ReadCloser, error) {
	patient := c
	patient.HTTP = untimed(c.HTTP)
	res, err := patient.send(ctx, Request{URL: url, What: what}, nil)
	if err != nil {
		return nil, err
	}
	if !sentOn(res.StatusCode) {
		return c.file(res, what)
	}
	_ = res.Body.Close()
	to, err := elsewhere(res)
	if err != nil {
		return nil, &MalformedError{c.Provider, err}
	}
	return OpenStored(ctx, c.Provider, to, what, store, agent)
}

// OpenStored gives the bytes of a file in a provider's store, at an address that the
// provider gave.
func OpenStored(ctx context.Context, provider string, at *url.URL, what string, store *http.Client, agent string) (io.ReadCloser, error) {
	c := Client{Provider: provider, HTTP: untimed(store), Prepare: func(r *http.Request) error {
		r.Header.Set("User-Agent", agent)
		return nil
	}}
	for range maxStores {
		res, err := c.send(ctx, Request{URL: at.String(), What: what}, nil)
		if err != nil {
			return nil, err
		}
		if !sentOn(res.StatusCode) {
			return c.file(res, what)
		}
		_ = res.Body.Close()
		if at, err = elsewhere(res); err != nil {
			return nil, &MalformedError{provider, err}
		}
	}
	return nil, &MalformedError{provider, fmt.Errorf("%s is sent on from store to store", what)}
}

// untimed is a client like c that lets a long file come as slowly as the caller does.
func untimed(c *http.Client) *http.Client {
	out := http.Client{}
	if c != nil {
		out = *c
	}
	out.Timeout = 0
	return &out
}

func sentOn(status int) bool {
	return slices.Contains([]int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}, status)
}

// elsewhere is where an answer sends on to: never from an address that is encrypted to
// one that is not.
func elsewhere(res *http.Response) (*url.URL, error) {
	to, err := res.Location()
	switch {
	case err != nil:
		return nil, err
	case to.Scheme != "https" && to.Scheme != res.Request.URL.Scheme || to.Host == "" || to.User != nil:
		return nil, fmt.Errorf("redirected to %q, which is not followed", to)
	}
	return to, nil
}

// file is the body of an answer, if it is one.
func (c Client) file(res *http.Response, what string) (io.ReadCloser, error) {
	if res.StatusCode == http.StatusOK && res.ContentLength <= MaxArtifact {
		return &bytesOf{body: res.Body, client: c, what: what, left: MaxArtifact}, nil
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusOK {
		return nil, tooLong(c.Provider, what)
	}
	said, _ := io.ReadAll(io.LimitReader(res.Body, maxMessage)) // for the words alone
	return nil, Refusal(c.Provider, what, res, said)
}

func tooLong(provider, what string) error {
	return &MalformedError{provider, fmt.Errorf("%s is longer than %d bytes", what, MaxArtifact)}
}

// bytesOf is a file on its way. Its errors are those of this package.
type bytesOf struct {
	body   io.ReadCloser
	client Client
	what   string
	left   int64
}

func (b *bytesOf) Read(p []byte) (int, error) {
	n, err := b.body.Read(p[:min(int64(len(p)), b.left+1)])
	b.left -= int64(n)
	switch {
	case b.left < 0:
		return 0, tooLong(b.client.Provider, b.what)
	case err != nil && !errors.Is(err, io.EOF):
		return n, b.client.cutOff(err)
	}
	return n, err
}

func (b *bytesOf) Close() error { return b.body.Close() }
