package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ferry/flow"
	"ferry/pypi"
)

const mayBeOld = "a page may be older than the upload"

// checkSurfaces: each page of the index shows every file that any of them shows.
func checkSurfaces(_ context.Context, v *verifier) (all []flow.Check) {
	if !v.Index.HasJSON() {
		all = append(all, unchecked(flow.SurfaceJSON, "%s has no JSON API", v.Index.Label()))
	}
	for _, s := range v.evidence.surfaces {
		all = append(all, v.checkSurface(s))
	}
	return all
}

func (v *verifier) checkSurface(s surface) flow.Check {
	c := flow.Check{ID: s.name, Means: flow.NotVisible, Proof: []flow.Proof{{What: s.name, Where: s.page.URL}}}
	seen, of := 0, 0
	for i := range v.files {
		f := &v.files[i]
		if f.URL == "" {
			continue
		}
		of++
		switch f.Surfaces[s.name] {
		case flow.SeenNo, flow.SeenLate:
			f.Problems = append(f.Problems, "not in "+surfaceWord(s.name))
		default:
			seen++
		}
	}
	switch {
	case s.err != nil:
		c.Result, c.Decides, c.Evidence = flow.NotChecked, true, fmt.Sprintf("cannot be read: %v", s.err)
	case of == 0:
		c.Result, c.Evidence = flow.NotChecked, noFile
	case seen < of:
		c.Result, c.Evidence = flow.Bad, fmt.Sprintf("%d of %s%s", seen, count(of, "file"), v.elapsed(s))
	default:
		c.Result, c.Evidence = flow.Good, count(of, "file")+v.elapsed(s)
	}
	return c
}

// elapsed is how long after the last upload a page was read, by the server's
// clock where it tells one.
func (v *verifier) elapsed(s surface) string {
	var last time.Time
	for _, other := range v.evidence.surfaces {
		for _, f := range other.files {
			if f.Uploaded.After(last) {
				last = f.Uploaded
			}
		}
	}
	read := s.page.Date
	if read.IsZero() {
		read = s.page.ReadAt
	}
	if last.IsZero() || read.Before(last) {
		return ""
	}
	return ", read " + ago(read.Sub(last)) + " after the upload"
}

// ago is a time span as people say it: its largest unit, or two.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh %02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours())/24)
}

// checkPage: people see the release on the index's own page of it.
func checkPage(ctx context.Context, v *verifier) []flow.Check {
	const id = "page"
	json := v.evidence.surfaces[0]
	if !v.evidence.published() {
		return []flow.Check{unchecked(id, noFile)}
	}
	found, speaks, err := v.Index.Visit(ctx, json.page, v.target.Version)
	switch {
	case errors.Is(err, pypi.ErrNoHome):
		return []flow.Check{unchecked(id, "%s names no page for people", v.Index.Label())}
	case err != nil:
		return []flow.Check{unchecked(id, "%v", err)}
	case !found:
		return []flow.Check{bad(id, flow.NotVisible, "there is no page %s yet", json.page.Home)}
	case !speaks:
		return []flow.Check{unchecked(id, "%s answers, and does not name the version to a program", json.page.Home)}
	}
	c := fine(id, "%s", json.page.Home)
	c.Proof = []flow.Proof{{What: id, Where: json.page.Home}}
	return []flow.Check{c}
}

// checkHost: the file host has what the pages list.
func checkHost(ctx context.Context, v *verifier) []flow.Check {
	const id = "host"
	if len(v.bytes) == 0 && len(v.files) > oneByOne {
		return []flow.Check{unchecked(id, "%s, too many to ask for each", count(len(v.files), "file"))}
	}
	var gone []string
	asked := 0
	for i := range v.files {
		f := &v.files[i]
		stored, err := v.stored(ctx, *f)
		switch {
		case f.URL == "":
			continue
		case err != nil:
			return []flow.Check{unchecked(id, "%v", err)}
		case !stored:
			gone = append(gone, f.Name)
			f.Problems = append(f.Problems, "listed, and not on the file host")
		}
		asked++
	}
	switch {
	case len(gone) > 0:
		return []flow.Check{bad(id, flow.NotVisible, "listed, and not there: %s", strings.Join(gone, ", "))}
	case asked == 0:
		return []flow.Check{unchecked(id, noFile)}
	}
	return []flow.Check{fine(id, "%d of %s", asked, count(asked, "file"))}
}

// stored: a download is proof enough; what was not downloaded is asked for.
func (v *verifier) stored(ctx context.Context, f flow.File) (bool, error) {
	b, tried := v.bytes[f.Name]
	switch {
	case f.URL == "":
		return false, nil
	case tried && notThere(b.err):
		return false, nil
	case tried:
		return b.err == nil, b.err
	}
	return v.Index.Stored(ctx, pypi.File{Name: f.Name, URL: f.URL})
}
