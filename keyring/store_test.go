package keyring

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// memory is a keyring with the faults of real ones.
type memory struct {
	items   map[string]string
	forgets bool   // a dismissed window that was reported as success
	gives   string // instead of what is there
	err     error
	blocks  bool // and heeds nothing
}

func (m *memory) hold() {
	if m.blocks {
		select {}
	}
}

func (m *memory) find(_ context.Context, service, user string) (Item, error) {
	m.hold()
	v, ok := m.items[user+"@"+service]
	switch {
	case m.err != nil:
		return Item{}, m.err
	case !ok:
		return Item{}, ErrNotFound
	case m.gives != "":
		v = m.gives
	}
	return Item{Secret: NewSecret(v), Copies: 1}, nil
}

func (m *memory) store(_ context.Context, service, user string, s Secret) error {
	m.hold()
	if m.forgets {
		return nil
	}
	return errors.Join(m.err, s.Use(func(v []byte) error { m.items[user+"@"+service] = string(v); return nil }))
}

func (m *memory) remove(context.Context, string, string) error { m.hold(); return m.err }
func (m *memory) probe(context.Context) error                  { m.hold(); return m.err }

func TestStore(t *testing.T) {
	s := &Store{&memory{items: map[string]string{}}, verdict}
	if err := s.Set(t.Context(), "https://x/", "u", NewSecret("pypi-x")); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), "https://x/", "u")
	if err != nil || !Same(got, NewSecret("pypi-x")) {
		t.Errorf("got %v", err)
	}
	for _, names := range [][2]string{{"", "u"}, {"s", ""}, {"s\n", "u"}, {"s", "u\x00"}, {"\xff", "u"}} {
		var shape *ShapeError
		if _, err := s.Get(t.Context(), names[0], names[1]); !errors.As(err, &shape) {
			t.Errorf("%q: %v", names, err)
		}
	}
}

func TestReadBack(t *testing.T) {
	for name, m := range map[string]*memory{
		"nothing kept": {items: map[string]string{}, forgets: true},
		"another kept": {items: map[string]string{}, gives: "pypi-other"},
		"the old kept": {items: map[string]string{"u@s": "pypi-old"}, forgets: true},
	} {
		err := (&Store{m, verdict}).Set(t.Context(), "s", "u", NewSecret("pypi-new"))
		var not *NotStoredError
		if !errors.As(err, &not) || strings.Contains(err.Error(), "pypi-") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// shapes are values that no token has; none may be stored, read or shown.
var shapes = map[string]string{
	"line break": "pypi-a\n[evil]", "return": "pypi-a\r", "escape": "pypi-\x1b[2J", "zero": "pypi-\x00a", "delete": "pypi-\x7f",
	"C1": "pypi-\u009b", "space before": " pypi-a", "space after": "pypi-a ", "no-break space": "\u00a0pypi-a", "not UTF-8": "pypi-\xff",
	"large": strings.Repeat("a", maxValue+1), "tab": "pypi-\ta",
}

func TestShapes(t *testing.T) {
	for name, v := range shapes {
		stored := &memory{items: map[string]string{}}
		set := (&Store{stored, verdict}).Set(t.Context(), "s", "u", NewSecret(v))
		_, get := (&Store{&memory{items: map[string]string{"u@s": v}}, verdict}).Get(t.Context(), "s", "u")
		for _, err := range []error{set, get, Check(NewSecret(v))} {
			var shape *ShapeError
			var big *TooBigError
			if !errors.As(err, &shape) && !errors.As(err, &big) || strings.Contains(fmt.Sprintf("%v %+v", err, err), "pypi") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(stored.items) != 0 {
			t.Errorf("%s was stored", name)
		}
	}
	if err := Check(Secret{}); err == nil {
		t.Error("an empty secret passes")
	}
	if err := Check(NewSecret("a b ü")); err != nil {
		t.Errorf("a password: %v", err)
	}
}

// TestStoreThatHeedsNothing: the verdict comes without the keyring's help.
func TestStoreThatHeedsNothing(t *testing.T) {
	s := &Store{&memory{blocks: true}, time.Millisecond}
	var late *TimeoutError
	if err := s.Probe(t.Context()); !errors.As(err, &late) || late.Op != "probe" || !strings.HasPrefix(err.Error(), "waiting for the keyring") {
		t.Errorf("got %v", err)
	}
	if _, err := s.Get(t.Context(), "s", "u"); !errors.As(err, &late) || late.Op != "read" {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("left")
	cancel(why)
	if err := (&Store{&memory{blocks: true}, time.Hour}).Set(ctx, "s", "u", NewSecret("x")); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

func TestEnds(t *testing.T) {
	for v, want := range map[string]string{"": "0 ", "pypi-short": "10 ", strings.Repeat("x", 30) + "ab12": "34 ab12"} {
		n, ends := Ends(NewSecret(v))
		if got := fmt.Sprint(n, " ", ends); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
