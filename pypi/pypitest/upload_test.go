package pypitest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"ferry/pypi/pypitest"
)

var day = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

const (
	account = "pypi-account"
	scoped  = "pypi-scoped"
)

// index is a server with a clock that tests move.
type index struct {
	*pypitest.Server
	url string
	now time.Time
}

func start(t *testing.T, o pypitest.Options) *index {
	t.Helper()
	x := &index{now: day}
	o.Now = func() time.Time { return x.now }
	o.Tokens = map[string][]string{account: {"*"}, scoped: {"foo"}}
	x.Server = pypitest.New(o)
	server := httptest.NewServer(x.Server)
	t.Cleanup(server.Close)
	x.url = server.URL
	return x
}

// upload is one as a proper tool sends it; tests spoil it.
type upload struct {
	token, user, accept, path string
	fields                    map[string][]string
	file, kind                string
	data                      []byte
}

func sdist(name, version, content string) *upload {
	file, data := pypitest.Sdist(name, version, day, map[string]string{"a.py": content})
	return proper(name, version, "sdist", "source", file, data)
}

func wheel(name, version, content string) *upload {
	file, data := pypitest.Wheel(name, version, day, map[string]string{name + ".py": content})
	return proper(name, version, "bdist_wheel", "py3", file, data)
}

func proper(name, version, kind, python, file string, data []byte) *upload {
	sum := sha256.Sum256(data)
	return &upload{
		token: account, user: "__token__", accept: "application/json", path: "/legacy/", file: file, data: data, kind: "application/octet-stream",
		fields: map[string][]string{
			":action": {"file_upload"}, "protocol_version": {"1"}, "metadata_version": {"2.1"}, "name": {name}, "version": {version},
			"filetype": {kind}, "pyversion": {python}, "sha256_digest": {hex.EncodeToString(sum[:])}, "summary": {"a thing"},
		},
	}
}

func (u *upload) with(field string, values ...string) *upload {
	u.fields[field] = values
	return u
}

