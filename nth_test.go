package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// nth counts the program's requests to each service, and breaks one of them, once.
type nth struct {
	port  string // git, ci or index; "" only counts
	n     int    // from 1
	fault func(http.ResponseWriter, *http.Request)

	mu    sync.Mutex
	seen  map[string]int
	broke bool
}

func (b *nth) wrap(port string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.UserAgent(), "ferry/") && b.mine(port) {
			b.fault(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (b *nth) mine(port string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen == nil {
		b.seen = map[string]int{}
	}
	b.seen[port]++
	mine := port == b.port && b.seen[port] == b.n
	b.broke = b.broke || mine
	return mine
}

// breaks are the ways in which a request fails. Each reads the request first, and
// none hands it on.
var breaks = map[string]func(http.ResponseWriter, *http.Request){
	"500": func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		http.Error(w, "out of order", http.StatusInternalServerError)
	},
	"reset": func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		reset(conn)
	},
	"hang": func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	},
}

// TestEveryRequestFailsOnce breaks the n-th request to every service, for every n
// of a release, in every way. A run that stops says what is true and what to type;
// what it says leads to the right end.
func TestEveryRequestFailsOnce(t *testing.T) {
	count := &nth{}
	h := wrapHarbour(t, somePace(rand.New(rand.NewPCG(0, 12))), count.wrap)
	if r := finish(t, h.command("you", yes...)); r.code != 0 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	all := os.Getenv("FERRY_NTH") == "all"
	var faults, went atomic.Int64
	t.Run("requests", func(t *testing.T) {
		for _, port := range []string{"git", "ci", "index"} {
			for n := 1; n <= count.seen[port]; n++ {
				for _, how := range []string{"500", "reset", "hang"} {
					if !all && (how == "hang" || (n+len(port))%20 != 0) { // a hanging request takes half a minute
						continue
					}
					t.Run(fmt.Sprintf("%s %d %s", port, n, how), func(t *testing.T) {
						t.Parallel()
						b := &nth{port: port, n: n, fault: breaks[how]}
						h := wrapHarbour(t, somePace(rand.New(rand.NewPCG(uint64(n), 12))), b.wrap)
						r := finish(t, h.command("you", yes...))
						if !b.broke { // a quicker world needs fewer looks
							t.Skipf("only %d requests to %s", b.seen[port], port)
						}
						faults.Add(1)
						if r.code == 0 {
							went.Add(1)
						}
						h.stoppedTruly(r)
						h.endsRight([]string{"you", "sam"}[n%2])
					})
				}
			}
		}
	})
	t.Logf("%d faults, after %d of which the same run went on to the end; requests of a release: %v", faults.Load(), went.Load(), count.seen)
}

// stoppedTruly wants a run to end done where everything is done, and else to name
// a command that can be typed.
func (h *harbour) stoppedTruly(r result) {
	h.t.Helper()
	if r.code == 0 {
		if h.where() != "deleted" {
			h.t.Errorf("it says that it is done: %s\n%s", h.where(), r.err)
		}
		return
	}
	if !slices.Contains([]int{1, 4, 8, 9}, r.code) || !strings.Contains(r.err, "  now ") {
		h.t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	_, next, ok := strings.Cut(r.err, "  next ")
	line, _, _ := strings.Cut(strings.TrimSpace(next), "\n")
	if !ok || line == "" {
		h.t.Fatalf("exit code %d names no way out\n%s", r.code, r.err)
	}
	words := strings.Fields(line)
	if words[0] != "ferry" || strings.ContainsAny(line, "'\"<|&") {
		return // for a person, or for a shell
	}
	if typed := finish(h.t, h.command("you", words[1:]...)); typed.code >= 64 {
		h.t.Errorf("%s: exit code %d\n%s", line, typed.code, typed.err)
	}
}
