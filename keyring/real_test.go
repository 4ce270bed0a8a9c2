//go:build !darwin && !windows

package keyring

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	upload    = "https://upload.pypi.org/legacy/"
	tokenUser = "__token__"
	python    = "/usr/bin/python3"
)

// busConfig is a bus that starts no services by itself.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`

// desk is a session of its own: a bus, and folders that nobody else has.
type desk struct {
	t   *testing.T
	env []string
	get func(string) string
}

// need skips without a program, or fails where the real thing is required.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			absent(t, p+" is not installed (apt install dbus gnome-keyring python3-keyring)")
		}
	}
}

func absent(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("FERRY_REAL") == "require" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func session(t *testing.T) desk {
	t.Helper()
	need(t, "dbus-daemon")
	home := t.TempDir()
	conf := filepath.Join(home, "bus.conf")
	if err := os.WriteFile(conf, []byte(busConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "dbus-daemon", "--config-file="+conf, "--print-address=1", "--nofork", "--nopidfile")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	run(t, cmd)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the bus does not start: ", err)
	}
	vars := map[string]string{"DBUS_SESSION_BUS_ADDRESS": strings.TrimSpace(line), "HOME": home, "XDG_RUNTIME_DIR": home,
		"XDG_DATA_HOME": filepath.Join(home, "data"), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
	d := desk{t: t, get: func(k string) string { return vars[k] }}
	for k, v := range vars {
		d.env = append(d.env, k+"="+v)
	}
	return d
}

// run starts a program that ends with the test.
func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// gnome starts gnome-keyring with an unlocked collection.
func gnome(t *testing.T) (desk, *Store) {
	t.Helper()
	need(t, "gnome-keyring-daemon")
	d := session(t)
	cmd := exec.CommandContext(t.Context(), "gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	cmd.Env, cmd.Stdin = d.env, strings.NewReader("\n")
	run(t, cmd)
	s := System(d.get)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.Probe(ctx)
		if err == nil {
			return d, s
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			absent(t, "gnome-keyring does not start here: "+err.Error())
		}
	}
}

// py runs Python's keyring library in the same session.
func (d desk) py(code string, args ...string) string {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), python, append([]string{"-c", "import sys, keyring\n" + code}, args...)...)
	cmd.Env = d.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("python: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func needPython(t *testing.T) {
	t.Helper()
	if err := exec.CommandContext(t.Context(), python, "-c", "import keyring, secretstorage").Run(); err != nil {
		absent(t, "Python's keyring is not installed (apt install python3-keyring)")
	}
}

const (
	pySet   = "keyring.set_password(*sys.argv[1:4])"
	pyGet   = "print(keyring.get_password(*sys.argv[1:3]))"
	pyCount = `
import secretstorage
bus = secretstorage.dbus_init()
items = list(secretstorage.search_items(bus, {"service": sys.argv[1], "username": sys.argv[2]}))
print(len(items), *[i.get_label() + " " + str(sorted(i.get_attributes().items())) for i in items if "xdg:schema" in i.get_attributes() or True], sep="|")`
)

func value(t *testing.T, s Secret) (v string) {
	t.Helper()
	if err := s.Use(func(b []byte) error { v = string(b); return nil }); err != nil {
		t.Fatal(err)
	}
	return v
}

// holds asserts that both sides read the same one entry.
func (d desk) holds(s *Store, want string) {
	d.t.Helper()
	i, err := s.Look(d.t.Context(), upload, tokenUser)
	if err != nil {
		d.t.Fatal(err)
	}
	if got := value(d.t, i.Secret); got != want || i.Copies != 1 || i.Changed.IsZero() {
		d.t.Errorf("ferry: got %q of %d items, changed %v, want %q of one", got, i.Copies, i.Changed, want)
	}
	if got := d.py(pyGet, upload, tokenUser); got != want {
		d.t.Errorf("python: got %q, want %q", got, want)
	}
	if got := d.py(pyCount, upload, tokenUser); !strings.HasPrefix(got, "1|Password for '__token__' on 'https://upload.pypi.org/legacy/'") {
		d.t.Errorf("items: %s", got)
	}
}

func TestRealKeyring(t *testing.T) {
	t.Run("both directions", func(t *testing.T) {
		needPython(t)
		d, s := gnome(t)
		if _, err := s.Get(t.Context(), upload, tokenUser); !errors.Is(err, ErrNotFound) {
			t.Errorf("empty: %v", err)
		}
		for i, word := range []string{"py", "go", "go", "py", "py", "go", "py", "go"} {
			want := "pypi-AgEIcHlwaS5vcmc-" + word + string(rune('a'+i))
			if word == "py" {
				d.py(pySet, upload, tokenUser, want)
			} else if err := s.Set(t.Context(), upload, tokenUser, NewSecret(want)); err != nil {
				t.Fatal(err)
			}
			d.holds(s, want)
		}
		d.py("keyring.delete_password(*sys.argv[1:3])", upload, tokenUser)
		if _, err := s.Get(t.Context(), upload, tokenUser); !errors.Is(err, ErrNotFound) {
			t.Errorf("python deleted, and ferry finds: %v", err)
		}
		d.py(pySet, upload, tokenUser, "pypi-again")
		d.py(pySet, upload, "somebody", "else")
		if err := s.Delete(t.Context(), upload, tokenUser); err != nil {
			t.Fatal(err)
		}
		if got := d.py(pyGet, upload, tokenUser) + d.py(pyGet, upload, "somebody"); got != "Noneelse" {
			t.Errorf("after deleting: %s", got)
		}
		if err := s.Delete(t.Context(), upload, tokenUser); !errors.Is(err, ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
	})
	t.Run("two items become one", func(t *testing.T) {
		needPython(t)
		d, s := gnome(t)
		other := "import secretstorage\nbus = secretstorage.dbus_init()\nc = secretstorage.get_default_collection(bus)\n" +
			"c.create_item('x', {'service': sys.argv[1], 'username': sys.argv[2]}, b'pypi-old', replace=False)"
		d.py(other, upload, tokenUser)
		d.py(strings.ReplaceAll(other, "get_default_collection(bus)", "Collection(bus, '/org/freedesktop/secrets/collection/session')"), upload, tokenUser)
		d.py(pySet, upload, tokenUser, "pypi-second")
		i, err := s.Look(t.Context(), upload, tokenUser)
		if err != nil || i.Copies != 3 {
			t.Fatalf("%d items, %v", i.Copies, err)
		}
		if got := d.py(pyGet, upload, tokenUser); got != value(t, i.Secret) {
			t.Errorf("python reads %s, ferry another", got)
		}
		if err := s.Set(t.Context(), upload, tokenUser, NewSecret("pypi-one")); err != nil {
			t.Fatal(err)
		}
		d.holds(s, "pypi-one")
	})
	t.Run("twine finds what ferry stored", func(t *testing.T) {
		needPython(t)
		if err := exec.CommandContext(t.Context(), python, "-c", "import twine.auth").Run(); err != nil {
			absent(t, "twine is not installed (apt install twine)")
		}
		d, s := gnome(t)
		if err := s.Set(t.Context(), upload, tokenUser, NewSecret("pypi-for-twine")); err != nil {
			t.Fatal(err)
		}
		ask := "from twine import auth\nr = auth.Resolver({'repository': sys.argv[1]}, auth.CredentialInput(*sys.argv[2:]))\nprint(r.username, r.password)"
		for _, user := range [][]string{{}, {tokenUser}} {
			if got := d.py(ask, append([]string{upload}, user...)...); got != tokenUser+" pypi-for-twine" {
				t.Errorf("twine told %v: %s", user, got)
			}
		}
	})
	t.Run("Python's settings are obeyed", func(t *testing.T) {
		needPython(t)
		d, _ := gnome(t)
		for name, setting := range map[string]string{"KEYRING_PROPERTY_SCHEME": "KeePassXC", "KEYRING_PROPERTY_PREFERRED_COLLECTION": "/org/freedesktop/secrets/collection/session"} {
			told := desk{t: t, env: append([]string{name + "=" + setting}, d.env...)}
			s := System(func(k string) string {
				if k == name {
					return setting
				}
				return d.get(k)
			})
			if err := s.Set(t.Context(), upload, tokenUser, NewSecret("pypi-"+name)); err != nil {
				t.Fatal(name, err)
			}
			if got := told.py(pyGet, upload, tokenUser); got != "pypi-"+name {
				t.Errorf("%s: python reads %s", name, got)
			}
			told.py(pySet, upload, tokenUser, "pypi-back")
			if i, err := s.Look(t.Context(), upload, tokenUser); err != nil || value(t, i.Secret) != "pypi-back" || i.Copies != 1 {
				t.Errorf("%s: %d items, %v", name, i.Copies, err)
			}
		}
	})
	t.Run("damaged value", func(t *testing.T) {
		needPython(t)
		d, s := gnome(t)
		d.py(pySet, upload, tokenUser, "pypi-broken\n[evil]")
		_, err := s.Get(t.Context(), upload, tokenUser)
		var shape *ShapeError
		if !errors.As(err, &shape) || strings.Contains(err.Error(), "evil") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("locked", func(t *testing.T) {
		d, s := gnome(t)
		if err := s.Set(t.Context(), upload, tokenUser, NewSecret("pypi-locked")); err != nil {
			t.Fatal(err)
		}
		lock(t, d)
		if err := s.Probe(t.Context()); !errors.Is(err, ErrLocked) {
			t.Errorf("probe: %v", err)
		}
		// There is no screen for the window, which some versions say and others wait for.
		_, err := s.Get(t.Context(), upload, tokenUser)
		undecided(t, err)
		undecided(t, s.Set(t.Context(), upload, tokenUser, NewSecret("pypi-other")))
		undecided(t, s.Delete(t.Context(), upload, tokenUser))
	})
	t.Run("no service", func(t *testing.T) {
		d := session(t)
		if err := System(d.get).Probe(t.Context()); !errors.Is(err, ErrNoKeyring) {
			t.Errorf("got %v", err)
		}
	})
}

func undecided(t *testing.T, err error) {
	t.Helper()
	var late *TimeoutError
	if !errors.Is(err, ErrLocked) && !errors.As(err, &late) {
		t.Errorf("locked: got %v", err)
	}
}

func lock(t *testing.T, d desk) {
	t.Helper()
	bus, err := dbus.Connect(d.get("DBUS_SESSION_BUS_ADDRESS"))
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	if err := bus.Object(busName, servicePath).Call(serviceIface+".Lock", 0, []dbus.ObjectPath{defaultPath, "/org/freedesktop/secrets/collection/login"}).Store(&locked, &prompt); err != nil {
		t.Fatal(err)
	}
}
