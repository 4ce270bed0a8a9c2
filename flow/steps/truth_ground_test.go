package steps_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/plans"
	"ferry/flow/steps"
	"ferry/gitops"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// ground is a bench that is turned from world to world without being built anew:
// its CI answers in memory, and its index from recorded pages of the strict fake.
type ground struct {
	*bench
	crew  *crew
	shelf *shelf
	plans map[who]flow.Plan
	held  int                        // claims of the group, which stay
	hands map[who]steps.DeleteBranch // of another process, which remembers its deletions
}

// crew is a CI that answers in memory.
type crew struct {
	name   string
	builds []ci.Build
	err    error
	logs   map[string]string

	printed string // by every job that ended
}

func (c *crew) Name() string { return c.name }

func (c *crew) Builds(_ context.Context, q ci.Query) (out []ci.Build, err error) {
	for _, b := range c.builds {
		if b.Ref == q.Ref && (q.SHA == "" || q.SHA == b.SHA) {
			out = append(out, b)
		}
	}
	return out, c.err
}

func (c *crew) Log(_ context.Context, j ci.Job, _ int64) (ci.LogChunk, error) {
	return ci.LogChunk{Text: []byte(c.logs[j.ID]), Complete: true}, c.err
}

// shelf answers from the strict fake's pages, each rendered once.
type shelf struct {
	indexes map[content]*pypitest.Server
	now     place

	mu   sync.Mutex // the pages are asked for side by side
	kept map[string]rendered
}

// rendered is one answer of the strict fake.
type rendered struct {
	code   int
	header http.Header
	body   []byte
}

// page is what the strict fake answers; asked for once.
func (s *shelf) page(shows content, r *http.Request) rendered {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := string(shows) + r.URL.Path + r.Header.Get("Accept")
	if _, known := s.kept[key]; !known {
		asked := r.Clone(r.Context())
		asked.Body = http.NoBody
		asked.Header.Del("If-None-Match")
		answer := httptest.NewRecorder()
		s.indexes[shows].ServeHTTP(answer, asked)
		s.kept[key] = rendered{answer.Code, answer.Header(), answer.Body.Bytes()}
	}
	return s.kept[key]
}

