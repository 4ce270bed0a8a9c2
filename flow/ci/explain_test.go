package ci_test

import (
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci"
)

func explain(t *testing.T, log string, n int) ci.Explanation {
	t.Helper()
	got, err := ci.Explain(ci.Job{Name: "py3"}, strings.NewReader(log), n)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestExplain(t *testing.T) {
	t.Parallel()
	const noisy = "tests pass\n\n"
	for _, c := range []struct {
		name, log string
		cause     ci.Cause
		first     string // the line that explains most
		lines     int
	}{
		{"dpl and twine", noisy + "travis_fold:start:dpl_0\r\x1b[0KInstalling deploy dependencies\nUploading distributions to https://upload.pypi.org/legacy/\n" +
			"ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/\n         Invalid or non-existent authentication information.\nPypiError: Twine upload failed.\nfailed to deploy\n",
			ci.CauseUpload, "ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/", 7},
		{"the message alone, as over HTTP/2", noisy + "400 Only one sdist may be uploaded per release.\nDone. Your build exited with 1.\n", ci.CauseUpload, "400 Only one sdist may be uploaded per release.", 3},
		{"no setup.py", noisy + "error: setup.py failed\nfailed to deploy\n", ci.CauseDeploy, "error: setup.py failed", 3},
		{"left out", noisy + "\x1b[33;1mSkipping a deployment with the pypi provider because this branch is not permitted: main\x1b[0m\nDone. Your build exited with 0.\n",
			ci.CauseSkipped, "\x1b[33;1mSkipping a deployment with the pypi provider because this branch is not permitted: main\x1b[0m", 3},
		{"tests fail, and so nothing is deployed", noisy + "The command \"tox\" exited with 1.\nSkipping a deployment with the pypi provider because x\n", ci.CauseOther, "tests pass", 2},
		{"trusted publishing", noisy + "##[error]Trusted publishing exchange failure: \n* `invalid-publisher`: no\n", ci.CauseUpload, "##[error]Trusted publishing exchange failure: ", 3},
		{"nothing in particular", "a\nb\n", ci.CauseOther, "a", 2},
		{"empty", "", ci.CauseOther, "", 0},
	} {
		got := explain(t, c.log, 12)
		if got.Cause != c.cause || len(got.Lines) != c.lines || c.lines > 0 && got.Lines[0] != c.first {
			t.Errorf("%s: got %s %q", c.name, got.Cause, got.Lines)
		}
		if few := explain(t, c.log, 1); len(few.Lines) > 1 || c.cause != ci.CauseOther && few.Lines[0] != c.first {
			t.Errorf("%s: in one line: %q", c.name, few.Lines)
		}
	}
}

func TestLastFailure(t *testing.T) {
	t.Parallel()
	log := "one\n\ntravis_fold:start:a\r\x1b[0K\x1b[33mtwo\x1b[0m\ntravis_time:end:1\r\x1b[0K\nthree\r\nThe command \"tox\" exited with 1.\nafter it\nDone.\n"
	for n, want := range map[int][]string{
		0: nil,
		2: {"three", `The command "tox" exited with 1.`},
		3: {"\x1b[33mtwo\x1b[0m", "three", `The command "tox" exited with 1.`},
		9: {"one", "\x1b[33mtwo\x1b[0m", "three", `The command "tox" exited with 1.`},
	} {
		if got := explain(t, log, n).Lines; !slices.Equal(got, want) {
			t.Errorf("%d: got %q", n, got)
		}
	}
}

func TestFileExists(t *testing.T) {
	t.Parallel()
	for name, log := range map[string]string{
		"one line": "ERROR HTTPError: 400 File already exists ('demo-1.0.tar.gz', with blake2_256 hash '" + strings.ToUpper(hashA) + "'). See https://x/\n",
		"wrapped": "2026-03-01T12:00:00.1234567Z ERROR    HTTPError: 400 Bad Request from https://upload.pypi.org/legacy/        \n2026-03-01T12:00:00.1234567Z          File already exists ('demo-1.0.tar.gz', with blake2_256 hash              \n" +
			"2026-03-01T12:00:00.1234567Z          '" + hashA + "'). See \n2026-03-01T12:00:00.1234567Z          https://pypi.org/help/#file-name-reuse\n",
	} {
		if got := explain(t, log, 5).Exists; !slices.Equal(got, []ci.Exists{{Name: "demo-1.0.tar.gz", Blake2b: hashA}}) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if got := explain(t, "400 File already exists ('a-1.zip'", 5).Exists; !slices.Equal(got, []ci.Exists{{Name: "a-1.zip"}}) {
		t.Errorf("without a hash: %+v", got)
	}
	if got := explain(t, "File already exists\nno\nno\nno\nno\n", 5).Exists; len(got) != 0 {
		t.Errorf("of no file: %+v", got)
	}
}

// TestAlarms: a secret is told of and never copied.
func TestAlarms(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("aB3-", 30)
	secret := map[string]string{
		"PyPI token": "pypi-AgEIcHlwaS5vcmc" + body, "GitHub token": "ghp_" + strings.Repeat("a1", 18), "GitLab token": "glpat-" + strings.Repeat("x", 20),
		"password in a URL": "https://dana:hunter22@pypi.example.test/", "private key": "-----BEGIN OPENSSH PRIVATE KEY-----",
	}
	for kind, s := range secret {
		got := explain(t, "one\n\x1b[32mexport X="+s+" \nERROR: "+s+"\n", 9)
		if len(got.Alarms) == 0 || got.Alarms[0] != (ci.Alarm{Kind: kind, Job: "py3", Line: 2}) {
			t.Errorf("%s: got %+v", kind, got.Alarms)
		}
		if text := strings.Join(got.Lines, "\n"); strings.Contains(text, s) || strings.Contains(text, "hunter22") || !strings.Contains(text, "[hidden]") {
			t.Errorf("%s was copied: %q", kind, text)
		}
	}
	key := "-----BEGIN PRIVATE KEY-----\n" + hashA + "\n" + hashB + "\n-----END PRIVATE KEY-----\nERROR after\n"
	if got := explain(t, key, 9); len(got.Alarms) != 1 || strings.Contains(strings.Join(got.Lines, ""), hashA) || got.Lines[len(got.Lines)-1] != "ERROR after" {
		t.Errorf("a whole key: %+v", got)
	}
	for _, harmless := range []string{
		"git clone https://x-access-token:***@github.com/a/b", "https://user:$TOKEN@x.test/", "https://user:${TOKEN}@x/", "https://dana@github.com/x", "pip install pypi-publish",
		"https://a:[secure]@x/", "Run pypa/gh-action-pypi-publish@release/v1", "-----BEGIN PUBLIC KEY-----", "mailto:dana:x@y",
	} {
		if got := explain(t, harmless+"\n", 3); len(got.Alarms) != 0 || got.Lines[0] != harmless {
			t.Errorf("%q: %+v", harmless, got)
		}
	}
}

// endless is a log of one line after the other, or of one without an end.
type endless struct{ line string }

func (e endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = e.line[i%len(e.line)]
	}
	return len(b), nil
}

func TestHugeLogs(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"ERROR HTTPError: 400 again\n", "no end "} {
		got, err := ci.Explain(ci.Job{}, endless{line}, 5)
		if err != nil || !got.Cut || len(got.Lines) == 0 || len(got.Lines[0]) > 20<<10 {
			t.Errorf("%q: %v, %d lines", line, err, len(got.Lines))
		}
	}
}

func FuzzExplain(f *testing.F) {
	f.Add([]byte("ERROR HTTPError: 400\nFile already exists ('a', with blake2_256 hash '" + hashA + "')\nhttps://a:b@c\n"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nx\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		got, err := ci.Explain(ci.Job{}, strings.NewReader(string(log)), 5)
		if err != nil || len(got.Lines) > 5 {
			t.Fatalf("%v, %d lines", err, len(got.Lines))
		}
		for _, e := range got.Exists {
			if e.Blake2b != "" && !strings.Contains(strings.ToLower(string(log)), e.Blake2b) {
				t.Fatalf("a hash that the log does not have: %+v", e)
			}
		}
	})
}
