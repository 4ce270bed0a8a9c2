package pypi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// faulty is a disk that fails at one of its operations.
type faulty struct {
	rcRealDisk
	at  *int
	err error
}

func (d faulty) fails() bool { *d.at--; return *d.at == 0 }

func (d faulty) Create(name string) (rcHandle, error) {
	if d.fails() {
		return nil, d.err
	}
	h, err := d.rcRealDisk.Create(name)
	return faultyFile{h, d}, err
}

func (d faulty) Rename(from, to string) error {
	if d.fails() {
		return d.err
	}
	return d.rcRealDisk.Rename(from, to)
}

func (d faulty) SyncDir(dir string) error {
	if d.fails() {
		return d.err
	}
	return d.rcRealDisk.SyncDir(dir)
}

type faultyFile struct {
	rcHandle
	d faulty
}

func (f faultyFile) Write(b []byte) (int, error) {
	if f.d.fails() {
		n, _ := f.rcHandle.Write(b[:len(b)/2])
		return n, f.d.err
	}
	return f.rcHandle.Write(b)
}

func (f faultyFile) Sync() error {
	if f.d.fails() {
		return f.d.err
	}
	return f.rcHandle.Sync()
}

func (f faultyFile) Close() error {
	err := f.rcHandle.Close()
	if f.d.fails() {
		return f.d.err
	}
	return err
}

// TestPypircFullDisk fails every operation in turn. The old file stays, or, once
// it has been replaced, the new one is whole.
func TestPypircFullDisk(t *testing.T) {
	for _, fault := range []error{syscall.ENOSPC, syscall.EIO, io.ErrShortWrite} {
		for at := 1; ; at++ {
			dir := t.TempDir()
			path := put(t, filepath.Join(dir, ".pypirc"), foreign)
			left := at
			_, err := change(path, tokenEdit("T"), func(f *PypircFile) { f.disk = faulty{at: &left, err: fault} })
			if err == nil {
				if at != 11 {
					t.Errorf("%d operations can fail, not 10", at-1)
				}
				break
			}
			var p *PypircError
			if !errors.As(err, &p) || !errors.Is(err, fault) {
				t.Errorf("%d: %v", at, err)
			}
			if got := get(t, path); got != foreign && at < 10 {
				t.Errorf("%d: %q", at, got)
			}
			if at == 10 && (p.Kept == "" || get(t, p.Kept) != foreign || !strings.Contains(get(t, path), "password = T\n")) {
				t.Errorf("after the rename: %v", err)
			}
			if names := litter(t, dir); at < 10 && len(names) > 0 {
				t.Errorf("%d left %v", at, names)
			}
		}
	}
}

// TestPypircTinyDisk does it on a real disk that is full.
func TestPypircTinyDisk(t *testing.T) {
	dir := t.TempDir()
	if runtime.GOOS != "linux" || exec.Command("mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "none", dir).Run() != nil {
		t.Skip("no file system can be mounted here")
	}
	t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
	big := foreign + strings.Repeat("# filling\n", 2500)
	path := put(t, filepath.Join(dir, ".pypirc"), big)
	refused := 0
	for _, filling := range []int{36 << 10, 28 << 10, 12 << 10, 8 << 10, 0} {
		put(t, filepath.Join(dir, "filling"), strings.Repeat("x", filling))
		_, err := change(path, tokenEdit("T"), nil)
		if err == nil {
			continue
		}
		refused++
		if !errors.Is(err, syscall.ENOSPC) || get(t, path) != big || len(litter(t, dir)) > 0 {
			t.Errorf("%v %v", err, litter(t, dir))
		}
	}
	if refused == 0 {
		t.Error("the disk was never full")
	}
}

const helperVar = "FERRY_TEST_PYPIRC_WRITER"

// TestPypircWriter is no test: it is the process that gets killed. It writes
// one token and then the other, for ever.
func TestPypircWriter(t *testing.T) {
	path := os.Getenv(helperVar)
	if path == "" {
		t.Skip("only as a child of the campaign")
	}
	for i := 0; ; i++ {
		if _, err := change(path, tokenEdit(rcToken(i)), nil); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			fmt.Println("writing")
		}
	}
}

func rcToken(i int) string { return strings.Repeat(string(rune('A'+i%2)), 40) }

