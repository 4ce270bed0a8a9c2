package steps

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"ferry/flow"
	"ferry/pypi"
)

// grid is the release file by file, on each surface.
type grid struct {
	files []flow.File
	err   error // the first file that could not be downloaded
}

// gridOf puts together what was expected and what the pages show.
func (w World) gridOf(ctx context.Context, e evidence, x expected, end time.Time) grid {
	var g grid
	for _, name := range rowNames(e, x) {
		g.files = append(g.files, row(e, x, name, end))
	}
	if g.settled(x) {
		g.err = w.hashBytes(ctx, g.files)
	}
	return g
}

// rowNames are the expected and the present files, sorted, and a name for each
// expected kind of which there is none.
func rowNames(e evidence, x expected) []string {
	names, _ := fileNames(e)
	for name := range x.names {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, kind := range x.kinds {
		if !slices.ContainsFunc(names, func(n string) bool { return isKind(n, kind) }) {
			names = append(names, missingName(e.target, kind))
		}
	}
	slices.Sort(names)
	return names
}

func isKind(name, kind string) bool {
	d, err := pypi.ParseFilename(name)
	return err == nil && d.Kind == kind
}

// missingName is what a file of that kind would be called.
func missingName(t Target, kind string) string {
	stem := pypi.FileStem(t.Name) + "-" + t.Version
	if kind == kindWheel {
		return stem + "-*.whl"
	}
	return stem + ".tar.gz"
}

func row(e evidence, x expected, name string, end time.Time) flow.File {
	f := flow.File{Name: name, Surfaces: map[string]flow.Seen{}}
	printed := x.names[name]
	f.Expected = x.wants(name) || strings.Contains(name, "*")
	f.SHA256 = printed
	for _, s := range e.surfaces {
		fill(&f, s, name)
	}
	f.Surfaces[flow.SurfaceLog] = flow.SeenNotChecked
	if printed != "" {
		f.Surfaces[flow.SurfaceLog] = flow.SeenYes
	}
	for _, s := range e.surfaces {
		f.Surfaces[s.name] = cell(f, s, end)
	}
	f.Surfaces[flow.SurfaceBytes] = flow.SeenNotChecked
	return f
}

// fill takes over what a surface tells and nobody told before it.
func fill(f *flow.File, s surface, name string) {
	p := find(s.files, name)
	if p == nil {
		return
	}
	if f.SHA256 == "" {
		f.SHA256 = p.SHA256
	}
	if f.URL == "" {
		f.URL = p.URL
	}
	if f.Size == 0 {
		f.Size = p.Size
	}
	f.Yanked = f.Yanked || p.Yanked
}

func find(files []pypi.File, name string) *pypi.File {
	for i := range files {
		if files[i].Name == name {
			return &files[i]
		}
	}
	return nil
}

// cell is what one surface says of one file.
func cell(f flow.File, s surface, end time.Time) flow.Seen {
	p := find(s.files, f.Name)
	switch {
	case s.err != nil:
		return flow.SeenUnknown
	case p == nil && s.late(end):
		return flow.SeenNo
	case p == nil:
		return flow.SeenLate
	case p.SHA256 == "":
		return flow.SeenNotChecked
	case p.SHA256 != f.SHA256, p.Size != 0 && f.Size != 0 && p.Size != f.Size:
		return flow.SeenDiffers
	}
	return flow.SeenYes
}

// settled: no page can change its mind for its age alone about a file that
// counts, so it is worth while to download.
func (g grid) settled(x expected) bool {
	return !slices.ContainsFunc(g.files, func(f flow.File) bool {
		return counts(f, x) && (has(f, flow.SeenLate) || has(f, flow.SeenUnknown))
	})
}

// counts: the file is one of the release's. Where nothing says which are, each
// that any page shows is.
func counts(f flow.File, x expected) bool { return f.Expected || !x.exact }

func (g grid) any(seen flow.Seen) bool {
	return slices.ContainsFunc(g.files, func(f flow.File) bool { return has(f, seen) })
}

func has(f flow.File, seen flow.Seen) bool {
	for _, s := range f.Surfaces {
		if s == seen {
			return true
		}
	}
	return false
}

// there: a page of the index shows the file.
func there(f flow.File) bool {
	return f.Surfaces[flow.SurfaceJSON] == flow.SeenYes || f.Surfaces[flow.SurfaceSimple] == flow.SeenYes ||
		f.Surfaces[flow.SurfaceSimple] == flow.SeenNotChecked && f.URL != ""
}

// everywhere: every page that the index has shows the file.
func everywhere(f flow.File) bool {
	return there(f) && !has(f, flow.SeenNo) && !has(f, flow.SeenLate) && !has(f, flow.SeenUnknown) && !has(f, flow.SeenDiffers)
}

// hashBytes downloads every file that is there and compares what came with what
// the pages say.
func (w World) hashBytes(ctx context.Context, files []flow.File) error {
	var wg sync.WaitGroup
	errs := make([]error, len(files))
	for i := range files {
		if there(files[i]) && files[i].URL != "" {
			wg.Go(func() { errs[i] = w.hash(ctx, &files[i]) })
		}
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// download begins to download what all pages agree on, and gives a function that
// waits for it. While a page is late it does nothing: it would be in vain.
func (w World) download(ctx context.Context, e evidence) (wait func()) {
	var wg sync.WaitGroup
	first := e.surfaces[0].files
	for _, s := range e.surfaces {
		if !slices.EqualFunc(s.files, first, func(a, b pypi.File) bool { return a.Name == b.Name && a.SHA256 == b.SHA256 }) {
			return wg.Wait
		}
	}
	for _, f := range first {
		wg.Go(func() { _, _ = w.digest(ctx, f) })
	}
	return wg.Wait
}

func (w World) digest(ctx context.Context, f pypi.File) (pypi.Digest, error) {
	return flow.Read(ctx, readingOf{"bytes", f.URL}, func(ctx context.Context) (pypi.Digest, error) {
		return w.Index.Download(ctx, f)
	})
}

func (w World) hash(ctx context.Context, f *flow.File) error {
	d, err := w.digest(ctx, pypi.File{Name: f.Name, URL: f.URL, SHA256: f.SHA256, Size: f.Size})
	if err != nil {
		f.Surfaces[flow.SurfaceBytes] = flow.SeenUnknown
		return err
	}
	f.Surfaces[flow.SurfaceBytes] = flow.SeenYes
	if f.SHA256 == "" {
		f.SHA256 = d.SHA256
	}
	if f.Size == 0 {
		f.Size = d.Size
	}
	if d.SHA256 != f.SHA256 || d.Size != f.Size {
		f.Surfaces[flow.SurfaceBytes] = flow.SeenDiffers
	}
	return nil
}
