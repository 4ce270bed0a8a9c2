package steps_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/pypi/pypitest"
)

// dial is one thing in the world of a release that can be good or go wrong; its
// positions are counted from the good one.
const (
	sdistJSON = iota // the file on the page: there, absent, with another hash
	sdistSimple
	wheelJSON
	wheelSimple
	sdistBytes // right, unreadable, wrong
	wheelBytes
	pageJSON // fresh, so old that absence does not count, unreadable
	pageSimple
	jobLog  // prints the right hashes, a wrong one
	service // CI: every job final, one runs, unreadable
	dials
)

// world is a position of every dial.
type dialled [dials]int

var positions = dialled{3, 3, 3, 3, 3, 3, 3, 3, 2, 3}

// What a cell can be, from the worst to the best.
const (
	differs = iota
	missing
	unread
	late
	good
)

// cells are what a world really shows: whether a file is missing or only late
// depends on its page and on CI, and whether it is downloaded on all pages.
func (d dialled) cells() (out []int) {
	file := func(on, page int) int {
		switch {
		case d[page] == 2:
			return unread
		case d[on] == 0:
			return good
		case d[on] == 2:
			return differs
		case d[page] == 1 || d[service] != 0:
			return late
		}
		return missing
	}
	pages := []int{file(sdistJSON, pageJSON), file(sdistSimple, pageSimple), file(wheelJSON, pageJSON), file(wheelSimple, pageSimple)}
	settled := !slices.Contains(pages, late) && !slices.Contains(pages, unread) // else nothing is downloaded
	out = pages
	for i, b := range []int{sdistBytes, wheelBytes} {
		if !settled || pages[2*i] == missing && pages[2*i+1] == missing {
			out = append(out, late)
			continue
		}
		out = append(out, []int{good, unread, differs}[d[b]])
	}
	log := []int{good, differs}[d[jobLog]]
	if d[service] == 2 {
		log = unread
	}
	return append(out, log, []int{good, late, unread}[d[service]])
}

// worse says whether no cell of a is better than in b.
func worse(a, b []int) bool {
	for i := range a {
		if a[i] > b[i] {
			return false
		}
	}
	return true
}

var ranks = map[flow.Status]int{flow.Done: 3, flow.Underway: 2, flow.Todo: 2, flow.Unknown: 1, flow.Failed: 0, flow.Conflict: 0}

// bench for each log and state of CI; the index is turned on them.
func (d dialled) bench(t *testing.T, made map[string]*bench) *bench {
	key := fmt.Sprint(d[jobLog], d[service])
	if made[key] != nil {
		return made[key]
	}
	b := newBench(t, options{})
	log, state := uploads(sdist, wheel), ci.StatePassed
	if d[jobLog] == 1 {
		log = strings.ReplaceAll(log, hashOf(wheel), strings.Repeat("ab", 32))
	}
	if d[service] == 1 {
		state = ci.StateRunning
	}
	for _, h := range []happens{claim(1, ours, 9*hour), branch(ours), logged(ours, 2*hour, log, ci.StatePassed, state), published(3*hour, sdist, wheel)} {
		h(b)
	}
	if d[service] == 2 {
		b.shut("ci", "500")
	}
	made[key] = b
	return b
}

func hashOf(name string) string { return fmt.Sprintf("%x", sha256.Sum256(dist(name).Data)) }

// turn bends the index's answers as the dials say.
func (d dialled) turn(b *bench) {
	b.index.ClearFaults()
	paths := downloads(b)
	for i, name := range []string{sdist, wheel} {
		switch d[sdistBytes+i] {
		case 1:
			b.index.Fault(pypitest.Fault{Path: paths[name], Times: -1, Status: 503})
		case 2:
			b.index.Fault(pypitest.Fault{Path: paths[name], Times: -1, Mangle: pypitest.WrongBytes})
		}
	}
	for page, path := range map[int]string{pageJSON: "/pypi/", pageSimple: "/simple/"} {
		f := pypitest.Fault{Path: path, Times: -1, Mangle: func(body []byte) []byte {
			for i, name := range []string{sdist, wheel} {
				switch d[sdistJSON+2*i+page-pageJSON] {
				case 1:
					body = bytes.ReplaceAll(body, []byte(`"filename":"`+name), []byte(`"filename":"other-1.whl.`))
				case 2:
					body = bytes.ReplaceAll(body, []byte(hashOf(name)), []byte(strings.Repeat("cd", 32)))
				}
			}
			return body
		}}
		switch d[page] {
		case 1:
			f.Header = map[string]string{"Age": "99999999"}
		case 2:
			f.Mangle, f.Status = nil, 503
		}
		b.index.Fault(f)
	}
}

var link = regexp.MustCompile(`http://index\.test(/packages/[^"]+)`)

// downloads gives the path of each file on the index.
func downloads(b *bench) map[string]string {
	r := httptest.NewRequest(http.MethodGet, "http://index.test/pypi/"+project+"/"+version+"/json", nil)
	rec := httptest.NewRecorder()
	b.index.ServeHTTP(rec, r)
	out := map[string]string{}
	for _, m := range link.FindAllStringSubmatch(rec.Body.String(), -1) {
		out[m[1][strings.LastIndex(m[1], "/")+1:]] = m[1]
	}
	return out
}

// TestVerdictIsMonotone: no cell that goes worse makes the verdict better, and
// it is done only where every cell is good.
func TestVerdictIsMonotone(t *testing.T) {
	type seen struct {
		at    dialled
		cells []int
		found flow.Finding
	}
	var all []seen
	made, known := map[string]*bench{}, map[dialled]bool{}
	for _, d := range worlds() {
		if known[d] {
			continue
		}
		known[d] = true
		b := d.bench(t, made)
		d.turn(b)
		s := seen{d, d.cells(), b.observe(flow.ConfirmIndex)}
		all = append(all, s)
		if whole := worse(dialled{}.cells(), s.cells); (s.found.Status == flow.Done) != whole {
			t.Errorf("%v %v is %s: %s", d, s.cells, s.found.Status, s.found.Text)
		}
	}
	compared := 0
	for _, a := range all {
		for _, b := range all {
			if a.at == b.at || !worse(a.cells, b.cells) {
				continue
			}
			compared++
			if ranks[a.found.Status] > ranks[b.found.Status] {
				t.Errorf("%v is worse than\n%v but %s\nrather than %s: %s", a.cells, b.cells, a.found.Status, b.found.Status, b.found.Text)
			}
		}
	}
	if compared < 2000 {
		t.Errorf("only %d pairs could be compared", compared)
	}
	t.Logf("%d worlds, %d pairs", len(all), compared)
}

// worlds are the good one, all with one or two things wrong, and chains that go
// on from there.
func worlds() []dialled {
	out := []dialled{{}}
	for i := range dials {
		for p := 1; p < positions[i]; p++ {
			one := dialled{}
			one[i] = p
			out = append(out, one)
			for j := range i {
				for q := 1; q < positions[j]; q++ {
					two := one
					two[j] = q
					out = append(out, two)
				}
			}
		}
	}
	random := rand.New(rand.NewPCG(4, 20))
	for range 60 {
		d := out[random.IntN(len(out))]
		for range 4 {
			i := random.IntN(dials)
			d[i] = random.IntN(positions[i])
			out = append(out, d)
		}
	}
	return out
}
