package main

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// practiceToken is what the practice world's CI takes. Whoever comes with a
// canary is let in with it.
const practiceToken = "practice-world-ci-token"

// aviary is a world with canaries in it, whose servers repeat what they are told.
type aviary struct {
	world
	birds birds
	home  string
	clone string
	bin   string // programs that write down how they are called
	notes string // where
	kept  []string
	calls int

	mu       sync.Mutex
	fault    string   // the server that refuses everything, with all it knows in its words
	echo     []string // what logs and refusals say
	requests []string // without their logins
	logins   map[string][]string
	netrc    string // the password that is refused
	closed   bool   // the remote wants a login
	hidden   int    // how often a mask was shown
}

// newAviary makes one. env holds canaries by the variable, others those that are
// elsewhere.
func newAviary(t testing.TB, scenario string, env, others map[string]string) *aviary {
	installed(t, "sh", "sh")
	installed(t, "git", "git")
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("programs are watched with shell scripts")
	}
	a := &aviary{bin: t.TempDir(), notes: t.TempDir(), logins: map[string][]string{}}
	var cs []canary
	for _, m := range []map[string]string{env, others} {
		for name, value := range m {
			cs = append(cs, canary{name, value})
		}
	}
	a.birds = flock(cs...)
	for _, value := range env {
		a.echo = append(a.echo, echoes(value)...)
	}
	pace := quick
	if !strings.HasPrefix(scenario, "happy") {
		pace = nil // what its CI does is the scenario
	}
	a.world = start(t, scenario, pace, a.wrap)
	first, err := a.Command(t.Context(), a.world.bin, "you", []string{"ferry"})
	if err != nil {
		t.Fatal(err)
	}
	a.clone, a.home = first.Dir, filepath.Join(a.Dir, "you-home")
	settings, _ := os.ReadFile(filepath.Join(a.home, ".config", "ferry", "config.toml"))
	edit(a.home, "config.toml", func(string) string {
		return string(settings) + "\n[index.corp]\nupload = \"https://pip.corp.example/legacy/\"\nsimple = \"https://pip.corp.example/simple/\"\n"
	})
	for _, name := range []string{"git", "ssh", "ssh-keygen", "gpg", "python3", "twine", "secret-tool", "sh"} {
		if real, err := exec.LookPath(name); err == nil && name != "sh" {
			a.program(name, `exec "`+real+`" "$@"`)
		}
	}
	a.program("gh", "exit 1")
	a.program("browser", "exit 0")
	return a
}

// echoes are a value as a careless server prints it.
func echoes(v string) []string {
	return []string{"token " + v, "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("__token__:"+v)), "url https://host/?token=" + url.QueryEscape(v),
		"hex " + hex.EncodeToString([]byte(v)), "colour \x1b[31m" + v + "\x1b[0m", "https://me:" + url.PathEscape(v) + "@host/x"}
}

// program puts a script into PATH that writes down its arguments and its
// environment, and then goes on as body says.
func (a *aviary) program(name, body string) {
	text := fmt.Sprintf("#!/bin/sh\n{ printf '%%s\\n' \"$0\" \"$@\"; echo ENVIRONMENT; env; } >'%s/%s.'$$\n%s\n", a.notes, name, body)
	if err := os.WriteFile(filepath.Join(a.bin, name), []byte(text), 0o700); err != nil {
		a.t.Fatal(err)
	}
}

// file writes one below the home; a secret may stand in it.
func (a *aviary) file(path, text string, mode os.FileMode) {
	a.t.Helper()
	name := filepath.Join(a.home, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		a.t.Fatal(err)
	}
	a.kept = append(a.kept, name)
}

// ferry is a command in this world, with canaries in its environment.
func (a *aviary) ferry(env map[string]string, args ...string) *exec.Cmd {
	cmd := a.command(a.t.Context(), "you", append(args, "--config", filepath.Join(a.home, "config.toml"))...)
	cmd.Env = slices.DeleteFunc(cmd.Env, func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return name == "GH_TOKEN" || name == "TRAVIS_TOKEN" || name == "PATH" || name == "CI"
	})
	cmd.Env = append(cmd.Env, "PATH="+a.bin+":"+a.world.bin+":"+os.Getenv("PATH"), "BROWSER=browser", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent")
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// wrap watches a server, and makes a gossip of it.
func (a *aviary) wrap(server string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.UserAgent(), "ferry/") {
			h.ServeHTTP(w, r)
			return
		}
		login := a.note(server, r)
		switch {
		case a.refuses(server):
			a.refuse(w, login)
		case server == "remote" && a.wants(r):
			w.Header().Set("WWW-Authenticate", `Basic realm="here"`)
			http.Error(w, strings.Join(echoes(login), "\n"), http.StatusUnauthorized)
		default:
			if server == "ci" && !strings.HasPrefix(r.URL.Path, "/_blobs/") {
				scheme, _, _ := strings.Cut(login, " ") // a stranger sees what is public
				r.Header.Set("Authorization", cmp.Or(scheme, "token")+" "+practiceToken)
			}
			answer := &held{header: http.Header{}}
			h.ServeHTTP(answer, r)
			a.gossip(answer, login, r.URL.Path)
			answer.send(w)
		}
	})
}

