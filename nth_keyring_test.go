package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// busCutter stands between the program and its bus, on which the keyring is. It
// breaks the n-th thing that the program says there, once: the line is cut, or
// nothing more is carried on it.
type busCutter struct {
	to   string
	n    int // 0 only counts
	hang bool

	mu   sync.Mutex
	on   bool
	seen int
}

func (b *busCutter) listen(t *testing.T, dir string) (address string) {
	t.Helper()
	path := filepath.Join(dir, "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	t.Cleanup(func() { close(done); _ = l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { b.carry(client, done) })
		}
	})
	return "unix:path=" + path
}

func (b *busCutter) carry(client net.Conn, done <-chan struct{}) {
	bus, err := net.Dial("unix", b.to)
	if err != nil {
		_ = client.Close()
		return
	}
	stop := sync.OnceFunc(func() { _ = client.Close(); _ = bus.Close() })
	ended := make(chan struct{})
	go func() {
		select {
		case <-done:
			stop()
		case <-ended:
		}
	}()
	var wg sync.WaitGroup
	wg.Go(func() { b.copy(client, bus, false); stop() })
	b.copy(bus, client, true)
	stop()
	wg.Wait()
	close(ended)
}

func (b *busCutter) copy(to, from net.Conn, asks bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if asks && b.mine() {
			if !b.hang {
				return
			}
			continue // it is swallowed, and the asker waits
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// end lets everything pass from now on.
func (b *busCutter) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.on = false
}

func (b *busCutter) mine() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen++
	return b.on && b.seen == b.n
}

// keyed is a harbour whose CI token is in a keyring and nowhere else.
func keyed(t *testing.T, seed uint64, bus string, b *busCutter) (*harbour, func(who string, args ...string) *exec.Cmd) {
	t.Helper()
	h := startHarbour(t, somePace(rand.New(rand.NewPCG(seed, 15))))
	b.to = strings.TrimPrefix(strings.SplitN(bus, ",", 2)[0], "unix:path=")
	address := b.listen(t, h.Dir)
	return h, func(who string, args ...string) *exec.Cmd {
		cmd := h.command(who, args...)
		cmd.Env = append(without(cmd.Env, "TRAVIS_TOKEN", "DBUS_SESSION_BUS_ADDRESS"), "DBUS_SESSION_BUS_ADDRESS="+address, "FERRY_CI_PROVIDER=travis")
		return cmd
	}
}

// login puts the token into the keyring, for the CI of this harbour.
func (b *busCutter) login(t *testing.T, ferry func(who string, args ...string) *exec.Cmd) {
	t.Helper()
	end := time.After(20 * time.Second)
	for {
		cmd := ferry("you", "auth", "login", "travis", "--plain")
		cmd.Stdin = strings.NewReader(harbourToken + "\n")
		r := finish(t, cmd)
		if r.code == 0 {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-end:
			t.Log(r.err)
			missing(t, "a gnome-keyring that starts")
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen, b.on = 0, true
}

// TestTheKeyringFailsOnce breaks the n-th thing that is said to a real keyring,
// for every n of a release that has its CI token there. The release ends right,
// or stops and says what to do; the next run ends right.
func TestTheKeyringFailsOnce(t *testing.T) {
	bus, _ := privateBus(t)
	count := &busCutter{}
	h, ferry := keyed(t, 0, bus, count)
	count.login(t, ferry)
	if r := finish(t, ferry("you", yes...)); r.code != 0 {
		t.Fatalf("exit code %d\n%s", r.code, r.err)
	}
	h.judge()
	if count.seen == 0 {
		t.Fatal("the keyring was not asked")
	}
	t.Logf("a release says %d things to the keyring", count.seen)
	for n := 1; n <= count.seen; n++ {
		for _, hang := range []bool{false, true} {
			if os.Getenv("FERRY_NTH") != "all" && (hang || n%5 != 0) {
				continue
			}
			t.Run(fmt.Sprintf("%d hang=%v", n, hang), func(t *testing.T) {
				t.Parallel()
				b := &busCutter{n: n, hang: hang}
				h, ferry := keyed(t, uint64(n), bus, b)
				b.login(t, ferry)
				r := finish(t, ferry("you", yes...))
				if r.code == 0 && h.where() != "deleted" || !slices.Contains([]int{0, 1, 4, 8, 9}, r.code) || r.code != 0 && !strings.Contains(r.err, "  next ") {
					t.Errorf("exit code %d\n%s", r.code, r.err)
				}
				b.end()
				if r := finish(t, ferry("you", yes...)); r.code != 0 {
					t.Errorf("the next run: exit code %d\n%s", r.code, r.err)
				}
				h.judge()
			})
		}
	}
}
