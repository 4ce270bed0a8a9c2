package gittest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"

	"ferry/gitops"
)

// order is one command of a push, and the reason it was refused, if it was.
type order struct{ ref, old, next, reason string }

// pushRequest is a push as it came.
type pushRequest struct {
	orders []*order
	caps   []string
	pack   []byte
}

func parsePush(body []byte) (*pushRequest, error) {
	l := &lines{rest: body}
	section, err := l.section()
	if err != nil {
		return nil, err
	}
	p := &pushRequest{pack: l.rest}
	for _, line := range section {
		if strings.HasPrefix(line, "shallow ") {
			continue
		}
		line, caps, ok := strings.Cut(line, "\x00")
		if ok {
			p.caps = strings.Fields(caps)
		}
		f := strings.SplitN(line, " ", 3)
		if len(f) != 3 || len(f[0]) != 40 || len(f[1]) != 40 || f[0] == zero && f[1] == zero {
			return nil, errors.New("malformed command")
		}
		p.orders = append(p.orders, &order{ref: f[2], old: f[0], next: f[1]})
	}
	return p, nil
}

// receive carries a push out and gives the report. What the hooks have to say
// goes before it, on the side band.
func (x *exchange) receive(body []byte) ([]byte, error) {
	if string(body) == flush { // git asks first whether it may come in
		return nil, nil
	}
	p, err := parsePush(body)
	if err != nil || len(p.orders) == 0 {
		return nil, errors.Join(errors.New("no commands"), err)
	}
	fresh, err := p.unpack()
	unpacked := "ok"
	text := ""
	if err != nil {
		unpacked = err.Error()
		p.refuse("unpacker error")
	} else {
		text = x.hook(p)
		text += x.commit(p, fresh)
	}
	return p.report(unpacked, text, x.mute), nil
}

// unpack reads the pack into a place of its own: a refused push leaves nothing.
func (p *pushRequest) unpack() (*memory.Storage, error) {
	fresh := memory.NewStorage()
	creates := slices.ContainsFunc(p.orders, func(o *order) bool { return o.next != zero })
	if !creates {
		return fresh, nil
	}
	if !isPack(p.pack) {
		return nil, errors.New("no pack")
	}
	parser, err := packfile.NewParserWithStorage(packfile.NewScanner(bytes.NewReader(p.pack)), fresh)
	if err != nil {
		return nil, err
	}
	if _, err := parser.Parse(); err != nil && !errors.Is(err, packfile.ErrEmptyPackfile) {
		return nil, err
	}
	return fresh, nil
}

func (p *pushRequest) refuse(reason string) {
	for _, o := range p.orders {
		if o.reason == "" {
			o.reason = reason
		}
	}
}

func (x *exchange) update(o *order) Update {
	user, _, _ := x.r.BasicAuth()
	return Update{x.path, o.ref, o.old, o.next, x.server.options.Now(), true, user}
}

// hook runs the pre-receive hook: one no declines the whole push.
func (x *exchange) hook(p *pushRequest) string {
	text := x.decline
	for _, o := range p.orders {
		if x.server.options.Hook != nil && text == "" {
			if err := x.server.options.Hook(x.update(o)); err != nil {
				text = err.Error()
			}
		}
	}
	if text != "" {
		p.refuse("pre-receive hook declined")
		return text + "\n"
	}
	return ""
}

// commit changes the refs, each only if it is what the client believes it is.
// It gives what git would print meanwhile.
func (x *exchange) commit(p *pushRequest, fresh *memory.Storage) string {
	var text strings.Builder
	var done []Update
	s := x.server
	s.mu.Lock()
	r := s.repos[x.path]
	for _, o := range p.orders {
		if o.reason == "" {
			text.WriteString(r.judge(o, fresh))
		}
	}
	bad := slices.ContainsFunc(p.orders, func(o *order) bool { return o.reason != "" })
	if bad && slices.Contains(p.caps, "atomic") {
		p.refuse("atomic push failure")
	}
	for _, o := range p.orders {
		if o.reason == "" {
			r.take(fresh)
			r.set(o.ref, o.next)
			done = append(done, x.update(o))
		}
	}
	s.mu.Unlock()
	s.note(done...)
	return text.String()
}

// judge compares an order with the refs there are.
func (r *repository) judge(o *order, fresh *memory.Storage) string {
	have := r.at(o.ref)
	switch {
	case gitops.ValidRef(o.ref) != nil:
		o.reason = "funny refname"
	case o.next == zero && o.ref == r.head:
		o.reason = "deletion of the current branch prohibited"
	case o.old == zero && have != zero:
		o.reason = "reference already exists"
		return fmt.Sprintf("error: cannot lock ref '%s': reference already exists\n", o.ref)
	case have != o.old:
		o.reason = "failed to update ref"
		if have == zero {
			return fmt.Sprintf("error: cannot lock ref '%s': unable to resolve reference '%s'\n", o.ref, o.ref)
		}
		return fmt.Sprintf("error: cannot lock ref '%s': is at %s but expected %s\n", o.ref, have, o.old)
	case r.blocked(o):
		o.reason = "failed to update ref"
		return fmt.Sprintf("error: cannot lock ref '%s': another ref is in the way\n", o.ref)
	case o.next != zero && !r.connected(o.next, fresh):
		o.reason = "missing necessary objects"
	}
	return ""
}

// blocked finds a ref that would have to be a folder and a file at once.
func (r *repository) blocked(o *order) bool {
	if o.next == zero {
		return false
	}
	for ref := range r.refs {
		if strings.HasPrefix(ref, o.ref+"/") || strings.HasPrefix(o.ref, ref+"/") {
			return true
		}
	}
	return false
}

// take keeps the objects of a push.
func (r *repository) take(fresh *memory.Storage) {
	for _, o := range fresh.Objects {
		_, _ = r.objects.SetEncodedObject(o)
	}
}

// connected says whether everything that sha needs is here or in the push.
func (r *repository) connected(sha string, fresh *memory.Storage) bool {
	s := &selection{objects: both{fresh, r.objects}, seen: map[plumbing.Hash]bool{}}
	for _, tip := range r.refs {
		s.seen[plumbing.NewHash(tip)] = true // what a ref holds is whole
	}
	return s.add(plumbing.NewHash(sha), 0) == nil
}

// both looks in the push first.
type both struct{ fresh, old *memory.Storage }

func (b both) get(h plumbing.Hash) (plumbing.EncodedObject, error) {
	if o, err := b.fresh.EncodedObject(plumbing.AnyObject, h); err == nil {
		return o, nil
	}
	return b.old.EncodedObject(plumbing.AnyObject, h)
}

func (p *pushRequest) report(unpacked, text string, mute bool) []byte {
	side := slices.Contains(p.caps, "side-band-64k")
	var report strings.Builder
	report.WriteString(pkt("unpack %s\n", unpacked))
	for _, o := range p.orders {
		if o.reason == "" {
			report.WriteString(pkt("ok %s\n", o.ref))
		} else {
			report.WriteString(pkt("ng %s %s\n", o.ref, o.reason))
		}
	}
	out := report.String() + flush
	if mute || !slices.Contains(p.caps, "report-status") {
		out = ""
	}
	if side {
		out = banded(2, text) + banded(1, out) + flush
	}
	return []byte(out)
}