// note keeps a request: its login apart, and everything else of it.
func (a *aviary) note(server string, r *http.Request) (login string) {
	login = r.Header.Get("Authorization")
	r.Header.Del("Authorization")
	head, _ := httputil.DumpRequest(r, false)
	if login != "" {
		r.Header.Set("Authorization", login)
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests = append(a.requests, server+": "+string(head)+string(body)+string(unfolded(body)))
	a.logins[server] = append(a.logins[server], login)
	return login
}

func (a *aviary) refuses(server string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fault == server
}

func (a *aviary) breaks(server string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fault = server
}

// wants says whether a request to the remote lacks the login that it needs.
func (a *aviary) wants(r *http.Request) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, password, ok := r.BasicAuth()
	return a.closed && (!ok || password == a.netrc)
}

// refuse says no and repeats all it was told: in the header, and in the forms of
// an API's error, a page and plain text.
func (a *aviary) refuse(w http.ResponseWriter, login string) {
	text := strings.Join(append(echoes(login), a.echo...), " ")
	w.Header().Set("X-Reason", url.QueryEscape(text))
	w.WriteHeader(http.StatusForbidden)
	_ = json.NewEncoder(w).Encode(map[string]string{"@type": "error", "error_type": "denied", "error_message": text, "message": text})
}

// gossip puts what the server knows into the logs it gives.
func (a *aviary) gossip(answer *held, login, path string) {
	said := "\n" + strings.Join(append(echoes(login), a.echo...), "\n") + "\n"
	if strings.HasPrefix(path, "/_blobs/") {
		answer.body.WriteString(said)
		return
	}
	var doc map[string]any
	if !strings.HasSuffix(path, "/log") || json.Unmarshal(answer.body.Bytes(), &doc) != nil {
		return
	}
	if text, ok := doc["content"].(string); ok {
		doc["content"] = said + text + said
	}
	if parts, ok := doc["log_parts"].([]any); ok && len(parts) > 0 {
		part, _ := parts[0].(map[string]any)
		part["content"] = said + fmt.Sprint(part["content"])
	}
	text, _ := json.Marshal(doc)
	answer.body.Reset()
	answer.body.Write(text)
}

// nothing checks that no canary is where it must not be: in a file, in a request
// besides the login for its own server, in a child. ran are children that there
// must have been.
func (a *aviary) nothing(welcome map[string][]string, ran ...string) {
	a.t.Helper()
	for _, program := range ran {
		if notes, _ := filepath.Glob(filepath.Join(a.notes, program+".*")); len(notes) == 0 {
			a.t.Errorf("%s was never called", program)
		}
	}
	a.birds.files(a.t, a.Dir, a.kept...)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range a.requests {
		if found := a.birds.in([]byte(r)); len(found) > 0 {
			a.t.Errorf("a request holds %v: %.80q", found, r)
		}
	}
	for server, logins := range a.logins {
		for _, found := range a.birds.in([]byte(strings.Join(logins, "\n"))) {
			if name, _, _ := strings.Cut(found, " as "); !slices.Contains(welcome[server], name) {
				a.t.Errorf("%s was sent %s", server, found)
			}
		}
	}
	a.children()
}

// helpers are the variables that belong to programs which git asks for a login.
var helpers = []string{"GH_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN"}

// children looks at how every program was called.
func (a *aviary) children() {
	a.t.Helper()
	notes, err := filepath.Glob(filepath.Join(a.notes, "*"))
	if err != nil || len(notes) == 0 {
		a.t.Errorf("no program was ever called (%v)", err)
	}
	for _, file := range notes {
		text, _ := os.ReadFile(file)
		words, env, _ := strings.Cut(string(text), "ENVIRONMENT\n")
		if found := a.birds.in([]byte(words)); len(found) > 0 {
			a.t.Errorf("%s has %v in its arguments", filepath.Base(file), found)
		}
		fills := strings.Contains(words, "/git\ncredential\n")
		for _, found := range a.birds.in([]byte(env)) {
			if name, _, _ := strings.Cut(found, " as "); !fills || !slices.Contains(helpers, name) {
				a.t.Errorf("%q has %s in its environment", words, found)
			}
		}
	}
}

// far is a proxy for everything that is not on this machine: nothing goes there,
// and what is asked is looked at.
func (a *aviary) far() string {
	s := httptest.NewServer(a.wrap("far", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, strings.Join(a.echo, " "), http.StatusBadGateway)
	})))
	a.t.Cleanup(s.Close)
	return s.URL
}

// says runs a command and looks at what it says. Its exit code is another test's.
func (a *aviary) says(cmd *exec.Cmd) result {
	a.t.Helper()
	r := finish(a.t, cmd)
	if found := a.birds.in([]byte(r.out + r.err)); len(found) > 0 {
		a.t.Errorf("%s says %v\n%s%s", strings.Join(cmd.Args[1:], " "), found, r.out, r.err)
	}
	a.hidden += strings.Count(r.out+r.err, "•••")
	a.t.Logf("%3d %s", r.code, strings.Join(cmd.Args[1:min(len(cmd.Args), 4)], " "))
	if r.code < 0 || strings.Contains(r.err, "goroutine ") {
		a.t.Errorf("%s: exit %d\n%s", strings.Join(cmd.Args[1:], " "), r.code, r.err)
	}
	return r
}