// send gives "" for a success, else the status and what the index says.
func (x *index) send(t *testing.T, u *upload) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, k := range slices.Sorted(maps.Keys(u.fields)) {
		for _, v := range u.fields[k] {
			_ = form.WriteField(k, v)
		}
	}
	if u.file != "" {
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="content"; filename="%s"`, u.file)}}
		if u.kind != "" {
			h.Set("Content-Type", u.kind)
		}
		part, _ := form.CreatePart(h)
		_, _ = part.Write(u.data)
	}
	_ = form.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, x.url+u.path, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Accept", u.accept)
	if u.token != "" {
		req.SetBasicAuth(u.user, u.token)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if resp.StatusCode == http.StatusOK {
		return ""
	}
	var said struct{ Code string }
	if u.accept == "application/json" && (json.Unmarshal(text, &said) != nil || said.Code != resp.Status) {
		t.Errorf("status line %q, body %q", resp.Status, text)
	}
	return resp.Status
}

func TestUploads(t *testing.T) {
	x := start(t, pypitest.Options{})
	if got := x.send(t, wheel("foo", "1.0", "a")); got != "" {
		t.Fatal(got)
	}
	if got := x.send(t, wheel("foo", "1.0", "a")); got != "" {
		t.Error("the same bytes again are no error:", got)
	}
	u := sdist("foo", "1.0", "a")
	u.token = scoped
	if got := x.send(t, u); got != "" {
		t.Error(got)
	}
	if got := x.send(t, wheel("foo", "1.0", "b")); !strings.HasPrefix(got, "400 File already exists ('foo-1.0-py3-none-any.whl', with blake2_256 hash '") {
		t.Error(got)
	}
	if err := x.DeleteFile("foo", "foo-1.0.tar.gz"); err != nil {
		t.Fatal(err)
	}
	if got := x.send(t, sdist("foo", "1.0", "a")); !strings.HasPrefix(got, "400 This filename was previously used by a file that has since been deleted.") {
		t.Error(got)
	}
	x.now = day.Add(15 * 24 * time.Hour)
	if got := x.send(t, wheel("foo", "1.0", "a")); got != "" {
		t.Error("the same bytes are fine at any age:", got)
	}
	tagged, data := pypitest.TaggedWheel("foo", "1.0", "cp312-cp312-win_amd64", day, nil)
	if got := x.send(t, proper("foo", "1.0", "bdist_wheel", "cp312", tagged, data)); got != "400 Uploading new files to releases older than 14 days is not allowed." {
		t.Error(got)
	}
	var log []string
	for _, u := range x.Uploads() {
		log = append(log, fmt.Sprint(u.Filename, " ", u.Status))
	}
	const w, s = "foo-1.0-py3-none-any.whl ", "foo-1.0.tar.gz "
	if want := []string{w + "200", w + "200", s + "200", w + "400", s + "400", w + "200", tagged + " 400"}; !slices.Equal(log, want) {
		t.Errorf("%q", log)
	}
}

// TestRefusals: PyPI's texts, for one thing wrong at a time.
func TestRefusals(t *testing.T) {
	bare := func(u *upload) *upload { u.file = ""; return u }
	as := func(user, token string, u *upload) *upload { u.user, u.token = user, token; return u }
	to := func(path string, u *upload) *upload { u.path = path; return u }
	called := func(file string, u *upload) *upload { u.file = file; return u }
	holding := func(data string, u *upload) *upload {
		u.data = []byte(data)
		sum := sha256.Sum256(u.data)
		return u.with("sha256_digest", hex.EncodeToString(sum[:]))
	}
	picture := sdist("foo", "1.0", "")
	picture.kind = "image/png"
	linux, built := pypitest.TaggedWheel("foo", "1.0", "cp312-cp312-linux_x86_64", day, nil)
	for i, c := range []struct {
		u    *upload
		want string
	}{
		{to("/legacy", sdist("foo", "1.0", "")), "308 An upload was attempted to /legacy but the expected upload URL is /legacy/ (with a trailing slash)"},
		{sdist("foo", "1.0", "").with(":action"), "405 Method Not Allowed"},
		{sdist("foo", "1.0", "").with(":action", "submit"), "410 Project pre-registration is no longer required or supported, upload your files instead."},
		{to("/pypi", sdist("foo", "1.0", "")), "410 This API has moved to https://upload.pypi.org/legacy/."},
		{as("me", "secret", sdist("foo", "1.0", "")), "403 Username/Password authentication is no longer supported."},
		{as("__token__", "pypi-unknown", sdist("foo", "1.0", "")), "403 Invalid or non-existent authentication information. See https://pypi.org/help/#invalid-auth for more information."},
		{as("", "", sdist("foo", "1.0", "")), "403 Invalid or non-existent authentication information."},
		{as("__token__", scoped, sdist("other", "1.0", "")), "403 Invalid API Token: project-scoped token is not valid for project: 'other'"},
		{as("__token__", scoped, sdist("foo", "1.0", "")), "403 Invalid API Token: project-scoped token is not valid for project: 'foo'"},
		{sdist("foo", "1.0", "").with("protocol_version", "2"), "400 Unknown protocol version."},
		{sdist("foo", "1.0", "").with("pyversion", "3"), "400 Error: Use 'source' as Python version for an sdist."},
		{sdist("foo", "1.0", "").with("filetype", "bdist_egg"), "400 Invalid value for filetype."},
		{sdist("foo", "1.0", "").with("sha256_digest"), "400 Error: Include at least one message digest."},
		{sdist("foo", "1.0", "").with("sha256_digest", "00"), "400 The digest supplied does not match a digest calculated from the uploaded file."},
		{sdist("foo", "1.0", "").with("metadata_version", "2.6"), "400 '2.6' is an invalid value for Metadata-Version."},
		{sdist("foo", "1.0+local", ""), "400 The use of local versions in '1.0+local' is not allowed."},
		{sdist("foo", "1.0", "").with("summary", strings.Repeat("x", 513)), "400 'xxx"},
		{sdist("foo", "1.0", "").with("classifiers", "Private :: Do Not Upload"), "400 'Private :: Do Not Upload' is an invalid value for Classifier."},
		{sdist("foo", "1.0", "").with("requires_dist", "a", "b @ https://x"), "400 'b @ https://x' is an invalid value for Requires-Dist. Error: Can't have direct dependency: b @ https://x"},
		{bare(sdist("foo", "1.0", "")), "400 Upload payload does not have a file."},
		{picture, "400 Invalid distribution file."},
		{called("foo-1.0.zip", sdist("foo", "1.0", "")), "400 Filename 'foo-1.0.zip' is invalid, should be 'foo-1.0.tar.gz'."},
		{called("Foo-1.0.tar.gz", sdist("foo", "1.0", "")), "400 Filename 'Foo-1.0.tar.gz' is invalid, should be 'foo-1.0.tar.gz'."},
		{called("x/foo-1.0.tar.gz", sdist("foo", "1.0", "")), "400 Cannot upload a file with '/' or '\\' in the name."},
		{called("foo-1.0.rar", sdist("foo", "1.0", "")), "400 Invalid file extension:"},
		{called("bar-1.0-py3-none-any.whl", wheel("foo", "1.0", "")), "400 Start filename for 'foo' with 'foo'."},
		{called("Foo-1.0-py3-none-any.whl", wheel("foo", "1.0", "")), "400 Filename 'Foo-1.0-py3-none-any.whl' should contain the normalized project name 'foo', not 'Foo'."},
		{called("foo-1.1-py3-none-any.whl", wheel("foo", "1.0", "")), "400 Version in filename should be '1.0' not '1.1'."},
		{proper("foo", "1.0", "bdist_wheel", "cp312", linux, built), "400 Binary wheel 'foo-1.0-cp312-cp312-linux_x86_64.whl' has an unsupported platform tag 'linux_x86_64'."},
		{holding("junk", sdist("foo", "1.0", "")), "400 Invalid distribution file. File is not a tarfile"},
		{holding("junk", wheel("foo", "1.0", "")), "400 Invalid distribution file. File is not a zipfile"},
		{holding(strings.Repeat("x", 20000), sdist("foo", "1.0", "")), "400 File too large. Limit for project 'foo' is 0 MB."},
		{sdist("json", "1.0", ""), "400 The name 'json' isn't allowed (conflict with Python Standard Library module name)."},
		{sdist("taken-I", "1.0", ""), "400 The name 'taken-I' is too similar to an existing project."},
		{sdist("archived", "1.0", ""), "403 The user 'maintainer' isn't allowed to upload to project 'archived'."},
	} {
		x := start(t, pypitest.Options{MaxFile: 10000})
		x.Publish("taken-1", "", day)
		x.Publish("archived", "", day)
		if err := x.SetStatus("archived", "archived", ""); err != nil {
			t.Fatal(err)
		}
		if got := x.send(t, c.u); !strings.HasPrefix(got, c.want) {
			t.Errorf("%d: got  %s\nwant %s", i, got, c.want)
		}
	}
}

func TestOneSdistPerRelease(t *testing.T) {
	x := start(t, pypitest.Options{})
	x.Publish("foo", "1.0", day, pypitest.File{Name: "foo-1.0.zip", Data: []byte("old")})
	if got := x.send(t, sdist("foo", "1.0", "")); got != "400 Only one sdist may be uploaded per release." {
		t.Error(got)
	}
}

func TestReasonsInEveryForm(t *testing.T) {
	x := start(t, pypitest.Options{})
	for accept, want := range map[string]string{
		"application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7": "application/json", "*/*": "text/html; charset=UTF-8", "": "text/plain; charset=UTF-8",
	} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, x.url+"/legacy/?:action=file_upload", nil)
		req.Header.Set("Accept", accept)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 403 || resp.Header.Get("Content-Type") != want || !strings.Contains(string(text), "Invalid or non-existent authentication") {
			t.Errorf("%q: %s %s %s", accept, resp.Status, resp.Header, text)
		}
	}
}
