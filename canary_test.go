package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ferry/flow/sandbox"
	"ferry/gitops/gittest"
	"ferry/ui/cli"
)

// bird is a secret that no pattern knows, with characters that every encoding
// changes. n makes it one of its kind.
func bird(n int) string {
	return fmt.Sprintf("%04x-cnry/Kelp+&=%04x~s3a", n*7919%65536, n*104729%65536)
}

// indexBird is a token as PyPI makes them; nobody can tell that it opens nothing.
func indexBird(n int) string {
	b := "\x02\x01\x08pypi.org\x02\x10" + fmt.Sprintf("canary-uuid-%04x", n*7919%65536) + "\x00\x00\x06\x20" + strings.Repeat("S", 32)
	return "pypi-" + base64.RawURLEncoding.EncodeToString([]byte(b))
}

// variables are all that ferry reads a secret from, and some of other programs.
func variables() map[string]string {
	out := map[string]string{"FERRY_TOKEN_PYPI": indexBird(1), "TWINE_PASSWORD": indexBird(2)}
	for i, name := range []string{"FERRY_TOKEN_TESTPYPI", "FERRY_TOKEN_CORP", "TRAVIS_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN",
		"GITEA_TOKEN", "QUICKBUILD_PASSWORD", "UV_PUBLISH_TOKEN", "AWS_SECRET_ACCESS_KEY"} {
		out[name] = bird(i + 3)
	}
	return out
}

// calls are every command with its subcommands. What is behind | is typed. A
// release comes late, and the log after it.
var calls = []string{
	"", "status", "status --follow --timeout 2s", "release --plan", "release --dry-run", "release --plan -o @/plan.json", "release --no-input", "release --yes=9.9",
	"log", "auth", "auth login corp |", "auth login pypi --token-file - |", "auth login testpypi |", "auth login travis --token-file @/token", "auth login nobody |",
	"auth status", "auth status pypi", "auth test pypi", "auth test corp", "auth test travis", "auth test github", "auth logout corp",
	"pypirc show", "pypirc write --index corp --yes", "pypirc write --yes", "pypirc write --index nobody", "pypirc remove --index corp --yes", "version", "help", "help auth",
	"completion bash", "completion zsh", "completion fish", "completion powershell", "sandbox list", "sandbox nowhere", "sandbox happy -- version", "--frobnicate", "unheard-of",
	"onboard", "onboard --dry-run --publish=travis --start=branch", "onboard --plan --publish=github --start=tag", "onboard --publish=travis --start=branch --yes", "onboard --publish=travis-setting --start=branch --pypirc=token --yes", "onboard --answers @/token",
	"check", "check --offline --tag v1", "check --fix --yes", "verify", "verify --deep", "verify acme-core 9.9", "release --apply @/plan.json --yes=" + sandbox.Version, "release --yes=" + sandbox.Version, "status", "recover", "recover --undo claim", "recover 9.9 --resume --yes=9.9", "log --report", "log --script", "log", "",
}

// faceFlags are how each is shown.
var faceFlags = []string{"--plain", "--json", "--accessible", "--progress=quiet"}

func TestEveryCommandIsCalled(t *testing.T) {
	for _, name := range cli.Commands {
		if !slices.ContainsFunc(calls, func(c string) bool { return c == name || strings.HasPrefix(c, name+" ") }) {
			t.Errorf("%s is called with no canary", name)
		}
	}
}

// call runs one line of calls in a face; typed is what stands behind |.
func (a *aviary) call(line, face, typed string, env map[string]string) {
	line, types := strings.CutSuffix(line, "|")
	args := strings.Fields(strings.ReplaceAll(line, "@", a.home))
	if !strings.HasPrefix(line, "sandbox") {
		a.calls++
		args = append(args, face, "--debug", filepath.Join(a.home, "debug"), "--events", filepath.Join(a.home, fmt.Sprint("events-", a.calls)))
	}
	cmd := a.ferry(env, args...)
	if types {
		cmd.Stdin = strings.NewReader(typed + "\n")
	}
	a.says(cmd)
}

