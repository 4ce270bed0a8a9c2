package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/pypi/pypitest"
)

// The programs that real_test.go runs besides ferry. FERRY_REAL=require makes
// the absence of one a failure.
func installed(t testing.TB, what string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, what)
	return ""
}

func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("FERRY_REAL") == "require" {
		t.Fatalf("%s is not installed, and FERRY_REAL=require", what)
	}
	t.Skipf("%s is not installed", what)
}

func python(t *testing.T, modules ...string) string {
	t.Helper()
	path := installed(t, "python3", "/usr/bin/python3", "python3")
	for _, m := range modules {
		if exec.Command(path, "-c", "import "+m).Run() != nil {
			missing(t, "python's "+m)
		}
	}
	return path
}

const (
	realVersion  = "2.1.0"
	realBranch   = "refs/heads/pypi-release"
	realToken    = "pypi-AgEIcHlwaS5vcmc-real" // of the index; the host holds it
	realPassword = "s3a-shanty-77"             // of the maintainer at the git host
)

// realProjects are of our own making, one for each way that builds offline.
var realProjects = map[string]map[string]string{
	"lantern": {
		"pyproject.toml":          "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n\n[project]\nname = \"lantern\"\ndynamic = [\"version\"]\n\n[tool.setuptools.dynamic]\nversion = {attr = \"lantern.__version__\"}\n",
		"src/lantern/__init__.py": "__version__ = \"" + realVersion + "\"\n",
		"README.md":               "A lantern.\n",
		".gitignore":              "*.egg-info\n",
	},
	"spyglass": {
		"pyproject.toml":       "[build-system]\nrequires = [\"flit_core >=3.2,<4\"]\nbuild-backend = \"flit_core.buildapi\"\n\n[project]\nname = \"spyglass\"\ndescription = \"sees far\"\nversion = \"" + realVersion + "\"\n",
		"spyglass/__init__.py": "",
		"README.md":            "A glass.\n",
	},
}

// hook is the host's CI: whoever creates the release branch has the commit
// built and uploaded. A hook inherits variables that tie git to the repository.
const hook = `#!/bin/sh
work() (
	set -e
	unset $(git rev-parse --local-env-vars)
	export HOME='@dir@/ci' TWINE_USERNAME=__token__ TWINE_PASSWORD='@token@'
	if [ ! -d '@cache@'/$new ]; then
		tmp=$(mktemp -d '@cache@/build.XXXXXX')
		git clone -q --branch pypi-release '@bare@' "$tmp/src"
		cd "$tmp/src"
		test "$(git rev-parse HEAD)" = $new
		'@python@' -m build --no-isolation --outdir "$tmp/dist" .
		ln -sn "$tmp/dist" '@cache@'/$new || test -d '@cache@'/$new
	fi
	'@twine@' upload --non-interactive --disable-progress-bar --repository-url '@index@legacy/' '@cache@'/$new/*
)
while read -r old new ref; do
	case $ref:$old in
	@branch@:0000*)
		echo "the host builds $new"
		echo $new >>'@dir@/created'
		@start@ ;;
	esac
done
`

// host is a git host, a CI and an index, and one maintainer's home and clone.
type host struct {
	t                      *testing.T
	bin                    string
	dir, bare, home, clone string
	name                   string
	index                  *pypitest.Server
}

// yard is where all tests of one run share what was built.
type yard struct{ cache string }

// host makes one. A host in the background answers a push at once and builds
// afterwards, as a CI does; another lets the push wait.
func (y yard) host(t *testing.T, name string, background bool) *host {
	t.Helper()
	dir, err := program()
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, bin: filepath.Join(dir, "ferry"), dir: t.TempDir(), name: name}
	h.bare, h.home, h.clone = filepath.Join(h.dir, "git", "ada", "p.git"), filepath.Join(h.dir, "home"), filepath.Join(h.dir, "clone")
	h.index = pypitest.New(pypitest.Options{Tokens: map[string][]string{realToken: {"*"}}})
	web := httptest.NewServer(h.index)
	t.Cleanup(web.Close)
	h.write("ci/.keep", "", 0o600)
	h.write("home/.gitconfig", "[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n", 0o600)
	h.write("home/.config/ferry/config.toml", "[release]\ntrigger = \"branch\"\nartifacts = [\"sdist\", \"wheel\"]\n[ci]\nprovider = \"none\"\n"+
		"[index.pypi]\nupload = \""+web.URL+"/legacy/\"\nsimple = \""+web.URL+"/simple/\"\njson = \""+web.URL+"/pypi/\"\n"+
		"[wait]\nevery = \"200ms\"\nsettle = \"500ms\"\nsecond-look = \"1s\"\n", 0o600)
	h.repository()
	start := "work 2>&1"
	if background {
		start = "work >'@dir@/log' 2>&1 </dev/null &"
	}
	text := strings.NewReplacer("@start@", start).Replace(hook)
	text = strings.NewReplacer("@dir@", h.dir, "@token@", realToken, "@cache@", y.cache, "@bare@", h.bare, "@index@", web.URL+"/", "@branch@", realBranch,
		"@python@", python(t), "@twine@", installed(t, "twine", "/usr/bin/twine", "twine")).Replace(text)
	h.write("git/ada/p.git/hooks/post-receive", text, 0o700)
	return h
}

