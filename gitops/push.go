package gitops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// command is one order to the server: the ref changes from old to next, or not
// at all. A zero old creates, a zero next deletes, and what has neither is an Advance;
// the server judges under its lock. There is no other kind.
type command struct{ ref, old, next string }

func (c command) creates() bool { return c.old == zeroSHA }
func (c command) deletes() bool { return c.next == zeroSHA }

// Create makes ref at sha, where no ref of that name is. An error says that it
// was not made, but for *UncertainError: then list the refs again. progress
// gets what the server says meanwhile, raw; it may be nil.
func (m *Remote) Create(ctx context.Context, ref, sha string, progress func(line string)) error {
	if err := errors.Join(ValidRef(ref), checkSHA(sha)); err != nil {
		return err
	}
	return m.update(ctx, command{ref, zeroSHA, sha}, newOverlay(m.repo.store), progress)
}

// Delete removes ref if it is still at old. Errors are those of Create, with
// *MovedError in the place of *ExistsError.
func (m *Remote) Delete(ctx context.Context, ref, old string, progress func(line string)) error {
	if err := errors.Join(ValidRef(ref), checkSHA(old)); err != nil {
		return err
	}
	return m.update(ctx, command{ref, old, zeroSHA}, newOverlay(m.repo.store), progress)
}

// push is one update of a ref on its way.
type push struct {
	command
	remote   *Remote
	objects  overlay
	tracked  []plumbing.Hash // what the remote had when it was last fetched
	progress func(line string)
}

// update sends the command. The first pack leaves out what the remote showed
// last time; if it misses something after all, it says so before it changes
// anything, and the second pack holds everything.
func (m *Remote) update(ctx context.Context, c command, objects overlay, progress func(string)) error {
	if err := m.unsigned(); err != nil {
		return err
	}
	if err := m.runHook(ctx, c, objects, progress); err != nil {
		return err
	}
	ctx, done := m.limit(ctx)
	defer done()
	lines := &teller{to: progress}
	defer lines.close()
	p := &push{c, m, objects, m.trackingTips(), lines.say}
	err := p.attempt(ctx)
	var refused *RefusedError
	if len(p.tracked) > 0 && errors.As(err, &refused) && lacksObjects(refused) {
		p.tracked = nil
		err = p.attempt(ctx)
	}
	return err
}

// unsigned refuses where the person wants every push to be signed. A server that
// wants that too says so itself.
func (m *Remote) unsigned() error {
	if truth(m.repo.settings().last("push.gpgsign")) {
		return &UnsupportedError{"push.gpgSign=true: a push is not signed here, only tags are; push.gpgSign=if-asked or false lets it go"}
	}
	return nil
}

// lacksObjects tells a remote that could not put the pack together.
func lacksObjects(e *RefusedError) bool {
	return strings.Contains(e.Reason, "missing necessary objects") || strings.HasPrefix(e.Reason, "unpack")
}

// trackingTips are the commits the remote had when it was last fetched.
func (m *Remote) trackingTips() []plumbing.Hash {
	var tips []plumbing.Hash
	for _, ref := range m.repo.store.references() {
		if ref.Type() == plumbing.HashReference && strings.HasPrefix(ref.Name().String(), "refs/remotes/"+m.name+"/") {
			tips = append(tips, ref.Hash())
		}
	}
	return tips
}

func (p *push) attempt(ctx context.Context) error {
	s, err := p.remote.dial(ctx, writeService)
	if err != nil {
		return err
	}
	defer s.close()
	if err := p.allowed(s.list()); err != nil {
		return err
	}
	if p.deletes() {
		p.remote.found.Store(command{ref: p.ref, old: p.old}, true)
	}
	request, err := p.request(ctx, s.list())
	if err != nil {
		return err
	}
	answer, maybeSent, err := s.exchange(ctx, request)
	switch {
	case err != nil && !maybeSent:
		return p.remote.explain(ctx, err)
	case err != nil:
		return &UncertainError{p.ref, p.remote.explain(ctx, err)}
	}
	return p.verdict(ctx, s.list(), answer)
}

