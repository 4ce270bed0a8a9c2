package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ferry/flow"
)

// ConfirmIndex: every expected file of the version is on every surface of the
// index, with the right bytes, and not yanked. It alone says whether a release
// is published, whatever CI's colour.
type ConfirmIndex struct {
	World  World
	Target Target
}

// Observe reads all witnesses and downloads the files.
func (s ConfirmIndex) Observe(ctx context.Context) flow.Finding {
	e := s.World.look(ctx, s.Target, everything)
	if f, ok := s.World.unreadable(e, theIndex); !ok && !e.published() {
		return f
	}
	if e.published() && !e.mine() {
		if f, ok := s.World.unreadable(e, theRefs|theBuilds); !ok {
			return f
		}
		if found := PushTag(s).builtElsewhere(e); found != nil {
			return conflict(found)
		}
		return conflict(s.World.taken(e))
	}
	if !e.published() && !s.over(e) {
		return s.early(e)
	}
	return s.judge(ctx, e)
}

// Run does nothing: an index is only read here.
func (ConfirmIndex) Run(context.Context, flow.Log) error { return nil }

// Command is how to look by hand.
func (s ConfirmIndex) Command() []string {
	return []string{"curl", "-sSf", "-H", "Accept: application/vnd.pypi.simple.v1+json", s.World.Index.SimpleURL(s.Target.Name)}
}

// over: nothing more is uploaded by CI; or there is no CI to ask, and the ref
// was pushed.
func (s ConfirmIndex) over(e evidence) bool {
	if len(s.World.CI) == 0 {
		return e.refsErr == nil && e.at(s.Target.Ref) == s.Target.Commit
	}
	ours := e.ours()
	return e.buildsErr == nil && len(ours) > 0 && final(ours) && !s.Target.aside(ours)
}

// early: nothing is there, and nothing has to be yet.
func (s ConfirmIndex) early(e evidence) flow.Finding {
	switch {
	case e.buildsErr != nil:
		return unknown(ciProblem(e.buildsErr))
	case e.refsErr != nil && len(e.ours()) == 0:
		return unknown(s.World.remoteProblem(e.refsErr))
	}
	f := todo("0 files of %s on %s yet", s.Target.Version, s.World.Index.Label())
	f.Facts = s.World.indexFacts(e)
	return f
}

func (s ConfirmIndex) judge(ctx context.Context, e evidence) flow.Finding {
	var end time.Time
	if ours := e.ours(); len(ours) > 0 && final(ours) {
		end = lastEnd(ours)
	}
	downloaded := s.World.download(ctx, e)
	x := s.World.expected(ctx, e) // may read logs meanwhile
	downloaded()
	g := s.World.gridOf(ctx, e, x, end)
	f := s.verdict(ctx, e, x, g)
	f.Files, f.Facts, f.Started = g.files, append(s.World.indexFacts(e), f.Facts...), end
	return f
}

// verdict is monotone: a failing cell never makes it better. So what is certain
// is said first, then what cannot be read, then what is on its way.
func (s ConfirmIndex) verdict(ctx context.Context, e evidence, x expected, g grid) flow.Finding {
	missing := slices.DeleteFunc(slices.Clone(g.files), func(f flow.File) bool { return !counts(f, x) || everywhere(f) })
	other, _ := s.refused(e, x, g)
	switch {
	case g.any(flow.SeenDiffers):
		return conflict(s.differs(g))
	case len(other) > 0:
		return conflict(s.refusedOther(other))
	case withdrawnProject(e.simple().page):
		return conflict(s.withdrawn(e.simple().page))
	case !e.published():
		return s.nothing(ctx, e, x)
	case s.lost(missing):
		return failed(s.half(ctx, e, x, g, missing))
	case slices.ContainsFunc(g.files, func(f flow.File) bool { return f.Yanked }):
		return conflict(s.yanked())
	case e.indexErr() != nil:
		return unknown(s.World.indexProblem(e.indexErr()))
	case g.err != nil:
		return unknown(s.World.indexProblem(g.err))
	case e.buildsErr != nil:
		return unknown(ciProblem(e.buildsErr))
	case x.err != nil:
		return unknown(s.unreadLog(x.err))
	case len(missing) > 0:
		return s.notVisible(g)
	case len(unattested(e)) > 0:
		return conflict(s.unattested(e))
	}
	return s.complete(e, x, g)
}

