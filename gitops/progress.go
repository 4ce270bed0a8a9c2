package gitops

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"
)

// teller passes lines to a person, one at a time and until it is closed: what
// sends a request for us may outlive the operation.
type teller struct {
	mu sync.Mutex
	to func(line string) // nil: nobody listens
}

func (t *teller) say(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.to != nil {
		t.to(line)
	}
}

func (t *teller) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.to = nil
}

// upload is a request. What says how far it got may be nil.
type upload struct {
	data []byte
	say  func(line string)
}

// body reads the request from its beginning.
func (u upload) body() io.Reader {
	if u.say == nil {
		return bytes.NewReader(u.data)
	}
	return &meter{r: bytes.NewReader(u.data), say: u.say, total: len(u.data), told: time.Now()}
}

const tellEvery = time.Second

// meter tells how much of a request was taken.
type meter struct {
	r     *bytes.Reader
	say   func(string)
	total int
	told  time.Time
	whole bool
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	switch left := m.r.Len(); {
	case left == 0 && !m.whole:
		m.whole = true
		m.say("waiting for the server")
	case left > 0 && time.Since(m.told) >= tellEvery:
		m.told = time.Now()
		m.say(fmt.Sprintf("sent %s of %s", size(m.total-left), size(m.total)))
	}
	return n, err
}

// size is written as git writes it.
func size(n int) string {
	for _, unit := range []struct {
		name  string
		shift int
	}{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}} {
		if n > 1<<unit.shift {
			return fmt.Sprintf("%.2f %s", float64(n)/float64(int(1)<<unit.shift), unit.name)
		}
	}
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
