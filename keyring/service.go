//go:build !darwin && !windows

package keyring

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
	ss "github.com/zalando/go-keyring/secret_service"
)

// application is the third attribute of Python's entries. With it Python's
// replace finds our entry, and ours finds Python's.
const application = "Python keyring library"

// serviceVault is the Secret Service of a Linux desktop: gnome-keyring, KWallet
// or KeePassXC. It reads and writes where Python's keyring does: in the
// collection with the alias default, or the one that Python is told to use.
type serviceVault struct{ env func(string) string }

// attributes are what an entry is found by; KeePassXC's scheme is Python's own setting.
func (v serviceVault) attributes(service, user string) map[string]string {
	if v.env("KEYRING_PROPERTY_SCHEME") == "KeePassXC" {
		return map[string]string{"UserName": user, "Title": service}
	}
	return map[string]string{"username": user, "service": service}
}

func (v serviceVault) find(ctx context.Context, service, user string) (Item, error) {
	c, err := converse(ctx, v.env)
	if err != nil {
		return Item{}, err
	}
	defer c.close()
	items, err := v.search(c, service, user)
	if err != nil {
		return Item{}, err
	}
	if len(items) == 0 {
		return Item{}, ErrNotFound
	}
	if err := c.unlock(items[0]); err != nil {
		return Item{}, err
	}
	s, err := c.secret(items[0])
	return Item{s, c.changed(items[0]), len(items)}, err
}

// search gives every entry, the one that Python reads first: so both always
// mean the same token, even where an older program left two.
func (v serviceVault) search(c *conversation, service, user string) ([]dbus.ObjectPath, error) {
	query := v.attributes(service, user)
	var first, open, locked []dbus.ObjectPath
	if err := c.call(v.collection(), collectIface+".SearchItems", query).Store(&first); err != nil && !missing(err) {
		return nil, busError("read", err)
	}
	if err := c.call(servicePath, serviceIface+".SearchItems", query).Store(&open, &locked); err != nil {
		return nil, busError("read", err)
	}
	all := first
	for _, item := range slices.Concat(open, locked) {
		if !slices.Contains(all, item) {
			all = append(all, item)
		}
	}
	return all, nil
}

// collection is where Python's keyring looks.
func (v serviceVault) collection() dbus.ObjectPath {
	if p := dbus.ObjectPath(v.env("KEYRING_PROPERTY_PREFERRED_COLLECTION")); p != "" && p.IsValid() {
		return p
	}
	return defaultPath
}

// store writes the one entry first, and removes every other after: whatever
// fails, no token is lost.
func (v serviceVault) store(ctx context.Context, service, user string, s Secret) error {
	c, err := converse(ctx, v.env)
	if err != nil {
		return err
	}
	defer c.close()
	where, err := v.ready(c)
	if err != nil {
		return err
	}
	kept, err := v.create(c, where, service, user, s)
	if err != nil {
		return err
	}
	items, err := v.search(c, service, user)
	if err != nil {
		return err
	}
	return c.removeAll(slices.DeleteFunc(items, func(p dbus.ObjectPath) bool { return p == kept }))
}

// ready unlocks the collection, or makes it where there is none yet.
func (v serviceVault) ready(c *conversation) (dbus.ObjectPath, error) {
	where := v.collection()
	locked := false
	err := c.property(where, collectIface, "Locked", &locked)
	switch {
	case err == nil && !locked:
		return where, nil
	case err == nil:
		return where, c.unlock(where)
	case missing(err) && where == defaultPath:
		return c.newCollection()
	case missing(err):
		return "", &SystemError{"write", "no collection " + string(where)}
	}
	return "", busError("write", err)
}

// newCollection makes the default collection, as Python does.
func (c *conversation) newCollection() (dbus.ObjectPath, error) {
	properties := map[string]dbus.Variant{collectIface + ".Label": dbus.MakeVariant("Default")}
	var made, prompt dbus.ObjectPath
	if err := c.call(servicePath, serviceIface+".CreateCollection", properties, "default").Store(&made, &prompt); err != nil {
		return "", busError("write", err)
	}
	if made != nowhere {
		return made, nil
	}
	result, err := c.prompt(prompt)
	if err != nil {
		return "", err
	}
	if err := result.Store(&made); err != nil || made == nowhere || made == "" {
		return "", ErrLocked
	}
	return made, nil
}

