//go:build !darwin && !windows

package keyring

import (
	"errors"
	"testing"

	"github.com/godbus/dbus/v5"
)

const (
	windowPath = dbus.ObjectPath("/org/freedesktop/secrets/prompt/1")
	itemPath   = dbus.ObjectPath("/org/freedesktop/secrets/collection/x/1")
)

// desktop is a Secret Service that shows a window for everything. The person
// closes it, or agrees, and nothing is kept all the same.
type desktop struct {
	bus    *dbus.Conn
	closed bool
	locked bool
}

func (desktop) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	return dbus.MakeVariant(""), "/org/freedesktop/secrets/session/1", nil
}

func (d desktop) SearchItems(map[string]string) ([]dbus.ObjectPath, []dbus.ObjectPath, *dbus.Error) {
	if d.locked {
		return nil, []dbus.ObjectPath{itemPath}, nil
	}
	return nil, nil, nil
}

func (desktop) Unlock([]dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	return nil, windowPath, nil
}

func (d desktop) Prompt(string) *dbus.Error {
	if err := d.bus.Emit(windowPath, promptIface+".Completed", d.closed, dbus.MakeVariant(itemPath)); err != nil {
		return dbus.MakeFailedError(err)
	}
	return nil
}

func (desktop) Dismiss() *dbus.Error { return nil }

// folder is its collection.
type folder struct{ locked bool }

func (folder) SearchItems(map[string]string) ([]dbus.ObjectPath, *dbus.Error) { return nil, nil }

func (f folder) Get(string, string) (dbus.Variant, *dbus.Error) {
	return dbus.MakeVariant(f.locked), nil
}

// parcel is how a secret travels on the bus.
type parcel struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

func (folder) CreateItem(map[string]dbus.Variant, parcel, bool) (dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	return nowhere, windowPath, nil
}

// windows is a session with such a service.
func windows(t *testing.T, closed, locked bool) *Store {
	t.Helper()
	d := session(t)
	bus, err := dbus.Connect(d.get("DBUS_SESSION_BUS_ADDRESS"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	service, f := desktop{bus, closed, locked}, folder{locked}
	for _, e := range []struct {
		path  dbus.ObjectPath
		iface string
		table map[string]any
	}{
		{servicePath, serviceIface, map[string]any{"OpenSession": service.OpenSession, "SearchItems": service.SearchItems, "Unlock": service.Unlock}},
		{windowPath, promptIface, map[string]any{"Prompt": service.Prompt, "Dismiss": service.Dismiss}},
		{defaultPath, collectIface, map[string]any{"CreateItem": f.CreateItem, "SearchItems": f.SearchItems}},
		{defaultPath, "org.freedesktop.DBus.Properties", map[string]any{"Get": f.Get}},
		{itemPath, "org.freedesktop.DBus.Properties", map[string]any{"Get": f.Get}},
	} {
		if err := bus.ExportMethodTable(e.table, e.path, e.iface); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := bus.RequestName(busName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return System(d.get)
}

// TestRealWindowClosed: a person who closes the window stores nothing and reads
// nothing, and that is not taken for success.
func TestRealWindowClosed(t *testing.T) {
	s := windows(t, true, false)
	if err := s.Set(t.Context(), upload, tokenUser, NewSecret("pypi-x")); !errors.Is(err, ErrLocked) {
		t.Errorf("write: %v", err)
	}
	s = windows(t, true, true)
	if _, err := s.Get(t.Context(), upload, tokenUser); !errors.Is(err, ErrLocked) {
		t.Errorf("read: %v", err)
	}
	if err := s.Delete(t.Context(), upload, tokenUser); !errors.Is(err, ErrLocked) {
		t.Errorf("delete: %v", err)
	}
}

// TestRealWindowAgreedInVain: the service says that it stored, and gives nothing
// back; it says that it unlocked, and is locked.
func TestRealWindowAgreedInVain(t *testing.T) {
	var not *NotStoredError
	if err := windows(t, false, false).Set(t.Context(), upload, tokenUser, NewSecret("pypi-x")); !errors.As(err, &not) {
		t.Errorf("write: %v", err)
	}
	if _, err := windows(t, false, true).Get(t.Context(), upload, tokenUser); !errors.Is(err, ErrLocked) {
		t.Errorf("read: %v", err)
	}
}