// repository makes the project's one commit, always the same, and a clone.
func (h *host) repository() {
	h.t.Helper()
	for path, text := range realProjects[h.name] {
		h.write(filepath.Join("src", path), text, 0o600)
	}
	src := filepath.Join(h.dir, "src")
	h.git(h.dir, "init", "-q", "src")
	h.git(src, "add", "-A")
	h.git(src, "commit", "-qm", "the release")
	h.git(h.dir, "clone", "-q", "--bare", "src", h.bare)
	h.git(h.dir, "clone", "-q", h.bare, h.clone)
}

func (h *host) write(path, text string, mode os.FileMode) {
	h.t.Helper()
	path = filepath.Join(h.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) environ() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.home, "XDG_CONFIG_HOME=" + h.home + "/.config", "GIT_CONFIG_NOSYSTEM=1", "LANG=C.UTF-8",
		"GIT_AUTHOR_DATE=2026-11-20T10:00:00Z", "GIT_COMMITTER_DATE=2026-11-20T10:00:00Z"}
}

func (h *host) git(dir string, args ...string) string {
	h.t.Helper()
	cmd := exec.CommandContext(h.t.Context(), installed(h.t, "git", "git"), args...)
	cmd.Dir, cmd.Env = dir, h.environ()
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// release runs the program as a person would, in one folder.
func (h *host) release(dir string, more ...string) result {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.bin, append([]string{"release", "--plain", "--yes=" + realVersion, "--timeout", "90s"}, more...)...)
	cmd.Dir, cmd.Env = dir, h.environ()
	r := finish(h.t, cmd)
	if strings.Contains(r.err+r.out, realPassword) || strings.Contains(r.err+r.out, realToken) {
		h.t.Errorf("a secret is told:\n%s%s", r.err, r.out)
	}
	return r
}

// ends wants an exit code, and words on stderr.
func (h *host) ends(r result, code int, words ...string) {
	h.t.Helper()
	if r.code != code {
		log, _ := os.ReadFile(filepath.Join(h.dir, "log"))
		h.t.Fatalf("exit code %d, want %d\n%s%s%s", r.code, code, r.err, r.out, log)
	}
	for _, w := range words {
		if !strings.Contains(r.err, w) {
			h.t.Errorf("%q is not said:\n%s", w, r.err)
		}
	}
}

func (h *host) refs() string { return h.git(h.bare, "for-each-ref") }

// uploaded are the sha256 of all that was ever uploaded, by file name.
func (h *host) uploaded() map[string]string {
	out := map[string]string{}
	for _, u := range h.index.Uploads() {
		if out[u.Filename] != "" || u.Status != http.StatusOK {
			h.t.Errorf("uploaded again, or in vain: %+v", u)
		}
		out[u.Filename] = u.SHA256
	}
	return out
}

const claimRef = "refs/releases/"

// released looks at what a release leaves, by other eyes than ferry's.
func (h *host) released(r result) {
	h.t.Helper()
	h.ends(r, 0)
	files := h.uploaded()
	if len(files) != 2 {
		h.t.Errorf("uploaded: %v", files)
	}
	for name, sha := range files {
		if !strings.Contains(r.err, name) || !strings.Contains(r.err, sha) {
			h.t.Errorf("%s %s is not told:\n%s", name, sha, r.err)
		}
	}
	if !strings.HasPrefix(r.out, h.name+" "+realVersion+" ") {
		h.t.Errorf("result: %q", r.out)
	}
	if refs := h.refs(); strings.Contains(refs, realBranch) {
		h.t.Errorf("the branch is left:\n%s", refs)
	}
	h.createdOnce()
}

func (h *host) createdOnce() {
	h.t.Helper()
	created, err := os.ReadFile(filepath.Join(h.dir, "created"))
	if err != nil || strings.Count(string(created), "\n") != 1 {
		h.t.Errorf("the branch was created so often: %q %v", created, err)
	}
}

