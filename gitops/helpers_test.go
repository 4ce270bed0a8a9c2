package gitops_test

import (
	"context"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/gitops/gittest"
	"ferry/keyring"
)

// TestMain keeps the machine's own configuration out.
func TestMain(m *testing.M) {
	if os.Getenv("LC_RELAY") != "" { // we are the ProxyCommand of a test
		relay(os.Args[1], os.Args[2])
		return
	}
	home, err := os.MkdirTemp("", "gitops")
	if err != nil {
		panic(err)
	}
	for k, v := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, ".config"), "GIT_CONFIG_SYSTEM": os.DevNull,
		"GIT_CONFIG_NOSYSTEM": "1", "SSH_AUTH_SOCK": "", "SSH_KNOWN_HOSTS": "",
	} {
		os.Setenv(k, v)
	}
	for _, k := range []string{"GIT_SSL_CAINFO", "GIT_SSL_NO_VERIFY", "GIT_SSL_CERT", "GIT_SSL_KEY", "no_proxy", "NO_PROXY", "GIT_ALLOW_PROTOCOL", "GIT_SSL_CAPATH"} {
		os.Unsetenv(k)
	}
	code := m.Run()
	os.RemoveAll(home)
	os.Exit(code)
}

// relay is what nc does.
func relay(host, port string) {
	c, err := net.Dial("tcp", net.JoinHostPort(host, port))
	if err != nil {
		os.Exit(1)
	}
	go io.Copy(c, os.Stdin)
	io.Copy(os.Stdout, c)
}

var day = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

const repoPath = "ada/boat"

// world is one host with one repository, and a clone of it.
type world struct {
	t      *testing.T
	server *gittest.Server
	url    string // of the repository
	dir    string
	repo   *gitops.Repo
	remote *gitops.Remote
	first  string // the commit on main
}

// newWorld makes a world whose remote operations may take a few seconds.
func newWorld(t *testing.T, opt gittest.Options) *world {
	t.Helper()
	w := &world{t: t, server: gittest.New(opt), dir: filepath.Join(t.TempDir(), "clone")}
	w.first = w.server.Repo(repoPath, map[string]string{"README.md": "boat\n", "src/boat/__init__.py": "", "a.txt": "a"}, gittest.At(day))
	h := httptest.NewServer(w.server)
	t.Cleanup(h.Close)
	w.url = h.URL + "/" + repoPath + ".git"
	login := strings.Replace(w.url, "://", "://"+opt.User+":"+opt.Password+"@", 1)
	must(t, gittest.Checkout(w.dir, login, ""))
	w.open(opt, 5*time.Second)
	return w
}

func (w *world) open(opt gittest.Options, limit time.Duration) {
	w.t.Helper()
	repo, err := gitops.Open(w.dir)
	must(w.t, err)
	w.repo = repo
	w.remote, err = repo.Remote("origin", gitops.RemoteOptions{Timeout: limit, Logins: login(opt.User, opt.Password)})
	must(w.t, err)
}

// short gives the world a remote that loses patience soon.
func (w *world) short(limit time.Duration) *gitops.Remote {
	w.t.Helper()
	m, err := w.repo.Remote("origin", gitops.RemoteOptions{Timeout: limit})
	must(w.t, err)
	return m
}

func (w *world) commit(msg string) string {
	w.t.Helper()
	sha, err := gittest.WriteCommit(w.dir, map[string]string{"news.txt": msg}, msg, day.Add(time.Hour))
	must(w.t, err)
	return sha
}

func login(user, password string) []gitops.Source {
	if user == "" {
		return nil
	}
	return []gitops.Source{func(context.Context, string) (gitops.Login, error) {
		return gitops.Login{User: user, Secret: keyring.NewSecret(password), Source: "a test"}, nil
	}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// needs finds a real program. FERRY_REAL=require makes its absence a failure.
func needs(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err == nil {
			return path
		}
	}
	if os.Getenv("FERRY_REAL") == "require" {
		t.Fatalf("%v is not installed, and FERRY_REAL=require", names)
	}
	t.Skipf("%v is not installed", names)
	return ""
}

// git runs the real git.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := tryGit(t, dir, args...)
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(out)
}

func tryGit(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(needs(t, "git"), append([]string{
		"-c", "user.name=Bob", "-c", "user.email=bob@example.org", "-c", "init.defaultBranch=main",
		"-c", "protocol.file.allow=always", "-c", "commit.gpgSign=false",
	}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// withoutGit hides every program from the code under test.
func withoutGit(t *testing.T) { t.Setenv("PATH", t.TempDir()) }

func at(t *testing.T, refs []gitops.Ref, name string) string {
	t.Helper()
	for _, r := range refs {
		if r.Name == name {
			return r.SHA
		}
	}
	return ""
}