// allowed compares the command with what the server listed a moment ago: what
// it would refuse need not be sent.
func (c command) allowed(a *advert) error {
	have := a.at(c.ref)
	switch {
	case c.creates() && have != "":
		return &ExistsError{c.ref, have}
	case !c.creates() && have != c.old:
		return &MovedError{c.ref, c.old, have}
	case c.deletes() && !a.can("delete-refs"):
		return &RefusedError{Ref: c.ref, Reason: "the server deletes no refs"}
	}
	if !c.creates() {
		return nil
	}
	for _, ref := range a.refs { // git keeps refs like files in folders
		if strings.HasPrefix(ref.Name, c.ref+"/") || strings.HasPrefix(c.ref, ref.Name+"/") {
			return &RefusedError{Ref: c.ref, Reason: ref.Name + " is in the way"}
		}
	}
	return nil
}

func (p *push) request(ctx context.Context, a *advert) (upload, error) {
	var b bytes.Buffer
	writePkt(&b, "%s %s %s\x00%s", p.old, p.next, p.ref, p.remote.capabilities(a, "report-status", "side-band-64k"))
	b.WriteString(flushPkt)
	if p.next == zeroSHA {
		return upload{data: b.Bytes()}, nil
	}
	objects, err := p.pack(ctx, &b, a)
	if err == nil && objects > 0 {
		p.progress(fmt.Sprintf("sending %s, %s", counted(objects, "object"), size(b.Len())))
	}
	return upload{b.Bytes(), p.progress}, err
}

// capabilities asks for those that the server offers.
func (m *Remote) capabilities(a *advert, wanted ...string) string {
	var have []string
	for _, w := range wanted {
		if a.can(w) {
			have = append(have, w)
		}
	}
	if a.can("agent") {
		have = append(have, "agent="+strings.ReplaceAll(first(m.options.UserAgent, "git/ferry"), " ", "-"))
	}
	return " " + strings.Join(have, " ")
}

// verdict reads the server's report. Whatever is no clean report is uncertain.
func (p *push) verdict(ctx context.Context, a *advert, answer io.Reader) error {
	r := &reply{progress: p.progress}
	err := r.read(answer, a.can("side-band-64k"))
	reason, ok := parseReport(r.data.Bytes(), p.ref)
	switch {
	case ok && reason == "":
		return nil // reported done; what broke afterwards changes nothing
	case ok:
		return p.refusal(reason, r.lines)
	case err == nil:
		err = errNoReport
	}
	return &UncertainError{p.ref, p.remote.explain(ctx, err)}
}

var errNoReport = errors.New("the server sent no report")

// lockedAt is how git tells who won a race for a ref.
var lockedAt = regexp.MustCompile(`is at ([0-9a-f]{40}) but expected`)

// refusal puts the server's no into the form that tells a lost race from a rule.
func (c command) refusal(reason string, text []string) error {
	all := reason + "\n" + strings.Join(text, "\n")
	have := ""
	if m := lockedAt.FindStringSubmatch(all); m != nil {
		have = m[1]
	}
	raced := have != "" || strings.Contains(all, "reference already exists") ||
		strings.Contains(all, "incorrect old value provided") || strings.Contains(all, "unable to resolve reference")
	switch {
	case raced && c.creates():
		return &ExistsError{c.ref, have}
	case raced:
		return &MovedError{c.ref, c.old, have}
	}
	return &RefusedError{c.ref, reason, text, kindOf(c.ref, all)}
}

// parseReport finds the report on ref: "" for done, else the reason against it.
func parseReport(data []byte, ref string) (reason string, ok bool) {
	p := newPackets(bytes.NewReader(data))
	for {
		line, flush, err := p.line()
		if err != nil || flush {
			return reason, ok
		}
		if why, bad := strings.CutPrefix(line, "unpack "); bad && why != "ok" {
			return "unpack: " + why, true
		}
		if line == "ok "+ref {
			return "", true
		}
		if why, bad := strings.CutPrefix(line, "ng "+ref+" "); bad {
			return why, true
		}
	}
}

// checkTarget keeps a tag from standing for what is no commit.
func checkTarget(objects overlay, target string) error {
	o, err := objects.EncodedObject(plumbing.AnyObject, plumbing.NewHash(target))
	if err == nil && o.Type() != plumbing.CommitObject {
		return fmt.Errorf("%s is a %s, not a commit", target, o.Type())
	}
	return nil
}
