package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow/sandbox"
)

// tagRef is the tag of the sandbox's release.
const tagRef = "refs/tags/v" + sandbox.Version

// between lets something happen in the middle of the program's first look: after
// the refs were listed, and before CI answers.
type between struct {
	listed chan struct{}
	once   sync.Once
	ci     sync.Once
	happen func()
}

func (b *between) wrap(server string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asks := strings.Contains(r.UserAgent(), "ferry/")
		if server == "ci" && asks {
			b.ci.Do(func() {
				select {
				case <-b.listed:
				case <-r.Context().Done():
				}
				b.happen()
			})
		}
		h.ServeHTTP(w, r)
		if server == "remote" && asks && strings.HasSuffix(r.URL.Path, "/info/refs") {
			b.once.Do(func() { close(b.listed) })
		}
	})
}

// TestNobodyDeletedIt: another maintainer pushes in the middle of a look, so that
// the refs are of the time before, and CI's builds of the time after. That is no
// deletion: the look must not say so, and the run follows the other one.
func TestNobodyDeletedIt(t *testing.T) {
	for scenario, ref := range map[string]string{"happy-tag": tagRef, "happy": branchRef} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			b := &between{listed: make(chan struct{})}
			w := start(t, scenario, nil, b.wrap)
			b.happen = func() {
				if ref == tagRef {
					w.Remote.Tag(sandbox.Slug, ref, w.Commits[0], "Sam Maintainer", "sam@example.org", time.Now(), "1.4.0")
				} else {
					w.Remote.Tag(sandbox.Slug, "refs/releases/acme-core/1.4.0", w.Commits[0], "Sam Maintainer", "sam@example.org", time.Now(), "release")
					w.Remote.SetRef(sandbox.Slug, ref, w.Commits[0])
				}
				w.CI.Push(ref, nothing, w.Commits[0])
			}
			r := w.run("you", yes...)
			if r.code != 0 || !strings.Contains(r.err, "by Sam Maintainer at ") {
				t.Errorf("exit code %d\n%s", r.code, r.err)
			}
			if strings.Contains(r.err, "gone already") || strings.Contains(r.err, "deleted") || w.created(ref) != 0 {
				t.Errorf("pushed %d times; said\n%s", w.created(ref), r.err)
			}
		})
	}
}