// TestPypircKilled kills the writer at random instants.
func TestPypircKilled(t *testing.T) {
	n := 60
	if s := os.Getenv("FERRY_KILLS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	r := rand.New(rand.NewPCG(7, 7))
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, ".pypirc"), foreign+strings.Repeat("# and more\n", 3000))
	whole := map[string]bool{}
	for i := range 2 {
		p, err := ParsePypirc([]byte(get(t, path)))
		if err != nil {
			t.Fatal(err)
		}
		next, err := p.Edit(tokenEdit(rcToken(i)))
		if err != nil {
			t.Fatal(err)
		}
		whole[string(next.doc().data)] = true
	}
	orphans := 0
	for range n {
		kill(t, path, time.Duration(r.IntN(12_000))*time.Microsecond)
		if !whole[get(t, path)] {
			t.Fatal("the file is torn")
		}
		orphans += len(litter(t, dir))
		if _, err := OpenPypirc(path); err != nil {
			t.Fatal(err)
		}
		if left := litter(t, dir); len(left) > 0 {
			t.Fatalf("after the next start: %v", left)
		}
	}
	t.Logf("%d kills: never torn; %d orphans, all swept by the next start", n, orphans)
}

func kill(t *testing.T, path string, after time.Duration) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPypircWriter$")
	cmd.Env = append(os.Environ(), helperVar+"="+path)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "writing\n" {
		t.Fatalf("%q %v", line, err)
	}
	<-time.After(after)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

const pypircReader = `
import configparser, sys
seen, n = set(), 0
print("reading", flush=True)
import select
while not select.select([sys.stdin], [], [], 0)[0]:
    p = configparser.RawConfigParser()
    with open(sys.argv[1]) as f:
        p.read_file(f)
    assert p.get("local", "password") == "s3cret" and p.get("pypi", "username") == "__token__"
    assert p.get("zzz", "last") == "line"
    seen.add(p.get("pypi", "password"))
    n += 1
print(n, len(seen), flush=True)
`

// TestPypircReaders: whoever reads while we write sees one file or the other.
func TestPypircReaders(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), ".pypirc"), foreign+strings.Repeat("# and more\n", 2000)+"[zzz]\nlast = line\n")
	if _, err := change(path, tokenEdit(rcToken(0)), nil); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", pypircReader, path)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		rcMissing(t, "python3")
	}
	lines := bufio.NewReader(out)
	_, _ = lines.ReadString('\n')
	for i := range 300 {
		if _, err := change(path, tokenEdit(rcToken(i)), nil); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = io.WriteString(in, "enough\n")
	var reads, tokens int
	if _, err := fmt.Fscan(lines, &reads, &tokens); err != nil || tokens != 2 {
		t.Errorf("%d reads, %d tokens: %v %s", reads, tokens, err, errs.String())
	}
	_ = cmd.Wait()
	t.Logf("%d reads during 300 writes: always whole", reads)
}

// TestPypircIsOpaque: no verb, no encoder and no view shows what is in the box.
func TestPypircIsOpaque(t *testing.T) {
	const canary = "pypi-CANARYCANARYCANARYCANARYCANARYCANARYCANARY"
	text := "[pypi]\nusername = joe\n  password=" + canary + "\nrealm = " + canary + "\n# " + canary + "\n[local]\nrepository = https://u:" + canary + "@host/x\npassword = " + canary + "\n"
	path := put(t, filepath.Join(t.TempDir(), ".pypirc"), text)
	f, err := OpenPypirc(path)
	if err != nil {
		t.Fatal(err)
	}
	next, err := f.Text().Edit(tokenEdit(canary + "2"))
	if err != nil {
		t.Fatal(err)
	}
	type holder struct{ p Pypirc }
	shown := fmt.Sprint(f.View(), strings.Join(f.Text().Diff(next), "\n"), f.Text().Diff(Pypirc{}), f.Text())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown += fmt.Sprintf(verb, f) + fmt.Sprintf(verb, holder{next}) + fmt.Sprintf(verb, next)
	}
	if strings.Contains(shown, "CANARY") || strings.Contains(shown, fmt.Sprintf("%x", "CANARY")) {
		t.Errorf("shown: %s", shown)
	}
}
