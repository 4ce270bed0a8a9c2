//go:build !darwin && !windows

package keyring

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// stuck is a Secret Service that takes every call and ends none, or that shows
// a window which nobody answers.
type stuck struct {
	quit   <-chan struct{}
	window bool
	asked  chan<- struct{}
	gone   chan<- struct{}
}

func (s stuck) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	if !s.window {
		<-s.quit
	}
	return dbus.MakeVariant(""), "/org/freedesktop/secrets/session/1", nil
}

func (s stuck) SearchItems(map[string]string) ([]dbus.ObjectPath, []dbus.ObjectPath, *dbus.Error) {
	return nil, []dbus.ObjectPath{"/org/freedesktop/secrets/collection/x/1"}, nil
}

func (s stuck) Unlock([]dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	return nil, "/org/freedesktop/secrets/prompt/1", nil
}

func (s stuck) Prompt(string) *dbus.Error {
	s.asked <- struct{}{}
	return nil
}

func (s stuck) Dismiss() *dbus.Error {
	s.gone <- struct{}{}
	return nil
}

func fake(t *testing.T, window bool) (s *Store, shown, gone chan struct{}) {
	t.Helper()
	d := session(t)
	bus, err := dbus.Connect(d.get("DBUS_SESSION_BUS_ADDRESS"))
	if err != nil {
		t.Fatal(err)
	}
	quit, shown, gone := make(chan struct{}), make(chan struct{}, 9), make(chan struct{}, 9)
	t.Cleanup(func() { close(quit); _ = bus.Close() })
	service := stuck{quit, window, shown, gone}
	for path, iface := range map[dbus.ObjectPath]string{servicePath: serviceIface, "/org/freedesktop/secrets/prompt/1": promptIface} {
		if err := bus.Export(service, path, iface); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := bus.RequestName(busName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return System(d.get), shown, gone
}

func timedOut(t *testing.T, err error) {
	t.Helper()
	var late *TimeoutError
	if !errors.As(err, &late) {
		t.Errorf("got %v", err)
	}
}

// everyCall makes each kind of call once.
func everyCall(ctx context.Context, s *Store) map[string]error {
	_, get := s.Get(ctx, upload, tokenUser)
	return map[string]error{"get": get, "set": s.Set(ctx, upload, tokenUser, NewSecret("pypi-x")), "delete": s.Delete(ctx, upload, tokenUser), "probe": s.Probe(ctx)}
}

func TestRealKeyringThatHangs(t *testing.T) {
	s, _, _ := fake(t, false)
	if s.limit > 3*time.Second {
		t.Errorf("a verdict takes %s", s.limit)
	}
	s.limit = 50 * time.Millisecond
	for op, err := range everyCall(t.Context(), s) {
		t.Run(op, func(t *testing.T) { timedOut(t, err) })
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the person left")
	cancel(why)
	for op, err := range everyCall(ctx, s) {
		if !errors.Is(err, why) {
			t.Errorf("%s: %v", op, err)
		}
	}
}

// TestRealPromptThatNobodyAnswers: the window is taken away again, so that
// nothing is unlocked, or stored, after the verdict.
func TestRealPromptThatNobodyAnswers(t *testing.T) {
	s, shown, gone := fake(t, true)
	s.limit = 300 * time.Millisecond
	_, err := s.Get(t.Context(), upload, tokenUser)
	timedOut(t, err)
	happens(t, "the window", shown)
	happens(t, "its end", gone)
	told := make(chan struct{}, 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	why := errors.New("ctrl-c")
	patient := Patient(ctx, time.Hour, func() { told <- struct{}{}; cancel(why) })
	if _, err := s.Get(patient, upload, tokenUser); !errors.Is(err, why) {
		t.Errorf("a person who leaves: %v", err)
	}
	happens(t, "the word to the person", told)
	happens(t, "the second end", gone)
}

func happens(t *testing.T, what string, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(20 * time.Second):
		t.Fatal(what, " never comes")
	}
}

func TestNoBusNoLauncher(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir) // where no dbus-launch is, nor anything that could be started
	for name, vars := range map[string]map[string]string{
		"nothing is set":  {},
		"no such socket":  {"XDG_RUNTIME_DIR": dir},
		"relative folder": {"XDG_RUNTIME_DIR": "."},
		"autolaunch":      {"DBUS_SESSION_BUS_ADDRESS": "autolaunch:"},
		"bad address":     {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"},
		"nonsense":        {"DBUS_SESSION_BUS_ADDRESS": "%%%"},
	} {
		s := System(func(k string) string { return vars[k] })
		for op, err := range everyCall(t.Context(), s) {
			if !errors.Is(err, ErrNoKeyring) {
				t.Errorf("%s, %s: %v", name, op, err)
			}
		}
	}
}

// TestSilentBus: a socket that takes the connection and says nothing.
func TestSilentBus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	s := System(func(k string) string { return map[string]string{"XDG_RUNTIME_DIR": filepath.Dir(path)}[k] })
	s.limit = 50 * time.Millisecond
	timedOut(t, s.Probe(t.Context()))
}