func (v serviceVault) create(c *conversation, where dbus.ObjectPath, service, user string, s Secret) (dbus.ObjectPath, error) {
	attributes := v.attributes(service, user)
	attributes["application"] = application
	properties := map[string]dbus.Variant{
		itemIface + ".Label":      dbus.MakeVariant(fmt.Sprintf("Password for '%s' on '%s'", user, service)),
		itemIface + ".Attributes": dbus.MakeVariant(attributes),
	}
	var item, prompt dbus.ObjectPath
	err := s.Use(func(value []byte) error {
		return c.call(where, collectIface+".CreateItem", properties, ss.NewSecret(c.session, string(value)), true).Store(&item, &prompt)
	})
	if err != nil {
		return "", busError("write", err)
	}
	if item != nowhere {
		return item, nil
	}
	result, err := c.prompt(prompt)
	if err == nil && result.Store(&item) != nil {
		err = &SystemError{"write", "an item without a path"}
	}
	return item, err
}

func (v serviceVault) remove(ctx context.Context, service, user string) error {
	c, err := converse(ctx, v.env)
	if err != nil {
		return err
	}
	defer c.close()
	items, err := v.search(c, service, user)
	if err == nil && len(items) == 0 {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	return c.removeAll(items)
}

func (c *conversation) removeAll(items []dbus.ObjectPath) error {
	for _, item := range items {
		if err := c.unlock(item); err != nil {
			return err
		}
		var prompt dbus.ObjectPath
		if err := c.call(item, itemIface+".Delete").Store(&prompt); err != nil {
			return busError("delete", err)
		}
		if _, err := c.prompt(prompt); err != nil {
			return err
		}
	}
	return nil
}

// unlock opens an item or a collection, and looks whether it is open then.
func (c *conversation) unlock(path dbus.ObjectPath) error {
	var opened []dbus.ObjectPath
	var prompt dbus.ObjectPath
	if err := c.call(servicePath, serviceIface+".Unlock", []dbus.ObjectPath{path}).Store(&opened, &prompt); err != nil {
		return busError("unlock", err)
	}
	if prompt == nowhere && len(opened) > 0 {
		return nil
	}
	if _, err := c.prompt(prompt); err != nil {
		return err
	}
	return c.locked(path)
}

// locked is ErrLocked for what is locked.
func (c *conversation) locked(path dbus.ObjectPath) error {
	locked := false
	if err := c.property(path, ifaceOf(path), "Locked", &locked); err != nil {
		return busError("unlock", err)
	}
	if locked {
		return ErrLocked
	}
	return nil
}

// ifaceOf tells an item, which lies below a collection, from a collection.
func ifaceOf(path dbus.ObjectPath) string {
	depth := 0
	for _, r := range path {
		if r == '/' {
			depth++
		}
	}
	if depth > 5 { // /org/freedesktop/secrets/collection/login/1
		return itemIface
	}
	return collectIface
}

// changed is when an entry was written last; zero if that is not told.
func (c *conversation) changed(item dbus.ObjectPath) time.Time {
	var seconds uint64
	if err := c.property(item, itemIface, "Modified", &seconds); err != nil || seconds == 0 || seconds > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// probe asks for nothing that could show a window.
func (v serviceVault) probe(ctx context.Context) error {
	c, err := converse(ctx, v.env)
	if err != nil {
		return err
	}
	defer c.close()
	locked := false
	err = c.property(v.collection(), collectIface, "Locked", &locked)
	switch {
	case missing(err):
		return errors.Join(ErrLocked, errNoCollection)
	case err != nil:
		return busError("probe", err)
	case locked:
		return ErrLocked
	}
	return nil
}

// errNoCollection is the reason of a keyring that was never used.
var errNoCollection = errors.New("it has no collection yet, and asks for a password to make one")
