package gitops

import (
	"bytes"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"
)

// What a fetched commit may weigh, as it comes and unpacked.
const (
	maxFetch    = 64 << 20
	maxUnpacked = 256 << 20
	maxObjects  = 200_000
)

// unpack reads a pack into memory. Its size is added up first, because a pack
// of a few megabytes can unpack to as many gigabytes.
func unpack(pack []byte) (*memory.Storage, error) {
	if err := weigh(pack); err != nil {
		return nil, err
	}
	objects := memory.NewStorage()
	p, err := packfile.NewParserWithStorage(packfile.NewScanner(bytes.NewReader(pack)), objects)
	if err != nil {
		return nil, fmt.Errorf("reading the pack: %w", err)
	}
	if _, err := p.Parse(); err != nil {
		return nil, fmt.Errorf("reading the pack: %w", err)
	}
	return objects, nil
}

func weigh(pack []byte) error {
	s := packfile.NewScanner(bytes.NewReader(pack))
	_, count, err := s.Header()
	if err != nil {
		return fmt.Errorf("reading the pack: %w", err)
	}
	if count > maxObjects {
		return fmt.Errorf("the pack: %w", ErrTooBig)
	}
	total := int64(0)
	for range count {
		size, err := objectSize(s)
		if err != nil {
			return fmt.Errorf("reading the pack: %w", err)
		}
		if total += size; size < 0 || total > maxUnpacked {
			return fmt.Errorf("the pack: %w", ErrTooBig)
		}
	}
	return nil
}

// objectSize is what the next object of the pack becomes: for a delta that is
// the size its head promises, which go-git holds it to.
func objectSize(s *packfile.Scanner) (int64, error) {
	h, err := s.NextObjectHeader()
	if err != nil {
		return 0, err
	}
	if h.Length > maxUnpacked || h.Length < 0 {
		return 0, ErrTooBig
	}
	if h.Type != plumbing.OFSDeltaObject && h.Type != plumbing.REFDeltaObject {
		return h.Length, nil // the scanner passes over the content by itself
	}
	start := &beginning{}
	if _, _, err := s.NextObject(start); err != nil {
		return 0, err
	}
	_, rest := varint(start.b)
	size, _ := varint(rest)
	return h.Length + size, nil
}

// beginning keeps the first bytes of a stream: two varints fit in them.
type beginning struct{ b []byte }

var _ io.Writer = (*beginning)(nil)

func (w *beginning) Write(p []byte) (int, error) {
	if room := 20 - len(w.b); room > 0 {
		w.b = append(w.b, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

func varint(b []byte) (int64, []byte) {
	var n int64
	for i, c := range b {
		n |= int64(c&0x7f) << (7 * i)
		if c&0x80 == 0 {
			return n, b[i+1:]
		}
	}
	return n, nil
}
