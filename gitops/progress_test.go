package gitops_test

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

// What goes out is told while it goes: what it is, how far it got, and that the
// server is waited for. Then the server's own lines come.
func TestProgressOfAPush(t *testing.T) {
	w := newWorld(t, gittest.Options{})
	noise := make([]byte, 6<<20)
	_, _ = rand.Read(noise)
	sha, err := gittest.WriteCommit(w.dir, map[string]string{"noise": string(noise)}, "a long push", day)
	must(t, err)
	slow := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost { // it takes a while to begin to read
			pass(r.Context(), 1200*time.Millisecond)
		}
		w.server.ServeHTTP(rw, r)
	}))
	slow.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		_ = c.(*net.TCPConn).SetReadBuffer(64 << 10) // so that it does not all fit into the system's buffers
		return ctx
	}
	slow.Start()
	defer slow.Close()
	config := filepath.Join(w.dir, ".git", "config")
	b, err := os.ReadFile(config)
	must(t, err)
	must(t, os.WriteFile(config, []byte(strings.ReplaceAll(string(b), w.url, slow.URL+"/"+repoPath+".git")), 0o644))
	repo, err := gitops.Open(w.dir)
	must(t, err)
	m, err := repo.Remote("origin", gitops.RemoteOptions{})
	must(t, err)
	w.server.Faults(gittest.Progress(0, "remote says"))
	var lines []string
	must(t, m.Create(t.Context(), release, sha, func(line string) { lines = append(lines, line) }))
	want := regexp.MustCompile(`^sending 3 objects, 6\.0\d MiB\n(sent \d+\.\d\d [KM]iB of 6\.0\d MiB\n)+waiting for the server\nremote says$`)
	if got := strings.Join(lines, "\n"); !want.MatchString(got) {
		t.Errorf("got\n%s", got)
	}
	lines = nil
	must(t, m.Delete(t.Context(), release, sha, func(line string) { lines = append(lines, line) }))
	equal(t, "a deletion", strings.Join(lines, "\n"), "")
}
