package gitops

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// What is kept of what a server says, and of what it answers.
const (
	maxProgress = 64 << 10
	maxReport   = 1 << 20
)

// reply takes a side-band answer apart: data for us, progress for people.
type reply struct {
	progress func(string)
	room     int // how much data may still come; 0: maxReport
	data     bytes.Buffer
	lines    []string // what the server said, raw
	partial  []byte
	heard    int
}

// read reads to the end of the answer.
func (r *reply) read(answer io.Reader, banded bool) error {
	if r.room == 0 {
		r.room = maxReport
	}
	if !banded {
		n, err := r.data.ReadFrom(io.LimitReader(answer, int64(r.room)))
		if err == nil && n == int64(r.room) {
			err = ErrTooBig
		}
		return err
	}
	defer r.flush()
	return r.bands(newPackets(answer))
}

func (r *reply) bands(p *packets) error {
	budget := r.room + maxReport // progress counts too: a gigabyte of it is no answer
	for {
		b, err := p.next()
		if err != nil {
			return whole(err)
		}
		if b == nil {
			return nil
		}
		if budget -= len(b); budget < 0 || len(b) == 0 {
			return fmt.Errorf("the server's answer: %w", ErrTooBig)
		}
		switch b[0] {
		case 1:
			r.data.Write(b[1:])
		case 2:
			r.hear(b[1:])
		case 3:
			r.hear(append(b[1:], '\n'))
			return &serverError{strings.TrimSpace(string(b[1:]))}
		default:
			return fmt.Errorf("%w: side band %d", errMalformed, b[0])
		}
	}
}

// hear cuts progress into lines. A carriage return ends one too: git redraws
// its counters with it.
func (r *reply) hear(b []byte) {
	if r.heard >= maxProgress {
		return
	}
	b = b[:min(len(b), maxProgress-r.heard)]
	r.heard += len(b)
	r.partial = append(r.partial, b...)
	for {
		i := bytes.IndexAny(r.partial, "\r\n")
		if i < 0 {
			return
		}
		r.say(string(r.partial[:i]))
		r.partial = r.partial[i+1:]
	}
}

// Write takes what a program of ours says in the same way.
func (r *reply) Write(b []byte) (int, error) {
	r.hear(b)
	return len(b), nil
}

func (r *reply) flush() {
	r.say(string(r.partial))
	r.partial = nil
}

func (r *reply) say(line string) {
	if line == "" {
		return
	}
	r.lines = append(r.lines, line)
	if r.progress != nil {
		r.progress(line)
	}
}
