package steps_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/github"
	"ferry/flow/plans"
	"ferry/flow/steps"
)

// keeping is a release by tag that is there in part, of whose build CI keeps something.
func keeping(t *testing.T, kept ...citest.Artifact) *bench {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	b := newBench(t, options{byTag: true, token: true})
	for _, h := range []happens{existing("1.3.0"), tag(ours), logged(ours, hour, "Run twine\n"+halfLog, ci.StateFailed), published(2*hour, wheel)} {
		h(b)
	}
	b.world.Kept = &steps.Kept{}
	t.Cleanup(func() { must(t, b.world.Kept.Close()) })
	for _, a := range kept {
		b.ci.Keep(b.ci.Builds()[0].ID, a)
	}
	return b
}

// in is an archive of one file.
func in(path string, data []byte) citest.Artifact {
	return citest.Artifact{Name: "dist", Files: map[string][]byte{path: data}}
}

// TestCompletedFromWhatCIKeeps: the missing file is fetched, proved, sent and confirmed;
// the gate and the plan say where it is from, and nothing of it is left behind.
func TestCompletedFromWhatCIKeeps(t *testing.T) {
	b := keeping(t, citest.Artifact{Name: "old", Expired: true}, citest.Artifact{Name: "logs", Files: map[string][]byte{"a.txt": nil}}, in("some/where/"+sdist, dist(sdist).Data))
	way := b.diagnose().Option(flow.WayComplete)
	from := fmt.Sprintf("%s from the artifact %q of github build %s", sdist, "dist", b.ci.Builds()[0].ID)
	if way == nil || way.Text != "upload "+from {
		t.Fatalf("%+v", way)
	}
	if got := flow.Shell(way.Plan.Nodes[0].Step.(flow.Commander).Command()); got != "ferry recover 1.4.0 --complete" {
		t.Error(got) // the file is gone when the program is
	}
	asked := ""
	engine := flow.Engine{Ask: func(_ context.Context, q flow.Question) (flow.Answer, error) {
		asked += fmt.Sprintf("%+v", q)
		return flow.Answer{Yes: true, Typed: version}, nil
	}}
	must(t, engine.Run(t.Context(), way.Plan))
	if !strings.Contains(asked, from) {
		t.Errorf("the gate says %s", asked)
	}
	if sent := b.index.Uploads(); len(sent) != 1 {
		t.Errorf("%d uploads", len(sent))
	}
	if r := b.diagnose(); r.State != string(board.AllDone) {
		t.Error(r.State)
	}
	must(t, b.world.Kept.Close())
	if rest := temporary(t); len(rest) != 0 {
		t.Errorf("left: %q", rest)
	}
}

// temporary are the files in the temporary folder, and below.
func temporary(t *testing.T) (out []string) {
	t.Helper()
	must(t, filepath.WalkDir(os.TempDir(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	}))
	return out
}

// TestOneArtifactOfMany: all that is lacking is taken out of it at once.
func TestOneArtifactOfMany(t *testing.T) {
	b := keeping(t, citest.Artifact{Name: "dist", Files: map[string][]byte{"dist/" + sdist: dist(sdist).Data, "dist/" + linux: dist(linux).Data, "dist/" + wheel: dist(wheel).Data}})
	b.ci.Print(b.ci.Builds()[0].Jobs[0].ID, uploads(linux))
	opened := counted(b)
	way := b.diagnose().Option(flow.WayComplete)
	if way == nil || !strings.HasPrefix(way.Text, "upload "+linux+", "+sdist+" from the artifact") && !strings.HasPrefix(way.Text, "upload "+sdist+", "+linux+" from the artifact") {
		t.Fatalf("%+v", way)
	}
	if *opened != 1 {
		t.Errorf("the archive was read %d times", *opened)
	}
	if files := temporary(t); len(files) != 2 {
		t.Errorf("%q", files)
	}
}

// counting is GitHub, and how many archives it was asked for.
type counting struct {
	*github.Provider
	opened *int
}

func (c counting) OpenArtifact(ctx context.Context, a ci.Artifact) (io.ReadCloser, error) {
	*c.opened++
	return c.Provider.OpenArtifact(ctx, a)
}

func counted(b *bench) *int {
	b.t.Helper()
	p, ok := b.world.CI[0].(*github.Provider)
	if !ok {
		b.t.Fatalf("%T", b.world.CI[0])
	}
	n := 0
	b.world.CI = []ci.Provider{counting{p, &n}}
	return &n
}

// TestFetchedOnce: a second look fetches nothing, the folder is private, and a file in
// it that was changed is not used.
func TestFetchedOnce(t *testing.T) {
	b := keeping(t, in(sdist, dist(sdist).Data), citest.Artifact{Name: "none", Files: map[string][]byte{"a": nil}})
	opened := counted(b)
	for range 2 {
		if got := ways(b.diagnose()); got != "restart [complete] supersede wait" || *opened > 2 {
			t.Fatalf("%s, after %d archives", got, *opened)
		}
	}
	files := temporary(t)
	if len(files) != 1 || filepath.Base(files[0]) != sdist {
		t.Fatalf("%q", files)
	}
	for _, dir := range []string{filepath.Dir(files[0]), filepath.Dir(filepath.Dir(files[0]))} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	must(t, os.WriteFile(files[0], []byte("changed"), 0o600))
	if way := b.diagnose().Option(flow.WayComplete); way != nil {
		t.Errorf("with changed bytes: %s", way.Text)
	}
}