// lost: an expected file is on no surface, and its absence counts on each.
func (s ConfirmIndex) lost(missing []flow.File) bool {
	return slices.ContainsFunc(missing, func(f flow.File) bool {
		return !there(f) && !has(f, flow.SeenLate) && !has(f, flow.SeenUnknown)
	})
}

func (s ConfirmIndex) complete(e evidence, x expected, g grid) flow.Finding {
	if !final(e.ours()) {
		return flow.Finding{Status: flow.Underway, Text: fmt.Sprintf("%s on %s, and CI may add more: a job is not finished", count(len(g.files), "file"), s.World.Index.Label())}
	}
	f := done("%s", proved(g))
	f.Warning = remarkOnProject(e.simple().page)
	for _, file := range g.files {
		f.Proof = append(f.Proof, flow.Proof{What: file.Name + " sha256:" + file.SHA256, Where: file.URL})
	}
	if red := e.ours(); len(red) > 0 && final(red) && !good(red) {
		f.Warning = fmt.Sprintf("CI is red, yet %s %s is published: %s", s.Target.Name, s.Target.Version, verdictLine(red))
	}
	if _, same := s.refused(e, x, g); len(same) > 0 {
		f.Text += "; with the same bytes there was uploaded before " + strings.Join(same, ", ")
	}
	if alarm := alarmed(x.alarms); alarm != "" { // graver than whatever else there is to say
		f.Warning = strings.TrimSuffix(alarm+". "+f.Warning, ". ")
	}
	if extra := unexpected(g); x.exact && len(extra) > 0 {
		f.Text += "; not checked who made " + strings.Join(extra, ", ")
	}
	if !x.exact {
		f.Text += "; which files belong to it is not checked"
	}
	f.Facts = append(f.Facts, leftToVerify(s.Target))
	return f
}

// proved says which witnesses agree. A download that no page and no log has a
// sha256 for agrees with nothing; many private indexes name none.
func proved(g grid) string {
	all, bare := count(len(g.files), "file"), unnamed(g)
	switch len(bare) {
	case 0:
		return all + ", sha256 equal in " + surfaceNames(g)
	case len(g.files):
		return all + ", downloaded; sha256 not checked, the index names none"
	}
	return all + ", downloaded; sha256 not checked where the index names none: " + strings.Join(bare, ", ")
}

func unnamed(g grid) (names []string) {
	for _, f := range g.files {
		if f.Surfaces[flow.SurfaceLog] != flow.SeenYes && f.Surfaces[flow.SurfaceJSON] != flow.SeenYes && f.Surfaces[flow.SurfaceSimple] != flow.SeenYes {
			names = append(names, f.Name)
		}
	}
	return names
}

func unexpected(g grid) (names []string) {
	for _, f := range g.files {
		if !f.Expected {
			names = append(names, f.Name)
		}
	}
	return names
}

var surfaceWords = []struct{ surface, word string }{
	{flow.SurfaceLog, "CI log"}, {flow.SurfaceJSON, "JSON"}, {flow.SurfaceSimple, "index"}, {flow.SurfaceBytes, "download"},
}

// surfaceNames lists the surfaces on which every file was seen to be right.
func surfaceNames(g grid) string {
	var words []string
	for _, w := range surfaceWords {
		all := !slices.ContainsFunc(g.files, func(f flow.File) bool { return f.Surfaces[w.surface] != flow.SeenYes })
		if all {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, ", ")
}

// notVisible: it is on the way, or a page is older than the upload.
func (s ConfirmIndex) notVisible(g grid) flow.Finding {
	var parts []string
	for _, w := range surfaceWords[1:3] {
		if n, of := seenOn(g, w.surface); of > 0 {
			parts = append(parts, fmt.Sprintf("%d of %d files in %s", n, of, w.word))
		}
	}
	text := strings.Join(parts, ", ")
	p := &flow.Problem{Code: flow.CodeNotVisible, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s %s is not visible yet on every page of %s: %s", s.Target.Name, s.Target.Version, s.World.Index.Label(), text),
		Now:  []string{"a page may be as old as the index lets it be; what is uploaded stays uploaded"}, Next: []string{"ferry status --follow"}}
	return flow.Finding{Status: flow.Underway, Text: text, Problem: p}
}

func seenOn(g grid, surface string) (n, of int) {
	for _, f := range g.files {
		seen, ok := f.Surfaces[surface]
		if !ok || !f.Expected {
			continue
		}
		of++
		if seen == flow.SeenYes || seen == flow.SeenNotChecked && f.URL != "" {
			n++
		}
	}
	return n, of
}
