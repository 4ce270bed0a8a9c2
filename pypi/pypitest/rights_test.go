package pypitest_test

import (
	"strings"
	"testing"
	"time"

	"ferry/pypi/pypitest"
)

// TestRights: who may upload what, in PyPI's words.
func TestRights(t *testing.T) {
	for name, c := range map[string]struct {
		spoilt string
		begin  func(*index) error
		u      *upload
		want   string
	}{
		"expired":     {pypitest.Expired, nil, wheel("foo", "1.0", ""), "403 Invalid API Token: token is expired"},
		"forged":      {pypitest.Forged, nil, wheel("foo", "1.0", ""), "403 Invalid API Token: signatures do not match"},
		"unverified":  {pypitest.Unverified, nil, wheel("foo", "1.0", ""), "403 User 'maintainer' does not have a verified primary email address."},
		"one factor":  {pypitest.OneFactor, nil, wheel("foo", "1.0", ""), "403 User 'maintainer' does not have two-factor authentication enabled."},
		"minted":      {pypitest.Minted, nil, wheel("new", "1.0", ""), "400 Non-user identities cannot create new projects."},
		"another's":   {"", func(x *index) error { return x.SetOwner("foo", "eve") }, wheel("foo", "1.0", ""), "403 The user 'maintainer' isn't allowed to upload to project 'foo'."},
		"minted for":  {pypitest.Minted, func(x *index) error { return x.SetOwner("foo", "eve") }, wheel("foo", "1.0", ""), "403 The given token isn't allowed to upload to project 'foo'."},
		"dormant":     {"", func(x *index) error { return x.SetDormant("foo") }, wheel("foo", "1.0", ""), "400 Organization account owning this project is inactive."},
		"read only":   {"", func(x *index) error { x.SetMode(pypitest.ReadOnly); return nil }, wheel("foo", "1.0", ""), "403 Read-only mode: Uploads are temporarily disabled."},
		"no uploads":  {"", func(x *index) error { x.SetMode(pypitest.NoUploads); return nil }, wheel("foo", "1.0", ""), "403 New uploads are temporarily disabled. See "},
		"no projects": {"", func(x *index) error { x.SetMode(pypitest.NoProjects); return nil }, wheel("new", "1.0", ""), "403 New project registration temporarily disabled. See "},
		"but old":     {"", func(x *index) error { x.SetMode(pypitest.NoProjects); return nil }, wheel("foo", "1.0", ""), ""},
		"prohibited":  {"", nil, wheel("admin_kept", "1.0", ""), "400 The name 'admin_kept' isn't allowed. See https://pypi.org/help/#project-name"},
		"race":        {"", func(x *index) error { x.Race("new"); return nil }, wheel("new", "1.0", ""), "409 The name 'new' conflicts with an existing project."},
		"attested":    {"", nil, wheel("foo", "1.0", "").with("attestations", "[]"), "400 Invalid attestations supplied during upload: Attestations are only supported when using Trusted Publishing"},
	} {
		t.Run(name, func(t *testing.T) {
			x := start(t, pypitest.Options{Prohibited: []string{"Admin-Kept"}, Spoilt: map[string]string{account: c.spoilt}})
			x.Publish("foo", "", day)
			if c.begin != nil {
				if err := c.begin(x); err != nil {
					t.Fatal(err)
				}
			}
			if got := x.send(t, c.u); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestNewProjects: a name may be free a moment later, and an hour has its number of them.
func TestNewProjects(t *testing.T) {
	x := start(t, pypitest.Options{MaxNew: 2})
	x.Race("one")
	if got := x.send(t, wheel("one", "1.0", "")); !strings.HasPrefix(got, "409 ") {
		t.Error(got)
	}
	for _, name := range []string{"one", "two"} {
		if got := x.send(t, wheel(name, "1.0", name)); got != "" {
			t.Error(got)
		}
	}
	if got := x.send(t, wheel("three", "1.0", "3")); got != "429 Too many new projects created" {
		t.Error(got)
	}
	x.now = x.now.Add(time.Hour)
	if got := x.send(t, wheel("three", "1.0", "3")); got != "" {
		t.Error(got)
	}
}

// TestContents: a full project, a description that does not render, entry points, licence files.
func TestContents(t *testing.T) {
	full := start(t, pypitest.Options{MaxProject: 1000})
	if got := full.send(t, wheel("foo", "1.0", "a")); got != "" {
		t.Fatal(got)
	}
	if got := full.send(t, wheel("foo", "1.1", "b")); !strings.HasPrefix(got, "400 Project size too large. Limit for project 'foo' total size is 0 GB. See https://docs.pypi.org/") {
		t.Error(got)
	}
	points := func(text string) *upload {
		file, data := pypitest.Wheel("foo", "1.0", day, map[string]string{"foo.py": "", "foo-1.0.dist-info/entry_points.txt": text})
		return proper("foo", "1.0", "bdist_wheel", "py3", file, data)
	}
	const rst = "Title that is long\n=====\n\ntext\n"
	for i, c := range []struct {
		u    *upload
		want string
	}{
		{points("[console_scripts]\n# comment\nfoo = foo:main\nbar = foo.bar:x.y [extra]\n"), ""},
		{points("foo = foo:main\n"), "400 Wheel 'foo-1.0-py3-none-any.whl' has invalid entry points"},
		{points("[console_scripts]\nfoo\n"), "400 Wheel 'foo-1.0-py3-none-any.whl' has invalid entry points"},
		{wheel("foo", "1.0", "").with("license_file", "COPYING"), "400 License-File COPYING does not exist in distribution file foo-1.0-py3-none-any.whl at foo-1.0.dist-info/licenses/COPYING"},
		{wheel("foo", "1.0", "").with("description", rst), "400 The description failed to render in the default format of reStructuredText. See "},
		{wheel("foo", "1.0", "").with("description", rst).with("description_content_type", "text/x-rst; charset=UTF-8"), "400 The description failed to render for 'text/x-rst; charset=UTF-8'. See "},
		{wheel("foo", "1.0", "").with("description", rst).with("description_content_type", "text/markdown"), ""},
		{wheel("foo", "1.0", "").with("description", "See :ref:`there`.\n"), "400 The description failed to render"},
		{wheel("foo", "1.0", "").with("description", "Title\n=====\n\nA table\n-------\n\nlong words\nand more\n"), ""},
	} {
		x := start(t, pypitest.Options{})
		if got := x.send(t, c.u); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%d: got  %s\nwant %s", i, got, c.want)
		}
	}
}

// TestFreeze: one page stays as it was for hours, and does not say so.
func TestFreeze(t *testing.T) {
	x := start(t, pypitest.Options{})
	x.Publish("foo", "1.0", day, pypitest.File{Name: "foo-1.0.tar.gz", Data: []byte("x")})
	x.Freeze(pypitest.Simple)
	x.now = day.Add(5 * time.Hour)
	x.Publish("foo", "1.1", x.now, pypitest.File{Name: "foo-1.1.tar.gz", Data: []byte("y")})
	sees := func(want bool) {
		t.Helper()
		simple, err := x.client().Simple(t.Context(), "foo")
		if err != nil || (len(simple.Of("1.1")) == 1) != want || simple.MaxAge != 10*time.Minute {
			t.Errorf("%+v %v", simple, err)
		}
		if json, err := x.client().Release(t.Context(), "foo", "1.1"); err != nil || !json.Found {
			t.Errorf("%+v %v", json, err)
		}
	}
	sees(false)
	x.Thaw(pypitest.Simple)
	sees(true)
}