func (s *shelf) RoundTrip(r *http.Request) (*http.Response, error) {
	surface, shows, old := s.surface(r.URL.Path)
	if s.now.down == surface {
		return &http.Response{StatusCode: 503, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	kept := s.page(shows, r)
	body, header := bytes.Clone(kept.body), kept.header.Clone()
	if surface == "bytes" && s.now.content == rotten && strings.HasSuffix(r.URL.Path, wheel) {
		body = pypitest.WrongBytes(body)
	}
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	if old {
		header.Set("Age", "99999999")
	}
	return &http.Response{
		StatusCode: kept.code, Header: header, Request: r,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(kept.body)),
	}, nil
}

// surface says which page is asked for, and what it shows now.
func (s *shelf) surface(path string) (name string, shows content, old bool) {
	name, old = "bytes", false
	switch {
	case strings.HasPrefix(path, "/pypi/"):
		name, old = "json", s.now.old.json()
	case strings.HasPrefix(path, "/simple/"):
		name, old = "simple", s.now.old.simple()
	}
	if old {
		return name, nothing, true
	}
	return name, s.now.content, false
}

// indexOf is an index that holds a content, besides an older release.
func indexOf(t *testing.T, c content) *pypitest.Server {
	s := pypitest.New(pypitest.Options{})
	name, data := pypitest.Sdist(project, "1.3.0", day, nil)
	s.Publish(project, "1.3.0", ago(48*hour), pypitest.File{Name: name, Data: data})
	files := map[content][]pypitest.File{nothing: nil, half: {dist(sdist)}, more: {dist(sdist), dist(wheel), dist(linux)}, swapped: {dist(sdist), another(wheel)}}
	put, special := files[c]
	if !special {
		put = []pypitest.File{dist(sdist), dist(wheel)}
	}
	if len(put) > 0 {
		s.Publish(project, version, ago(3*hour), put...)
	}
	switch c {
	case takenBack:
		must(t, s.Yank(project, version, "broken"))
	case quarantined:
		must(t, s.Quarantine(project, "malware"))
	}
	return s
}

func newGround(t *testing.T, g group) *ground {
	o := options{byTag: g.setting == tagging, noCI: g.setting == alone, noClaim: g.setting == unclaiming}
	if o.noCI {
		o.artifacts = []string{"sdist", "wheel"}
	}
	y := &ground{bench: newBench(t, o), plans: map[who]flow.Plan{}, hands: map[who]steps.DeleteBranch{}}
	y.shelf = &shelf{indexes: map[content]*pypitest.Server{}, kept: map[string]rendered{}}
	for _, c := range contents {
		y.shelf.indexes[c] = indexOf(t, c)
	}
	y.world.Index = pypi.NewIndex(pypi.Config{Name: "pypi", Simple: "http://index.test/simple/", JSON: "http://index.test/pypi/", Transport: y.shelf})
	if !o.noCI {
		y.crew = &crew{name: y.world.CI[0].Name(), printed: uploads(sdist, wheel)}
		y.world.CI = []ci.Provider{y.crew}
	}
	for i, c := range g.claims {
		claim(i+1, c.by, c.age)(y.bench)
	}
	y.held = len(g.claims)
	y.aimBoth()
	return y
}

func attemptRef(n int) string {
	if n == 1 {
		return claimRef
	}
	return fmt.Sprintf("%s@%d", claimRef, n)
}

// aimBoth makes both maintainers' plans. What only looks at the work tree, the
// remote's kind and the CI files is good, for nothing in these worlds bears on it.
func (y *ground) aimBoth() {
	elsewhere := y.world
	var err error
	elsewhere.Remote, err = y.world.Repo.Remote("origin", gitops.RemoteOptions{Timeout: 10 * time.Second})
	must(y.t, err)
	for _, w := range []who{ours, theirs} {
		target, err := y.world.Aim(y.t.Context(), y.intent, y.commit(w))
		must(y.t, err)
		p := plans.For(y.world, target)
		for i, n := range p.Nodes {
			if n.ID == flow.CheckTree || n.ID == flow.CheckRemote || n.ID == flow.CheckCI {
				p.Nodes[i].Step = granted{}
			}
		}
		y.plans[w], y.hands[w] = p, steps.DeleteBranch{World: elsewhere, Target: target}
	}
}

// granted is a check that is good.
type granted struct{}

func (granted) Observe(context.Context) flow.Finding {
	return flow.Finding{Status: flow.Done, Text: "granted"}
}
func (granted) Run(context.Context, flow.Log) error { return nil }

// turn makes the ground that world.
func (y *ground) turn(p place) {
	y.shelf.now = p
	y.shut("git", "")
	if p.down == "git" {
		y.shut("git", "500")
	}
	ref := y.target.Ref
	switch p.branch {
	case nowhere:
		y.git.DeleteRef(slug, ref)
	case lightly:
		y.git.SetRef(slug, ref, y.commit(ours))
	default:
		y.put(ref, map[where]who{atOurs: ours, atTheirs: theirs}[p.branch])
	}
	y.contest(p)
	if y.crew != nil {
		y.crew.turn(y.bench, p)
	}
}

// contest makes the claims that a world has besides its group's.
func (y *ground) contest(p place) {
	for i := y.held; i < max(len(p.claims), y.held+1); i++ {
		if i < len(p.claims) {
			claim(i+1, p.claims[i].by, p.claims[i].age)(y.bench)
			continue
		}
		y.git.DeleteRef(slug, attemptRef(i+1))
	}
}

// put sets the release ref; a tag is an annotated one.
func (y *ground) put(ref string, at who) {
	if strings.HasPrefix(ref, "refs/tags/") {
		tag(at)(y.bench)
		return
	}
	y.git.SetRef(slug, ref, y.commit(at))
}

func (c *crew) turn(b *bench, p place) {
	c.builds, c.err, c.logs = nil, nil, map[string]string{}
	if p.down == "ci" {
		c.err = &ci.UnreachableError{Provider: c.name, Err: io.ErrUnexpectedEOF}
	}
	for i, r := range p.builds {
		x := ci.Build{ID: fmt.Sprint(i), Number: fmt.Sprint(9 - i), Ref: b.target.Ref, SHA: b.commit(r.of), Event: "push", State: whole(r.states), Created: ago(r.ago + hour), Started: ago(r.ago + hour)}
		for k, s := range r.states {
			j := ci.Job{ID: fmt.Sprintf("%d.%d", i, k), Name: fmt.Sprintf("py3%d", k+9), State: s, Started: x.Started}
			if s.Final() {
				j.Ended = ago(r.ago)
				c.logs[j.ID] = c.printed
			}
			x.Jobs = append(x.Jobs, j)
		}
		if x.State.Final() {
			x.Ended = ago(r.ago)
		}
		c.builds = append(c.builds, x)
	}
}
