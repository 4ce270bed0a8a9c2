package gittest

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"
)

// fetchRequest is a fetch as it came.
type fetchRequest struct {
	wants, shallow, haves []string
	caps                  []string
	depth                 int // 0: all of it
	done                  bool
}

func parseFetch(body []byte) (*fetchRequest, error) {
	f := &fetchRequest{}
	l := &lines{rest: body}
	wants, err := l.section()
	if err != nil {
		return nil, err
	}
	for i, line := range wants {
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case word == "want" && len(rest) >= 40:
			f.wants = append(f.wants, rest[:40])
			if i == 0 {
				f.caps = strings.Fields(rest[40:])
			}
		case word == "shallow":
			f.shallow = append(f.shallow, rest)
		case word == "deepen":
			f.depth, err = strconv.Atoi(rest)
		default:
			err = fmt.Errorf("unexpected line %q", line)
		}
		if err != nil {
			return nil, err
		}
	}
	return f, f.negotiation(l)
}

// negotiation reads what the client has.
func (f *fetchRequest) negotiation(l *lines) error {
	for {
		text, _, more, err := l.next()
		if err != nil || !more {
			return err
		}
		if sha, ok := strings.CutPrefix(text, "have "); ok {
			f.haves = append(f.haves, sha)
		}
		if text == "done" {
			f.done = true
			return nil
		}
	}
}

// upload answers a fetch. It speaks the simplest form: the first object that
// both sides have is acknowledged, and the rest is sent.
func (s *Server) upload(path string, body []byte) ([]byte, error) {
	f, err := parseFetch(body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repos[path]
	for _, want := range f.wants {
		if !r.offers(want) {
			return []byte(pkt("ERR upload-pack: not our ref %s", want)), nil
		}
	}
	sel := f.choice(r.objects)
	if err := sel.walk(f); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if f.depth > 0 {
		for _, h := range sel.edge {
			b.WriteString(pkt("shallow %s", h))
		}
		for _, sha := range f.shallow {
			if h := plumbing.NewHash(sha); sel.seen[h] && !slices.Contains(sel.edge, h) {
				b.WriteString(pkt("unshallow %s", h))
			}
		}
		b.WriteString(flush)
	}
	if !f.done && len(f.haves) == 0 {
		return b.Bytes(), nil // the client wanted the edge only
	}
	b.WriteString(f.acknowledge(r))
	if f.done {
		return append(b.Bytes(), f.pack(r, sel)...), nil
	}
	return b.Bytes(), nil
}

// offers says whether sha is the tip of a ref: that is all a client may want.
func (r *repository) offers(sha string) bool {
	for _, tip := range r.refs {
		if tip == sha {
			return true
		}
	}
	return false
}

func (f *fetchRequest) acknowledge(r *repository) string {
	for _, have := range f.haves {
		if r.objects.HasEncodedObject(plumbing.NewHash(have)) == nil {
			return pkt("ACK %s\n", have)
		}
	}
	return pkt("NAK\n")
}

func (f *fetchRequest) choice(objects *memory.Storage) *selection {
	sel := &selection{objects: both{memory.NewStorage(), objects}, seen: map[plumbing.Hash]bool{}, stop: map[plumbing.Hash]bool{}}
	for _, h := range f.shallow {
		sel.stop[plumbing.NewHash(h)] = true
	}
	return sel
}

// pack is what the client lacks, on the side band if it asked for one.
func (f *fetchRequest) pack(r *repository, sel *selection) []byte {
	var pack bytes.Buffer
	if _, err := packfile.NewEncoder(&pack, r.objects, true).Encode(sel.list, 0); err != nil {
		return []byte(pkt("ERR %s", err))
	}
	if !slices.Contains(f.caps, "side-band-64k") {
		return pack.Bytes()
	}
	return []byte(banded(1, pack.String()) + flush)
}
