package pypi

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// pythonReads prints the members of each archive that it is told of, on one line:
// name and CRC-32, or "link" for links, with what Python's own modules see.
const pythonReads = `
import sys, posixpath, zipfile, tarfile, zlib, warnings
warnings.simplefilter("ignore")
def members(path):
    if path.endswith(".zip"):
        with zipfile.ZipFile(path) as z:
            for i in z.infolist():
                yield i.filename, "dir" if i.is_dir() else zlib.crc32(z.read(i))
        return
    with tarfile.open(path, "r:gz") as t:
        for m in t:
            yield m.name, "dir" if m.isdir() else "link" if m.issym() or m.islnk() else zlib.crc32(t.extractfile(m).read()) if m.isreg() else "other"
for line in sys.stdin:
    try: out = {posixpath.normpath(n): v for n, v in members(line.rstrip("\n"))}
    except Exception as e: print("!", type(e).__name__, flush=True); continue
    out.pop(".", None)
    print(ascii(sorted((n, str(v)) for n, v in out.items())), flush=True)
`

// unpacker is one Python that answers questions, and is asked by one at a time.
type unpacker struct {
	sync.Mutex
	in  io.Writer
	out *bufio.Reader
	dir string
}

func newUnpacker(t testing.TB) *unpacker {
	cmd := exec.CommandContext(t.Context(), debianPython, "-c", pythonReads)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		if os.Getenv("FERRY_REAL") == "require" {
			t.Fatalf("%s: %v, and FERRY_REAL=require", debianPython, err)
		}
		return nil // then no panic is all that is proved
	}
	t.Cleanup(func() { _, _ = in.Close(), cmd.Wait() })
	return &unpacker{in: in, out: bufio.NewReader(out), dir: t.TempDir()}
}

func (o *unpacker) ask(t *testing.T, ext string, data []byte) string {
	t.Helper()
	o.Lock()
	defer o.Unlock()
	file := filepath.Join(o.dir, "a"+ext)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(o.in, file)
	line, err := o.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(line, "\n")
}

// walked is what is seen here, in the words of the oracle; "" if it is refused.
func walked(t *testing.T, ext string, data []byte) string {
	t.Helper()
	got, err := walkedWith(t, ext, data)
	if err != nil {
		return ""
	}
	return got
}

// walkFile walks a file by what its name ends with.
func walkFile(t *testing.T, file string, v visit) error {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	w := newWalker(t.Context(), f, info.Size(), v)
	if strings.HasSuffix(file, ".zip") {
		return w.zip()
	}
	return w.tar()
}

func walkedWith(t *testing.T, ext string, data []byte) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a"+ext)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var all [][2]string
	err := walkFile(t, file, func(m Member, r io.Reader) error {
		what := map[bool]string{m.Folder: "dir", m.Link != "": "link"}[true]
		if what == "" {
			sum := crc32.NewIEEE()
			if _, err := io.Copy(sum, r); err != nil {
				return err
			}
			what = strconv.Itoa(int(sum.Sum32()))
		}
		all = slices.DeleteFunc(all, func(p [2]string) bool { return p[0] == m.Path })
		all = append(all, [2]string{m.Path, what})
		return nil
	})
	if err != nil {
		return "", err
	}
	slices.SortFunc(all, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	var text []string
	for _, p := range all {
		text = append(text, "("+pythonText(p[0])+", '"+p[1]+"')")
	}
	return "[" + strings.Join(text, ", ") + "]", nil
}

// pythonText is ascii() of a text without control characters.
func pythonText(s string) string {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\'' && quote == "'":
			b.WriteString(`\'`)
		case r < 0x7f:
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return quote + b.String() + quote
}

// FuzzTar: an sdist has the members that Python sees in it, or is refused. The
// fuzzer changes the archive below its packing, and sums are made right again.
func FuzzTar(f *testing.F) {
	for _, h := range []tar.Header{
		{Name: "foo-1.0/a.py", Typeflag: tar.TypeReg}, {Name: "./foo-1.0/b/", Typeflag: tar.TypeDir}, {Name: "foo-1.0/l", Typeflag: tar.TypeSymlink, Linkname: "a.py"},
		{Name: "foo-1.0/é" + strings.Repeat("x", 120), Typeflag: tar.TypeReg, Format: tar.FormatPAX}, {Name: "foo-1.0/" + strings.Repeat("y", 120), Typeflag: tar.TypeReg, Format: tar.FormatGNU},
		{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}},
	} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		if h.Typeflag == tar.TypeReg {
			h.Size = 3
		}
		_ = w.WriteHeader(&h)
		if h.Size > 0 {
			_, _ = w.Write([]byte("abc"))
		}
		_ = w.Close()
		f.Add(b.Bytes())
	}
	python := newUnpacker(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		data := gzipped(summed(raw))
		got := walked(t, ".tar.gz", data)
		// Python makes an error of an archive of nothing, or of attributes alone. No
		// sdist is one: it has no metadata, and is refused for that.
		if python == nil || got == "" || got == "[]" {
			return
		}
		if want := python.ask(t, ".tar.gz", data); got != want {
			t.Errorf("%s, and Python sees %s", got, want)
		}
	})
}

