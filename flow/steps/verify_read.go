package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"ferry/flow"
	"ferry/pypi"
)

// What an index may cost us that lists more than any release has.
const (
	muchToDownload = 200 << 20 // bytes in all that are not downloaded by the way
	manyFiles      = 1000      // nor are more files
	atOnce         = 4         // downloads at the same time
	oneByOne       = 100       // files of which each is asked for
)

// gather asks the witnesses, puts the files together, and downloads them.
func (v *verifier) gather(ctx context.Context) {
	want := theIndex
	if v.Remote != nil {
		want |= theRefs
	}
	if len(v.CI) > 0 && v.target.Ref != "" {
		want |= theBuilds
	}
	v.evidence = v.look(ctx, v.target, want)
	v.since = v.lastUpload()
	v.own, v.ownErr = v.ownFiles(ctx)
	v.wanted = v.expectation(ctx)
	for _, name := range rowNames(v.evidence, v.wanted) {
		v.files = append(v.files, row(v.evidence, v.wanted, name, v.since))
	}
	if !v.evidence.mine() && !slices.Contains(v.evidence.tagged(), v.target.Commit) {
		v.target.Commit = "" // nothing says that it is the one that was released
	}
	v.download(ctx)
	v.compareOwn()
}

// lastUpload is when the last upload was over: by CI where it says so, else by the
// newest of the files. It is zero while CI may upload more.
func (v *verifier) lastUpload() (last time.Time) {
	ours := v.evidence.ours()
	switch {
	case v.evidence.buildsErr != nil, len(ours) > 0 && !final(ours):
		return time.Time{}
	case len(ours) > 0:
		return lastEnd(ours)
	}
	for _, s := range v.evidence.surfaces {
		for _, f := range s.files {
			if f.Uploaded.After(last) {
				last = f.Uploaded
			}
		}
	}
	return last
}

// expectation is which files there must be: what is expected of a release from
// this checkout, and what the person has.
func (v *verifier) expectation(ctx context.Context) expected {
	x := v.expected(ctx, v.evidence)
	if !x.exact && v.Remote == nil || v.target.Ref == "" && len(v.target.Artifacts) == 0 && !v.evidence.published() {
		x = expected{source: "nothing", err: x.err} // nobody here knows what there was to be
	}
	if len(v.own) == 0 {
		if v.evidence.buildsErr != nil && x.err == nil { // the log, which says best, could not be looked for
			x.err = v.evidence.buildsErr
		}
		return x
	}
	if !x.exact {
		x = expected{err: x.err}
	}
	x.kinds = nil // what is here by name is all that there must be
	x.source = strings.TrimPrefix(x.source+" and --dist", " and ")
	x.exact = true
	names := map[string]string{}
	for name := range v.own {
		names[name] = ""
	}
	for name, sum := range x.names {
		names[name] = sum
	}
	x.names = names
	return x
}

// ownFiles reads the distributions of the version in the person's own folder.
func (v *verifier) ownFiles(ctx context.Context) (map[string]*pypi.Artifact, error) {
	if v.options.Dist == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(v.options.Dist)
	if err != nil {
		return nil, err
	}
	own := map[string]*pypi.Artifact{}
	for _, e := range entries {
		d, err := pypi.ParseFilename(e.Name())
		if err != nil || d.Name != pypi.NormalizeName(v.target.Name) || !sameVersion(d.Version, v.target.Version) {
			continue
		}
		if own[e.Name()], err = pypi.OpenArtifact(ctx, filepath.Join(v.options.Dist, e.Name())); err != nil {
			return nil, err
		}
	}
	if len(own) == 0 {
		return nil, fmt.Errorf("%s holds no distribution of %s %s", v.options.Dist, v.target.Name, v.target.Version)
	}
	return own, nil
}

// download reads the bytes of every file that is there, unless a page is about to
// change its mind, or they are too large to be read by the way.
func (v *verifier) download(ctx context.Context) {
	if !v.options.Deep && v.isLarge() {
		v.large = true
		return
	}
	if g := (grid{files: v.files}); !g.settled(v.wanted) {
		v.late = true
		return
	}
	v.fetchAll(ctx)
	for i := range v.files {
		v.judgeBytes(&v.files[i])
	}
}

