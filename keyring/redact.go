package keyring

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
)

// minHidden is the shortest value that is looked for, in bytes: hiding every
// "ab" would make a log unreadable and hide nothing. What is shorter is not
// hidden; no service gives out such a token.
const minHidden = 8

// maxKnown is how many values a Redactor looks for, the newest ones: a process
// that seals without end must not grow without end. A run seals a dozen.
const maxKnown = 512

// Redactor is the second net under everything that is written: it hides the
// values it was told of, in the forms they are found in, and what looks like a
// token. It is never the first: no secret is to come this far.
type Redactor struct {
	mu    sync.Mutex
	known []Secret
	table atomic.Pointer[table] // of what is known; nil until it is wanted
}

// Add makes a value known, to the writers there are as well.
func (r *Redactor) Add(s Secret) {
	if s.IsZero() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.known {
		if Same(r.known[len(r.known)-1-i], s) {
			return
		}
	}
	r.known = append(r.known[max(0, len(r.known)+1-maxKnown):], s)
	r.table.Store(nil)
}

// forms are those of everything that is known.
func (r *Redactor) forms() *table {
	if t := r.table.Load(); t != nil {
		return t
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := newTable(r.known)
	r.table.Store(t)
	return t
}

// Text gives a text that is whole without what is secret in it.
func (r *Redactor) Text(text string) string {
	var out bytes.Buffer
	d := redacted{r: r, held: []byte(text)}
	if d.scan(&out, true); d.hits == 0 {
		return text
	}
	return out.String()
}

// Writer gives a writer that hides. A piece that may be the beginning of a
// secret is held back until more comes, or Close, which does not close w. The
// end of a line begins no secret, so whole lines pass at once.
func (r *Redactor) Writer(w io.Writer) io.WriteCloser { return &redacted{r: r, w: w} }

type redacted struct {
	r      *Redactor
	w      io.Writer
	mu     sync.Mutex
	held   []byte
	before []byte          // the end of what was decided before
	eat    func(byte) bool // the rest of a token whose beginning was hidden
	hits   int
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
	n := d.scan(&out, last)
	d.before = append(d.before[:0], d.behind(n)...)
	left := copy(d.held, d.held[n:])
	clear(d.held[left:])
	d.held = d.held[:left]
	if out.Len() == 0 {
		return nil
	}
	_, err := d.w.Write(out.Bytes())
	return err
}

// behind is what stands right before the i-th byte that is held: as much as a
// URL's scheme takes that has a say in whether a name is hidden.
func (d *redacted) behind(i int) []byte {
	if i >= len(sshScheme) {
		return d.held[i-len(sshScheme) : i]
	}
	all := append(bytes.Clone(d.before), d.held[:i]...)
	return all[max(0, len(all)-len(sshScheme)):]
}

// scan writes what is decided, and says how much of what is held that was.
func (d *redacted) scan(out *bytes.Buffer, last bool) int {
	t := d.r.forms()
	i := 0
	for i < len(d.held) {
		if d.eat != nil && d.eat(d.held[i]) {
			i++
			continue
		}
		d.eat = nil
		n := t.plain(d.held[i:])
		out.Write(d.held[i : i+n])
		if i += n; i == len(d.held) {
			break
		}
		h, more := t.at(d.held[i:], d.behind(i), last)
		switch {
		case more:
			return i
		case h.length > 0:
			d.hits++
			out.Write(d.held[i : i+h.keep])
			out.WriteString(mask)
			d.eat = h.eat
			i += h.length
		default:
			out.WriteByte(d.held[i])
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
