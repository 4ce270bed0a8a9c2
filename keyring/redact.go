package keyring

import (
	"bytes"
	"io"
	"sync"
)

// minHidden is the shortest value that is looked for: hiding every "ab" would
// make a log unreadable and hide nothing.
const minHidden = 4

// Redactor is the second net under everything that is written: it hides the
// values it was told of, in the forms they are found in, and what looks like a
// token. It is never the first: no secret is to come this far.
type Redactor struct {
	mu    sync.RWMutex
	forms [256][][]byte // by their first byte
}

// Add makes a value known, to the writers there are as well.
func (r *Redactor) Add(s Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = s.Use(func(v []byte) error {
		if len(v) < minHidden {
			return nil
		}
		for _, f := range forms(v) {
			r.forms[f[0]] = append(r.forms[f[0]], f)
		}
		return nil
	})
}

// Writer gives a writer that hides. A piece that may be the beginning of a
// secret is held back until more comes, or Close, which does not close w. The
// end of a line begins no secret, so whole lines pass at once.
func (r *Redactor) Writer(w io.Writer) io.WriteCloser { return &redacted{r: r, w: w} }

type redacted struct {
	r    *Redactor
	w    io.Writer
	mu   sync.Mutex
	held []byte
	eat  func(byte) bool // the rest of a token whose beginning was hidden
}

// Write takes all of p, or says what w said.
func (d *redacted) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held = append(d.held, p...)
	return len(p), d.pass(false)
}

// Close writes what was held back.
func (d *redacted) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pass(true)
}

func (d *redacted) pass(last bool) error {
	var out bytes.Buffer
	d.r.mu.RLock()
	n := d.scan(&out, last)
	d.r.mu.RUnlock()
	left := copy(d.held, d.held[n:])
	clear(d.held[left:])
	d.held = d.held[:left]
	if out.Len() == 0 {
		return nil
	}
	_, err := d.w.Write(out.Bytes())
	return err
}

// scan writes what is decided, and says how much of what is held that was.
func (d *redacted) scan(out *bytes.Buffer, last bool) int {
	i := 0
	for i < len(d.held) {
		b := d.held[i]
		if d.eat != nil && d.eat(b) {
			i++
			continue
		}
		d.eat = nil
		h, more := d.r.at(d.held[i:], last)
		switch {
		case more:
			return i
		case h.length > 0:
			out.Write(d.held[i : i+h.keep])
			out.WriteString(mask)
			d.eat = h.eat
			i += h.length
		default:
			out.WriteByte(b)
			i++
		}
	}
	return i
}

// hit is a secret at the beginning of a text.
type hit struct {
	keep   int // bytes that are shown
	length int // bytes in all
	eat    func(byte) bool
}

// at looks whether a secret begins at the beginning of b. more says that this
// depends on what comes.
func (r *Redactor) at(b []byte, last bool) (h hit, more bool) {
	for _, f := range r.forms[b[0]] {
		switch {
		case bytes.HasPrefix(b, f):
			h.length = max(h.length, len(f))
		case !last && bytes.HasPrefix(f, b):
			more = true
		}
	}
	if more || h.length > 0 {
		return h, more
	}
	return pattern(b, last)
}
