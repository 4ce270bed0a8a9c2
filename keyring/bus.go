//go:build !darwin && !windows

package keyring

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"
	ss "github.com/zalando/go-keyring/secret_service"
)

// The names of the Secret Service on the bus.
const (
	busName        = "org.freedesktop.secrets"
	servicePath    = dbus.ObjectPath("/org/freedesktop/secrets")
	defaultPath    = dbus.ObjectPath("/org/freedesktop/secrets/aliases/default")
	nowhere        = dbus.ObjectPath("/") // no object, and no prompt
	serviceIface   = "org.freedesktop.Secret.Service"
	collectIface   = "org.freedesktop.Secret.Collection"
	itemIface      = "org.freedesktop.Secret.Item"
	promptIface    = "org.freedesktop.Secret.Prompt"
	errNoReply     = "org.freedesktop.DBus.Error.NoReply"
	errLockedName  = "org.freedesktop.Secret.Error.IsLocked"
	errNoObject    = "org.freedesktop.Secret.Error.NoSuchObject"
	errNoMethod    = "org.freedesktop.DBus.Error.UnknownMethod"
	errNoSuchThing = "org.freedesktop.DBus.Error.UnknownObject"
	errNoInterface = "org.freedesktop.DBus.Error.UnknownInterface"
)

// address finds the session's bus. It never lets the library look: that would
// start a bus of its own with dbus-launch, and a keyring on it that stays.
func address(env func(string) string) (string, error) {
	if a := env("DBUS_SESSION_BUS_ADDRESS"); a != "" {
		if strings.HasPrefix(a, "autolaunch:") {
			return "", ErrNoKeyring
		}
		return a, nil
	}
	path := filepath.Join(env("XDG_RUNTIME_DIR"), "bus")
	if _, err := os.Stat(path); !filepath.IsAbs(path) || err != nil {
		return "", ErrNoKeyring
	}
	return "unix:path=" + dbus.EscapeBusAddressValue(path), nil
}

// conversation is one connection to the Secret Service. Unlike go-keyring's, each
// of its calls ends with ctx, and a dismissed prompt is noticed.
type conversation struct {
	ctx     context.Context
	bus     *dbus.Conn
	session dbus.ObjectPath
}

func converse(ctx context.Context, env func(string) string) (*conversation, error) {
	where, err := address(env)
	if err != nil {
		return nil, err
	}
	bus, err := connect(ctx, where)
	if err != nil {
		return nil, err
	}
	c := &conversation{ctx: ctx, bus: bus}
	var ignored dbus.Variant
	if err := c.call(servicePath, serviceIface+".OpenSession", "plain", dbus.MakeVariant("")).Store(&ignored, &c.session); err != nil {
		c.close()
		return nil, busError("open", err)
	}
	return c, nil
}

// connect gives a connection that outlives ctx, for a window must be taken away
// after it; only connecting itself ends with ctx.
func connect(ctx context.Context, where string) (*dbus.Conn, error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	bus, err := dbus.Connect(where, dbus.WithContext(own))
	if err != nil || !stop() {
		cancel() // closes a connection that came too late, too
		return nil, errors.Join(ErrNoKeyring, ctx.Err())
	}
	return bus, nil
}

// close leaves the bus, and with it every session and prompt of ours ends.
func (c *conversation) close() { _ = c.bus.Close() }

func (c *conversation) call(path dbus.ObjectPath, method string, args ...any) *dbus.Call {
	return c.bus.Object(busName, path).CallWithContext(c.ctx, method, 0, args...)
}

func (c *conversation) property(path dbus.ObjectPath, iface, name string, out any) error {
	var v dbus.Variant
	if err := c.call(path, "org.freedesktop.DBus.Properties.Get", iface, name).Store(&v); err != nil {
		return err
	}
	return v.Store(out)
}

// secret reads an item that is not locked.
func (c *conversation) secret(item dbus.ObjectPath) (Secret, error) {
	var got ss.Secret
	if err := c.call(item, itemIface+".GetSecret", c.session).Store(&got); err != nil {
		return Secret{}, busError("read", err)
	}
	return NewSecret(string(got.Value)), nil
}

// prompt shows the service's own window and waits until it is closed. Without
// an answer it takes the window away again, so that nothing happens later that
// was reported as not done.
func (c *conversation) prompt(path dbus.ObjectPath) (dbus.Variant, error) {
	if path == nowhere || path == "" {
		return dbus.Variant{}, nil
	}
	match := []dbus.MatchOption{dbus.WithMatchObjectPath(path), dbus.WithMatchInterface(promptIface)}
	if err := c.bus.AddMatchSignalContext(c.ctx, match...); err != nil {
		return dbus.Variant{}, busError("ask", err)
	}
	signals := make(chan *dbus.Signal, 4)
	c.bus.Signal(signals)
	defer c.bus.RemoveSignal(signals)
	if err := c.call(path, promptIface+".Prompt", "").Err; err != nil {
		return dbus.Variant{}, busError("ask", err)
	}
	asked(c.ctx)
	for {
		select {
		case s := <-signals:
			if s != nil && s.Path == path && s.Name == promptIface+".Completed" {
				return completed(s.Body)
			}
			if s == nil {
				return dbus.Variant{}, errors.Join(ErrNoKeyring, c.ctx.Err())
			}
		case <-c.ctx.Done():
			c.dismiss(path)
			return dbus.Variant{}, c.ctx.Err()
		}
	}
}

// dismiss takes a window away, after the call that showed it was given up.
func (c *conversation) dismiss(prompt dbus.ObjectPath) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), verdict)
	defer cancel()
	c.bus.Object(busName, prompt).CallWithContext(ctx, promptIface+".Dismiss", 0)
}

func completed(body []any) (dbus.Variant, error) {
	if len(body) != 2 {
		return dbus.Variant{}, &SystemError{"ask", "a prompt without an answer"}
	}
	dismissed, ok1 := body[0].(bool)
	result, ok2 := body[1].(dbus.Variant)
	switch {
	case !ok1 || !ok2:
		return dbus.Variant{}, &SystemError{"ask", "a prompt with a strange answer"}
	case dismissed:
		return dbus.Variant{}, ErrLocked
	}
	return result, nil
}

// busError keeps the name of an error and drops its text.
func busError(op string, err error) error {
	var e dbus.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, dbus.ErrClosed):
		return ErrNoKeyring
	case !errors.As(err, &e):
		return &SystemError{op, "an answer that cannot be read"}
	}
	switch e.Name {
	case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
		"org.freedesktop.DBus.Error.Spawn.ChildExited", "org.freedesktop.DBus.Error.Spawn.ServiceNotFound",
		"org.freedesktop.DBus.Error.Spawn.ExecFailed", errNoReply:
		return ErrNoKeyring
	case errLockedName:
		return ErrLocked
	}
	return &SystemError{op, e.Name}
}

// missing says whether an object is not there.
func missing(err error) bool {
	var e dbus.Error
	return errors.As(err, &e) && (e.Name == errNoObject || e.Name == errNoMethod || e.Name == errNoSuchThing || e.Name == errNoInterface)
}