// TestNotFetched: what CI keeps is no good, and the words say why. Nothing is left in
// the temporary folder, whatever the archive was.
func TestNotFetched(t *testing.T) {
	other, sum := []byte("other"), fmt.Sprintf("%x", sha256.Sum256([]byte("other")))
	listing := zipOf(t, 2_200, func(i int) string { return strings.Repeat("a", 2_000) + fmt.Sprint(i) })
	broken := append(zipOf(t, 1, func(int) string { return sdist }), "more"...)
	copy(broken[30+len(sdist):], "xxxx")
	for says, kept := range map[string][]citest.Artifact{
		"CI keeps no artifact of the build":                          nil,
		"has expired":                                                {{Name: "dist", Expired: true}},
		"nor in the artifact \"dist\"":                               {in("dist/"+wheel, dist(wheel).Data)},
		"has other bytes: its sha256 is " + sum:                      {in("dist/"+sdist, other)},
		"no zip archive that can be searched":                        {{Name: "dist", Zip: []byte("not a zip")}},
		"its list of files is too long":                              {{Name: "dist", Zip: listing}},
		"cannot be read: its " + sdist:                               {{Name: "dist", Zip: broken}},
		"longer than 1073741824 bytes":                               {{Name: "dist", Zip: bomb(t)}},
		"CI keeps 21 artifacts of it, more than are searched":        many(21),
		"nor in the artifact \"link\"":                               {{Name: "link", Zip: linkedZip(t)}},
		"there is no " + sdist + " in ":                              {{Name: "dist", Files: map[string][]byte{"../" + sdist + "/x": nil}}},
		"has other bytes: its sha256 is " + sum + ", and CI printed": {{Name: "dist", Files: map[string][]byte{`..\..\` + sdist: other}}},
	} {
		b := keeping(t, kept...)
		r := b.diagnose()
		why := ""
		for _, n := range r.NotOffered {
			if n.ID == flow.WayComplete {
				why = n.Why
			}
		}
		if !strings.Contains(why, says) || !strings.HasSuffix(why, "put CI's own artifact there") {
			t.Errorf("%s: %q", says, why)
		}
		if rest := temporary(t); len(rest) != 0 {
			t.Errorf("%s: left %q", says, rest)
		}
		_, err := plans.Recover(flow.WithReading(t.Context()), b.world, b.target, b.login)
		must(t, err)
		if len(b.index.Uploads()) != 0 {
			t.Errorf("%s: something was sent", says)
		}
	}
}

func many(n int) (out []citest.Artifact) {
	for i := range n {
		out = append(out, citest.Artifact{Name: fmt.Sprint(i)})
	}
	return out
}

// zipOf is an archive of so many files.
func zipOf(t *testing.T, n int, name func(int) string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := range n {
		w, err := z.Create(name(i))
		must(t, err)
		_, err = w.Write([]byte("some bytes that are long enough"))
		must(t, err)
	}
	must(t, z.Close())
	return out.Bytes()
}

// bomb is an archive of a small file that is said to become a large one.
func bomb(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	_, err := z.CreateRaw(&zip.FileHeader{Name: sdist, Method: zip.Deflate, UncompressedSize64: 2 << 30})
	must(t, errors.Join(err, z.Close()))
	return out.Bytes()
}

// linkedZip is an archive in which the file is a link to another one.
func linkedZip(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	h := &zip.FileHeader{Name: sdist}
	h.SetMode(fs.ModeSymlink | 0o777)
	w, err := z.CreateHeader(h)
	must(t, err)
	_, err = w.Write([]byte("/etc/passwd"))
	must(t, errors.Join(err, z.Close()))
	return out.Bytes()
}

// TestAnotherArtifactHasIt: one that cannot be read, or holds other bytes, does not
// hide the one that has them.
func TestAnotherArtifactHasIt(t *testing.T) {
	b := keeping(t, citest.Artifact{Name: "x", Zip: []byte("no zip")}, in(sdist, []byte("other")), in("dist/"+sdist, dist(sdist).Data))
	if way := b.diagnose().Option(flow.WayComplete); way == nil || !strings.HasPrefix(way.Text, "upload "+sdist+" from the artifact") {
		t.Errorf("%+v", way)
	}
}

// TestOtherBytesHere: what lies in dist is the person's word, and nothing is fetched
// past it.
func TestOtherBytesHere(t *testing.T) {
	b := keeping(t, in(sdist, dist(sdist).Data))
	inDist(sdist, dist(linux).Data)(b)
	if way := b.diagnose().Option(flow.WayComplete); way != nil || len(temporary(t)) != 0 {
		t.Errorf("%+v", way)
	}
}