// TestNoCanaryOfTheEnvironment: with every variable set, no command in any face
// shows, writes, sends or passes on one of them, and servers repeat in vain what
// they are told.
func TestNoCanaryOfTheEnvironment(t *testing.T) {
	for scenario, faces := range map[string][]string{"happy": {"--plain"}, "happy-tag": {"--json"}, "ci-red": {"--accessible"}, "red-but-published": {"--progress=quiet"}} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			env := variables()
			a := newAviary(t, scenario, env, nil)
			settings := map[string]string{"HTTPS_PROXY": a.far()}
			for name, value := range env {
				settings[name] = value
			}
			a.hook()
			a.file("token", env["TRAVIS_TOKEN"]+"\n", 0o600)
			a.Remote.Faults(gittest.Decline(strings.Join(a.echo, " ")).On(gittest.Push))
			for _, face := range faces {
				for _, line := range calls {
					a.call(line, face, env["FERRY_TOKEN_CORP"], settings)
				}
			}
			for _, name := range cli.Commands {
				a.says(a.ferry(settings, name, "--help"))
			}
			for _, words := range [][]string{{env["GH_TOKEN"]}, {"release", env["GH_TOKEN"]}, {"--remote", env["GH_TOKEN"]}, {"explain", env["TRAVIS_TOKEN"]}, {"auth", "status", env["GITLAB_TOKEN"]}} {
				a.says(a.ferry(settings, append(words, faces...)...))
			}
			if a.hidden == 0 {
				t.Error("no server repeated anything that had to be hidden")
			}
			a.kept = append(a.kept, filepath.Join(a.home, ".pypirc"))
			a.nothing(map[string][]string{"ci": {"TRAVIS_TOKEN", "GH_TOKEN"}}, "git", "pre-push")
		})
	}
}

// hook puts a pre-push hook into the clone that writes down how it is called, and
// says something.
func (a *aviary) hook() {
	a.program("pre-push", "echo checked")
	text, err := os.ReadFile(filepath.Join(a.bin, "pre-push"))
	if err == nil {
		err = os.MkdirAll(filepath.Join(a.clone, ".git", "hooks"), 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(a.clone, ".git", "hooks", "pre-push"), text, 0o700)
	}
	if err != nil {
		a.t.Fatal(err)
	}
}

// TestNoCanaryInARefusal: a server that refuses and repeats what it knows is
// quoted without it.
func TestNoCanaryInARefusal(t *testing.T) {
	for _, server := range []string{"index", "ci", "remote"} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			env := variables()
			a := newAviary(t, "happy", env, nil)
			a.breaks(server)
			for _, face := range faceFlags {
				for _, line := range []string{"status", "release --plan", "release --yes=" + sandbox.Version + " --timeout 3s"} {
					a.call(line, face, "", env)
				}
			}
			a.nothing(map[string][]string{"ci": {"TRAVIS_TOKEN"}})
		})
	}
}

// TestNoCanaryOfAStore: what gh, Travis's client, git's helpers, ~/.netrc and
// ~/.pypirc keep stays with them.
func TestNoCanaryOfAStore(t *testing.T) {
	t.Parallel()
	stores := map[string]string{"gh": bird(21), "travis": bird(22), "git": bird(23), "netrc": bird(24), "pypirc": indexBird(25), "foreign": bird(26), "typed": indexBird(27)}
	a := newAviary(t, "happy", nil, stores)
	a.echo = nil
	a.closed, a.netrc = true, stores["netrc"]
	a.program("gh", "echo '"+stores["gh"]+"'")
	a.program("git-credential-aviary", "test \"$1\" = get || exit 0; echo username=me; echo password='"+stores["git"]+"'")
	for _, file := range []string{".netrc", ".travis/config.yml", ".pypirc"} {
		a.file(file, map[string]string{
			".netrc":             "machine 127.0.0.1 login me password " + stores["netrc"] + "\n",
			".travis/config.yml": "endpoints:\n  https://api.travis-ci.com/:\n    access_token: " + stores["travis"] + "\n",
			".pypirc": "[distutils]\nindex-servers =\n  pypi\n  other\n\n[pypi]\nusername = __token__\npassword = " + stores["pypirc"] +
				"\n\n[other]\nrepository = https://other.example/\nusername = me\npassword = " + stores["foreign"] + "\n",
		}[file], 0o600)
	}
	edit(a.clone, ".git/config", func(s string) string { return s + "[credential]\n\thelper = aviary\n" })
	settings := map[string]string{"HTTPS_PROXY": a.far()}
	for _, face := range []string{"--plain", "--json"} {
		for _, line := range calls {
			a.call(strings.Replace(line, "--token-file @/token", "", 1), face, stores["typed"], settings)
		}
	}
	a.nothing(map[string][]string{"ci": {"gh", "travis"}, "remote": {"git", "netrc"}}, "git", "git-credential-aviary", "gh")
	for _, name := range []string{"git", "netrc"} {
		if !slices.Contains(a.logins["remote"], "Basic "+base64.StdEncoding.EncodeToString([]byte("me:"+stores[name]))) {
			t.Errorf("what %s keeps was never used: %q", name, a.logins["remote"])
		}
	}
}

