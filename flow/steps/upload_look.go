package steps

import (
	"context"
	"slices"
	"sync"
	"time"

	"ferry/flow"
	"ferry/pypi"
)

// standing is what is so of one file.
type standing int

const (
	absent     standing = iota // every page was read, and none shows it
	coming                     // the index said that it took it, and no page shows it
	doubtful                   // it was sent without an answer, and a page may be older than that
	present                    // a page shows it, with our bytes
	otherBytes                 // a page shows other bytes under its name
	unread
)

// uploadLook is what the pages show of the files, in their order.
type uploadLook struct {
	surfaces []surface
	rows     []flow.File
	stand    []standing
	err      error // the first of what could not be read
}

func (s Upload) look(ctx context.Context) (l uploadLook) {
	name, version := s.release()
	l.surfaces = s.World.pages(ctx, Target{Name: name, Version: version})
	for _, a := range s.Files {
		l.rows = append(l.rows, s.row(a, l.surfaces))
	}
	l.err = s.World.hashUnnamed(ctx, l.rows)
	for _, sf := range l.surfaces {
		if l.err == nil {
			l.err = sf.err
		}
	}
	for i, a := range s.Files {
		l.stand = append(l.stand, s.standing(a, l.rows[i], l.surfaces))
	}
	return l
}

// pages reads every page of a version at the same time.
func (w World) pages(ctx context.Context, t Target) []surface {
	all := w.surfaces()
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() { w.readSurface(ctx, t, &all[i]) })
	}
	wg.Wait()
	return all
}

// row is a file of ours as the pages show it: the hash and the size are ours.
func (s Upload) row(a *pypi.Artifact, surfaces []surface) flow.File {
	f := flow.File{Name: a.File, SHA256: a.SHA256, Size: a.Size, Expected: true, Surfaces: map[string]flow.Seen{}}
	for _, sf := range surfaces {
		fill(&f, sf, a.File)
	}
	for _, sf := range surfaces {
		f.Surfaces[sf.name] = cell(f, sf, time.Time{})
	}
	f.Surfaces[flow.SurfaceBytes] = flow.SeenNotChecked
	return f
}

// hashUnnamed downloads what a page shows without a hash: many private indexes
// name none.
func (w World) hashUnnamed(ctx context.Context, rows []flow.File) error {
	for i := range rows {
		if rows[i].URL != "" && rows[i].Surfaces[flow.SurfaceSimple] == flow.SeenNotChecked {
			if err := w.hash(ctx, &rows[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// standing judges one file. There is no moment after which absence counts: what a
// stale page hides costs one upload, which the index compares. After an attempt
// of ours there is one.
func (s Upload) standing(a *pypi.Artifact, row flow.File, surfaces []surface) standing {
	attempt, sent := s.World.Index.Attempted(a)
	old := func(sf surface) bool { return !sf.page.ReadAt.After(attempt.At.Add(sf.page.MaxAge)) }
	switch {
	case has(row, flow.SeenDiffers):
		return otherBytes
	case has(row, flow.SeenUnknown):
		return unread
	case has(row, flow.SeenYes):
		return present
	case sent && attempt.Taken:
		return coming
	case sent && slices.ContainsFunc(surfaces, old):
		return doubtful
	}
	return absent
}

// first is the first file that stands so; -1 if none does.
func (l uploadLook) first(want standing) int { return slices.Index(l.stand, want) }

func (l uploadLook) all(want standing) (out []int) {
	for i, got := range l.stand {
		if got == want {
			out = append(out, i)
		}
	}
	return out
}

// opened is when the first file of the version was uploaded; zero where no page
// tells.
func (l uploadLook) opened() (at time.Time) {
	for _, sf := range l.surfaces {
		for _, f := range sf.files {
			if !f.Uploaded.IsZero() && (at.IsZero() || f.Uploaded.Before(at)) {
				at = f.Uploaded
			}
		}
	}
	return at
}

// now is the index's clock, by which it closes releases; this machine's where it
// does not tell.
func (l uploadLook) now() time.Time {
	for _, sf := range l.surfaces {
		if !sf.page.Date.IsZero() {
			return sf.page.Date
		}
	}
	return time.Now()
}

// project is what the index says of the project as a whole.
func (l uploadLook) project() (status, reason string) {
	for _, sf := range l.surfaces {
		if sf.page.Project != "" {
			return sf.page.Project, sf.page.Reason
		}
	}
	return "", ""
}

func (s Upload) facts(l uploadLook) []flow.Fact {
	name, version := s.release()
	return s.World.indexFacts(evidence{target: Target{Name: name, Version: version}, surfaces: l.surfaces})
}