// isLarge: the sizes are text from outside, and may be such that their sum is none.
func (v *verifier) isLarge() bool {
	left := int64(muchToDownload)
	for _, f := range v.files {
		if left -= min(f.Size, muchToDownload+1); left < 0 {
			return true
		}
	}
	return len(v.files) > manyFiles
}

func (v *verifier) fetchAll(ctx context.Context) {
	var wg sync.WaitGroup
	got := make([]bytesOf, len(v.files))
	slots := make(chan struct{}, atOnce)
	for i, f := range v.files {
		if f.URL == "" {
			continue
		}
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			got[i] = v.fetch(ctx, f)
		})
	}
	wg.Wait()
	for i, f := range v.files {
		if f.URL != "" {
			v.bytes[f.Name] = got[i]
		}
	}
}

// fetch downloads one file and opens it.
func (v *verifier) fetch(ctx context.Context, f flow.File) (b bytesOf) {
	limit := f.Size
	if limit == 0 && !v.options.Deep {
		limit = max(1, muchToDownload-v.read.Load()) // the page tells no size
	}
	listed := pypi.File{Name: f.Name, URL: f.URL, Size: limit}
	v.tell("downloading %s", f.Name)
	if v.dir == "" {
		b.digest, b.err = v.Index.Download(ctx, listed)
	} else {
		b.path, b.digest, b.err = v.Index.Fetch(ctx, listed, v.dir)
	}
	v.read.Add(b.digest.Size)
	if b.err == nil && b.path != "" {
		b.artifact, b.unsound = pypi.OpenArtifact(ctx, b.path)
		if ctx.Err() != nil { // which says nothing of the file
			b.artifact, b.unsound, b.err = nil, nil, context.Cause(ctx)
		}
	}
	return b
}

// judgeBytes writes into the file's row what came of downloading it.
func (v *verifier) judgeBytes(f *flow.File) {
	b, tried := v.bytes[f.Name]
	switch {
	case !tried:
		return
	case b.err != nil:
		f.Surfaces[flow.SurfaceBytes] = flow.SeenUnknown
		if notThere(b.err) {
			f.Surfaces[flow.SurfaceBytes] = flow.SeenNo
		}
		return
	}
	f.Surfaces[flow.SurfaceBytes] = flow.SeenYes
	for _, said := range v.said(f.Name) {
		if said.sha256 != b.digest.SHA256 || said.size != 0 && said.size != b.digest.Size {
			f.Surfaces[flow.SurfaceBytes] = flow.SeenDiffers
		}
	}
	if f.SHA256 == "" {
		f.SHA256 = b.digest.SHA256
	}
	if f.Size == 0 {
		f.Size = b.digest.Size
	}
}

func notThere(err error) bool {
	var he *pypi.HTTPError
	return errors.As(err, &he) && (he.Status == 404 || he.Status == 410)
}

// saying is what one witness says of one file's bytes.
type saying struct {
	who, sha256 string
	size        int64 // 0 if it does not say
}

// said are the witnesses that name a sha256 of a file.
func (v *verifier) said(name string) (all []saying) {
	if sum := v.wanted.names[name]; sum != "" {
		all = append(all, saying{"CI log", sum, 0})
	}
	if own := v.own[name]; own != nil {
		all = append(all, saying{"--dist", own.SHA256, own.Size})
	}
	for _, s := range v.evidence.surfaces {
		if f := find(s.files, name); f != nil && f.SHA256 != "" {
			all = append(all, saying{surfaceWord(s.name), f.SHA256, f.Size})
		}
	}
	return all
}

func surfaceWord(surface string) string {
	i := slices.IndexFunc(surfaceWords, func(w struct{ surface, word string }) bool { return w.surface == surface })
	return surfaceWords[i].word
}

// compareOwn holds the rows against the person's own files.
func (v *verifier) compareOwn() {
	for i := range v.files {
		f := &v.files[i]
		own := v.own[f.Name]
		switch {
		case own == nil:
		case f.URL == "":
			f.Surfaces[flow.SurfaceDist] = flow.SeenYes
		case f.SHA256 != own.SHA256:
			f.Surfaces[flow.SurfaceDist] = flow.SeenDiffers
		default:
			f.Surfaces[flow.SurfaceDist] = flow.SeenYes
		}
	}
}