func gzipped(raw []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(raw)
	_ = z.Close()
	return b.Bytes()
}

// tarOf is a tar archive of one file.
func tarOf(name, text string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	_ = w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(text)), Format: tar.FormatUSTAR})
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.Bytes()
}

// TestTarPrefix: where a header has no mark of its format, Python reads a name
// with a beginning that others do not see.
func TestTarPrefix(t *testing.T) {
	for name, spoil := range map[string]func(h []byte){
		"sound":   func([]byte) {},
		"no mark": func(h []byte) { copy(h[257:], make([]byte, 8)); copy(h[345:], "evil") },
		"star":    func(h []byte) { copy(h[345:], "evil"); copy(h[508:], "tar\x00") },
		"times":   func(h []byte) { copy(h[257:], "ustar  \x00"); copy(h[345:], "00000000017\x00") },
	} {
		raw := tarOf("foo-1.0/a.py", "")
		spoil(raw)
		if got := walked(t, ".tar.gz", gzipped(summed(raw))); (got != "") != (name == "sound") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// summed makes the checksum of each header right.
func summed(raw []byte) []byte {
	raw = bytes.Clone(raw)
	for at := 0; at+512 <= len(raw); {
		h := raw[at : at+512]
		if bytes.Count(h, []byte{0}) == 512 {
			break
		}
		copy(h[148:156], "        ")
		sum := 0
		for _, c := range h {
			sum += int(c)
		}
		copy(h[148:156], fmt.Sprintf("%06o\x00 ", sum))
		size, err := strconv.ParseInt(strings.Trim(string(h[124:136]), " \x00"), 8, 32)
		if err != nil {
			break
		}
		at += 512 + int(size+511)/512*512
	}
	return raw
}

// TestZipEnd: the directory is as long as it says, has as many members, and ends
// where the archive does.
func TestZipEnd(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.Create("é.py")
	_, _ = io.WriteString(w, "x = 1\n")
	_ = z.SetComment("words")
	_ = z.Close()
	end := b.Len() - endRecord - len("words")
	for name, spoil := range map[string]func(raw []byte) []byte{
		"sound":        func(raw []byte) []byte { return raw },
		"no length":    func(raw []byte) []byte { copy(raw[end+12:], []byte{0, 0, 0, 0}); return raw },
		"less members": func(raw []byte) []byte { copy(raw[end+8:], []byte{0, 0, 0, 0}); return raw },
		"no checksum": func(raw []byte) []byte {
			copy(raw[bytes.Index(raw, []byte("PK\x01\x02"))+16:], []byte{0, 0, 0, 0})
			return raw
		},
		"name of no kind": func(raw []byte) []byte { raw[bytes.Index(raw, []byte("PK\x01\x02"))+9] &^= 8; return raw },
		"behind it":       func(raw []byte) []byte { return append(raw, "more"...) },
		"in front":        func(raw []byte) []byte { return append([]byte("#!/bin/sh\n"), raw...) },
		"in the comment": func(raw []byte) []byte {
			raw[end+20] = byte(len("words") + endRecord)
			return append(raw, raw[end:end+endRecord]...)
		},
	} {
		if got := walked(t, ".zip", spoil(bytes.Clone(b.Bytes()))); (got != "") != (name == "sound") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// FuzzZip: the same for wheels. What Python refuses is refused here too, and there
// is no exception: nothing that it cannot read has been found that is taken here.
func FuzzZip(f *testing.F) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"a.py", "foo/", "foo/é.py"} {
		w, _ := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if !strings.HasSuffix(name, "/") {
			_, _ = io.WriteString(w, "abc "+name)
		}
	}
	_ = z.SetComment("words")
	_ = z.Close()
	plain := plainZip("a.py", "abc", "foo/b.py", "abcabcabcabc")
	for _, seed := range [][]byte{b.Bytes(), plain, plainZip(), append([]byte("#!/bin/sh\n"), plain...), wedged(plain, 0, "more")} {
		f.Add(seed)
	}
	python := newUnpacker(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := walked(t, ".zip", raw)
		if python == nil || got == "" {
			return
		}
		if want := python.ask(t, ".zip", raw); got != want {
			t.Errorf("%s, and Python sees %s", got, want)
		}
	})
}
