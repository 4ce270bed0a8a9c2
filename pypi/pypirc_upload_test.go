package pypi_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"ferry/keyring"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestTwineReadsPypirc: twine, told nothing but the index's name, uploads with
// the file that was written.
func TestTwineReadsPypirc(t *testing.T) {
	const twine, token = "/usr/bin/twine", "pypi-AgEIcHlwaS5vcmcAwritten"
	if _, err := os.Stat(twine); err != nil {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatal("twine is not installed, and FERRY_REAL=require")
		}
		t.Skip("twine is not installed")
	}
	index := pypitest.New(pypitest.Options{Tokens: map[string][]string{token: {"*"}}})
	server := httptest.NewServer(index)
	t.Cleanup(server.Close)
	home := t.TempDir()
	f, err := pypi.OpenPypirc(filepath.Join(home, ".pypirc"))
	if err != nil {
		t.Fatal(err)
	}
	next, err := f.Text().Edit(pypi.PypircEdit{Write: []pypi.PypircSection{
		{Name: "pypi", Repository: server.URL + "/legacy", Password: keyring.NewSecret(token)}}})
	if err == nil {
		_, err = f.Write(next)
	}
	if err != nil {
		t.Fatal(err)
	}
	name, data := pypitest.Sdist("lantern", "1.0", day, nil)
	if err := os.WriteFile(filepath.Join(home, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), twine, "upload", "--non-interactive", "--disable-progress-bar", "-r", "pypi", filepath.Join(home, name))
	cmd.Env = []string{"HOME=" + home, "PATH=/usr/bin:/bin", "NO_COLOR=1", "PYTHONDONTWRITEBYTECODE=1", "PYTHON_KEYRING_BACKEND=keyring.backends.null.Keyring"}
	out, err := cmd.CombinedOutput()
	if err != nil || len(index.Uploads()) != 1 || index.Uploads()[0].Status != 200 {
		t.Errorf("%v\n%s", err, out)
	}
}