// TestNoCanaryOfTheURL: a secret in the remote's URL, as the password or as the
// user, is in no word of ours.
func TestNoCanaryOfTheURL(t *testing.T) {
	for name, value := range map[string]string{"password": "p4ssw0rd-of-the-remote-9", "user": "t0ken-as-the-user-of-a-url-77", "known": "ghp_" + strings.Repeat("k3lP", 9)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAviary(t, "happy", nil, map[string]string{name: value})
			login := value
			if name == "password" {
				login = "me:" + value
			}
			edit(a.clone, ".git/config", func(s string) string { return strings.Replace(s, "http://", "http://"+login+"@", 1) })
			a.kept = append(a.kept, filepath.Join(a.clone, ".git", "config"))
			for _, face := range faceFlags {
				for _, line := range []string{"status", "release --plan", "release --plan -o @/plan.json", "release --yes=" + sandbox.Version, "log --script", "log"} {
					a.call(line, face, "", nil)
				}
			}
			a.breaks("remote")
			a.call("status", "--plain", "", nil)
			a.nothing(map[string][]string{"remote": {name}})
		})
	}
}

// TestNoCanaryInATrace: a process that is made to show its stacks shows no value,
// and one that waits leaves no core.
func TestNoCanaryInATrace(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			env := variables()
			a := newAviary(t, "ci-never-starts", env, nil)
			env["GOTRACEBACK"] = "crash"
			cmd, said := a.ferry(env, "release", "--plain", "--yes="+sandbox.Version), &transcript{}
			cmd.Stdout, cmd.Stderr = said, said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			late, stop := context.WithTimeout(t.Context(), 30*time.Second)
			defer stop()
			for a.created("refs/heads/"+sandbox.Branch) == 0 && late.Err() == nil {
				select {
				case <-time.After(20 * time.Millisecond):
				case <-late.Done():
				}
			}
			noCore(t, cmd)
			_ = cmd.Process.Signal(sig)
			_ = cmd.Wait()
			if !said.has("goroutine ") {
				t.Error("there is no trace")
			}
			if found := a.birds.in([]byte(said.all.String())); len(found) > 0 {
				t.Errorf("the trace holds %v", found)
			}
			a.nothing(map[string][]string{"ci": {"TRAVIS_TOKEN"}})
		})
	}
}

// noCore looks at the limits of a running process, where the system shows them,
// and whether others of its user may read its memory.
func noCore(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d", cmd.Process.Pid)
	limits, err := os.ReadFile(dir + "/limits")
	if err != nil {
		t.Log("the limits of a process are not shown here: ", err)
		return
	}
	for line := range strings.Lines(string(limits)) {
		if f := strings.Fields(line); strings.HasPrefix(line, "Max core file size") && (f[4] != "0" || f[5] != "0") {
			t.Error(line)
		}
	}
	if _, err := os.ReadFile(dir + "/environ"); err == nil && os.Getuid() != 0 {
		t.Error("its environment can be read")
	}
}