// claimed wants the one claim, an annotated tag by the maintainer at the commit.
func (h *host) claimed() {
	h.t.Helper()
	claims := strings.Fields(h.git(h.bare, "for-each-ref", "--format=%(refname) %(objecttype) %(*objectname) %(taggername)", claimRef))
	want := []string{claimRef + h.name + "/" + realVersion, "tag", h.git(h.clone, "rev-parse", "HEAD"), "Ada"}
	if fmt.Sprint(claims) != fmt.Sprint(want) {
		h.t.Errorf("claims %v, want %v", claims, want)
	}
}

// again runs the release once more: nothing may change.
func (h *host) again(dir string) {
	h.t.Helper()
	refs, files := h.refs(), fmt.Sprint(h.uploaded())
	h.ends(h.release(dir), 0)
	if now := h.refs(); now != refs {
		h.t.Errorf("refs changed from\n%s\nto\n%s", refs, now)
	}
	if now := fmt.Sprint(h.uploaded()); now != files {
		h.t.Errorf("files changed from %s to %s", files, now)
	}
	h.createdOnce()
}

// web serves the host's repositories by git-http-backend, to those who know the
// password, and gives the address of the one.
func (h *host) web() string {
	h.t.Helper()
	backend := filepath.Join(h.git(h.dir, "--exec-path"), "git-http-backend")
	if _, err := os.Stat(backend); err != nil {
		missing(h.t, "git-http-backend")
	}
	script := &cgi.Handler{Path: backend, Env: []string{"GIT_PROJECT_ROOT=" + filepath.Join(h.dir, "git"), "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=ada",
		"HOME=" + filepath.Join(h.dir, "ci"), "GIT_CONFIG_NOSYSTEM=1"}, InheritEnv: []string{"PATH"}}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, password, _ := r.BasicAuth(); name != "ada" || password != realPassword {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "Invalid user name or password", http.StatusUnauthorized)
			return
		}
		script.ServeHTTP(w, r)
	}))
	h.t.Cleanup(s.Close)
	h.password(realPassword)
	return s.URL + "/ada/p.git"
}

// password is what the maintainer's credential helper knows.
func (h *host) password(p string) {
	h.t.Helper()
	h.git(h.dir, "config", "--global", "credential.helper", "!f() { echo username=ada; echo 'password="+p+"'; }; f")
}

// sshd starts a real one that lets the maintainer's key in, and gives an
// address through ~/.ssh/config, and the line of known_hosts.
func (h *host) sshd() (address, known string) {
	h.t.Helper()
	server, keygen := installed(h.t, "sshd", "/usr/sbin/sshd", "sshd"), installed(h.t, "ssh-keygen", "ssh-keygen")
	me, err := user.Current()
	if err != nil {
		h.t.Fatal(err)
	}
	h.write("home/.ssh/.keep", "", 0o600)
	for _, file := range []string{"home/.ssh/id_ed25519", "hostkey"} {
		if out, err := exec.Command(keygen, "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(h.dir, file)).CombinedOutput(); err != nil {
			h.t.Fatalf("ssh-keygen: %v %s", err, out)
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	free.Close()
	h.write("sshd", fmt.Sprintf("Port %s\nListenAddress 127.0.0.1\nHostKey %s/hostkey\nAuthorizedKeysFile %s/.ssh/id_ed25519.pub\n"+
		"StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\n", port, h.dir, h.home), 0o600)
	_ = os.MkdirAll("/run/sshd", 0o755) // sshd insists on it, and run by others does without
	cmd := exec.Command(server, "-D", "-e", "-f", filepath.Join(h.dir, "sshd"))
	text, err := cmd.StderrPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(text)
	for lines.Scan() && !strings.Contains(lines.Text(), "listening") {
		h.t.Log(lines.Text())
	}
	go func() {
		for lines.Scan() { // keep the pipe empty
		}
	}()
	h.write("home/.ssh/config", fmt.Sprintf("Host harbour\n  HostName 127.0.0.1\n  Port %s\n  User %s\n", port, me.Username), 0o600)
	return "harbour:" + h.bare, "[127.0.0.1]:" + port + " "
}

func (h *host) know(line, keyFile string) {
	h.t.Helper()
	key, err := os.ReadFile(filepath.Join(h.dir, keyFile))
	if err != nil {
		h.t.Fatal(err)
	}
	h.write("home/.ssh/known_hosts", line+string(key), 0o600)
}

// refuses makes the host refuse to update some refs.
func (h *host) refuses(refs, reason string) {
	h.write("git/ada/p.git/hooks/update", "#!/bin/sh\ncase $1 in "+refs+") echo '"+reason+"' >&2; exit 1;; esac\n", 0o700)
}
