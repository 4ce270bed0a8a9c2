package pypi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path"
	"strings"
	"unicode/utf8"
)

// Walk goes through the members in the order of the archive, by the rules under
// which it was opened, and gives the contents of each, which visit need not
// read. An error of visit ends the walk and is given back as it is; one that is
// the archive's own fault is an *ArtifactError. The end of ctx ends it as well, in
// the middle of a member if need be, and its cause is the error.
func (a *Artifact) Walk(ctx context.Context, visit func(Member, io.Reader) error) error {
	f, err := os.Open(a.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	var own error
	err = a.walk(ctx, f, func(m Member, r io.Reader) error {
		own = visit(m, r)
		return own
	})
	switch {
	case ctx.Err() != nil: // what could not be read for that is no fault of the archive
		return context.Cause(ctx)
	case err == nil || own != nil:
		return own
	}
	return a.wrong(err)
}

func (a *Artifact) walk(ctx context.Context, f *os.File, v visit) error {
	w := newWalker(ctx, f, a.Size, v)
	switch {
	case a.Kind == KindWheel:
		return w.zip()
	case strings.HasSuffix(a.File, ".tar.gz"):
		return w.tar()
	}
	return errors.New("source archives are .tar.gz: no index takes others any more")
}

// within gives a member's path in the project. An sdist lies in a folder, which
// does not count; what lies beside it is told apart by a beginning that no sound
// path has.
func (a *Artifact) within() func(Member) string {
	top := ""
	for _, m := range a.Members {
		if a.Kind == KindSdist && !m.Folder && m.Link == "" && a.isMetadata(m.Path) {
			top = path.Dir(m.Path) + "/"
		}
	}
	return func(m Member) string {
		if rest, ok := strings.CutPrefix(m.Path, top); ok {
			return rest
		}
		return "../" + m.Path
	}
}

// imprint tells contents apart.
type imprint struct {
	sha256 string // of a file's bytes, lower-case hex
	link   string // where a link leads, as it is written
}

// imprints are all members but folders, by their paths in the project.
func (a *Artifact) imprints(ctx context.Context) (map[string]imprint, error) {
	all, at := map[string]imprint{}, a.within()
	err := a.Walk(ctx, func(m Member, r io.Reader) error {
		if m.Folder {
			return nil
		}
		p := imprint{link: m.Link}
		if m.Link == "" {
			c, err := readContents(r, 0)
			if err != nil {
				return a.spoilt()
			}
			p.sha256 = c.sha256
		}
		all[at(m)] = p
		return nil
	})
	return all, err
}

func (a *Artifact) spoilt() error {
	return &ArtifactError{a.File, "holds a member that cannot be unpacked"}
}

// contents are the bytes of a file: their hash, and their beginning.
type contents struct {
	sha256 string
	size   int64
	start  []byte
}

// readContents reads to the end and keeps as many bytes as are wanted.
func readContents(r io.Reader, keep int64) (contents, error) {
	h := sha256.New()
	both := io.TeeReader(r, h)
	start, err := io.ReadAll(io.LimitReader(both, keep))
	if err != nil {
		return contents{}, err
	}
	rest, err := io.Copy(io.Discard, both)
	return contents{hex.EncodeToString(h.Sum(nil)), int64(len(start)) + rest, start}, err
}

// text is the whole of a file that is text; ok is false for any other.
func (c contents) text() (s string, ok bool) {
	if int64(len(c.start)) != c.size || bytes.IndexByte(c.start, 0) >= 0 || !utf8.Valid(c.start) {
		return "", false
	}
	return string(c.start), true
}

// heeding is a reader that ends with a context, so that no length of an archive
// keeps a person waiting who has had enough.
type heeding struct {
	ctx context.Context
	io.Reader
}

func (h heeding) Read(b []byte) (int, error) {
	if h.ctx.Err() != nil {
		return 0, context.Cause(h.ctx)
	}
	return h.Reader.Read(b)
}
