package ci_test

import (
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci"
)

var (
	hashA = strings.Repeat("a1", 32)
	hashB = strings.Repeat("b2", 32)
)

func TestUploads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, log string
		want      []ci.Upload
	}{
		{"nothing", "all is well\nUploading distributions to https://upload.pypi.org/legacy/\n", nil},
		{
			"twine", "Uploading demo-1.0-py3-none-any.whl\r\n  0%|   |\r100%|##|\nUploading demo-1.0.tar.gz\n",
			[]ci.Upload{{Name: "demo-1.0-py3-none-any.whl"}, {Name: "demo-1.0.tar.gz"}},
		},
		{
			"the hash that follows", "Uploading demo-1.0.tar.gz\nSHA256 hash: " + strings.ToUpper(hashA) + "\n",
			[]ci.Upload{{Name: "demo-1.0.tar.gz", SHA256: hashA}},
		},
		{
			"gh-action-pypi-publish",
			"2026-03-01T12:00:00.1234567Z Showing hash values of files to be uploaded:\n2026-03-01T12:00:00.1234567Z /github/workspace/dist/demo-1.0.tar.gz\n2026-03-01T12:00:00.1Z \n2026-03-01T12:00:00.1Z SHA256: " + hashA +
				"\n2026-03-01T12:00:00.1Z MD5: 0\n2026-03-01T12:00:00.1Z \x1b[36mUploading demo-1.0.tar.gz\x1b[0m\n",
			[]ci.Upload{{Name: "demo-1.0.tar.gz", SHA256: hashA}},
		},
		{
			"sums", "sha256: " + hashA + "  demo-1.0.tar.gz\n" + hashB + " *dist/demo-1.0-py3-none-any.whl\n",
			[]ci.Upload{{Name: "demo-1.0.tar.gz", SHA256: hashA}, {Name: "demo-1.0-py3-none-any.whl", SHA256: hashB}},
		},
		{"poetry", " - Uploading demo-1.0.tar.gz 0%\r - Uploading demo-1.0.tar.gz 100%\n", []ci.Upload{{Name: "demo-1.0.tar.gz"}}},
		{"uv", "Uploading demo-1.0.tar.gz (3.1KiB)\n", []ci.Upload{{Name: "demo-1.0.tar.gz"}}},
		{
			"there already", "Uploading demo-1.0.tar.gz\nSHA256 hash: " + hashA + "\n  Skipping demo-1.0.tar.gz because it appears to already exist\n",
			[]ci.Upload{{Name: "demo-1.0.tar.gz", Skipped: true}},
		},
		{"a hash of something else", "Uploading demo-1.0.tar.gz\nDownloading other-2.0.tar.gz\nSHA256: " + hashB + "\n", []ci.Upload{{Name: "demo-1.0.tar.gz"}}},
		{"there already, by the index's own words", "Uploading demo-1.0.tar.gz\nERROR 400 File already exists ('demo-1.0.tar.gz', with blake2_256 hash '" + hashB + "'). See https://x/\n", []ci.Upload{{Name: "demo-1.0.tar.gz"}}},
		{"what pip does", "Downloading other-2.0-py3-none-any.whl (3 kB)\nSuccessfully built other-2.0.tar.gz\n", nil},
		{"a line written over", "harmless\rUploading demo-1.0.tar.gz\n", []ci.Upload{{Name: "demo-1.0.tar.gz"}}},
	} {
		if got := ci.Uploads([]byte(c.log)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
}

func TestSkips(t *testing.T) {
	t.Parallel()
	log := "\x1b[33;1mSkipping a deployment with the pypi provider because this branch is not permitted: main\x1b[0m\n" +
		"Skipping a deployment with the releases provider because this is not a tagged commit\n" +
		"Skipping a deployment with the script provider because a custom condition was not met\n" +
		"Skipping a deployment with the pypi provider because this branch is not permitted: main\r\n"
	want := []string{"this branch is not permitted: main", "a custom condition was not met"}
	if got := ci.Skips([]byte(log)); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func FuzzLogs(f *testing.F) {
	f.Add([]byte("Uploading a-1.tar.gz\nSHA256: " + hashA + "\n"))
	f.Add([]byte("File already exists ('a-1.tar.gz', with blake2_256 hash '" + hashA + "').\n" + hashB + "  dist/a-1.tar.gz\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		for _, u := range ci.Uploads(log) {
			if u.SHA256 != "" && (len(u.SHA256) != 64 || strings.Trim(u.SHA256, "0123456789abcdef") != "" || !strings.Contains(strings.ToLower(string(log)), u.SHA256)) {
				t.Fatalf("a hash that the log does not have: %+v", u)
			}
			if u.Skipped && u.SHA256 != "" {
				t.Fatalf("a hash of what this job did not build: %+v", u)
			}
		}
		ci.Skips(log)
	})
}

// TestUploadsTo: a log says where the files that it names go, which may be two places.
func TestUploadsTo(t *testing.T) {
	log := "SHA256 of nothing\nUploading distributions to https://test.pypi.org/legacy/\nUploading a-1.0.tar.gz\n" +
		"2026-11-20T10:00:00.0000000Z Uploading distributions to https://upload.pypi.org/legacy/\nUploading a-1.0.tar.gz\nUploading a-1.0-py3-none-any.whl\n" +
		"Uploading distributions to https://upload.pypi.org/legacy/\nUploading a-1.0.tar.gz\n"
	got := ci.Uploads([]byte(log))
	if len(got) != 2 || got[0].To != "https://test.pypi.org/legacy/ https://upload.pypi.org/legacy/" || got[1].To != "https://upload.pypi.org/legacy/" {
		t.Errorf("%+v", got)
	}
}
