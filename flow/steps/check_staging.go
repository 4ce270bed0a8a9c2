package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ferry/flow"
)

// CheckStaging: what the commit builds is on the staging index. A version there
// proves nothing, since another commit may have had it too: each file is proved
// by its hash, or by the CI run of this very commit that uploaded it.
type CheckStaging struct {
	World  World
	Target Target
}

// Observe reads the pages of the staging index, the person's dist folder, and CI's
// runs of the commit on whatever ref.
func (s CheckStaging) Observe(ctx context.Context) flow.Finding {
	w := s.World.staged()
	e := w.look(ctx, s.Target, theIndex)
	if err := e.indexErr(); err != nil {
		return unknown(w.indexProblem(err))
	}
	runs := s.World.runsOf(ctx, s.Target)
	local, err := s.built(ctx)
	if err != nil {
		return unknown(s.unreadDist(err))
	}
	return s.judge(ctx, e, local, runs)
}

// Run does nothing: what is staged is staged by others.
func (CheckStaging) Run(context.Context, flow.Log) error { return nil }

// Command is how to look by hand.
func (s CheckStaging) Command() []string {
	return ConfirmIndex{s.World.staged(), s.Target}.Command()
}

// staged is the world with the staging index in the place of the index.
func (w World) staged() World {
	w.Index = w.Staging
	return w
}

// judge holds each file that is there, or should be, against the proofs.
func (s CheckStaging) judge(ctx context.Context, e evidence, local localDist, runs stagingRuns) flow.Finding {
	v := stagingVerdict{}
	for _, name := range s.names(e, local, runs) {
		v.add(name, s.prove(ctx, e, name, local, runs))
	}
	switch {
	case len(v.other) > 0 && runs.err != nil:
		return unknown(ciProblem(runs.err))
	case len(v.other) > 0 && runs.going():
		return s.waits(v)
	case len(v.other) > 0:
		return conflict(s.other(v, local))
	case len(v.missing) == 0 && len(v.proved) > 0:
		return s.shown(v)
	case runs.going() || s.late(e, runs) || s.coming(runs):
		return s.waits(v)
	case runs.err != nil:
		return unknown(ciProblem(runs.err))
	}
	return failed(s.absent(v))
}

// names are the files that are there, and those that should be: of the dist folder,
// and those that a run says it uploaded there.
func (s CheckStaging) names(e evidence, local localDist, runs stagingRuns) []string {
	names, _ := fileNames(e)
	for name := range local.files {
		names = appendNew(names, name)
	}
	for _, u := range runs.uploads {
		names = appendNew(names, u.Name)
	}
	slices.Sort(names)
	return names
}

// proof is what is known of one file on the staging index.
type proof struct {
	missing bool
	by      string // what proves that the commit builds these bytes; "" if nothing does
	sha256  string
	url     string
	why     string // why nothing does
}

func (s CheckStaging) prove(ctx context.Context, e evidence, name string, local localDist, runs stagingRuns) proof {
	p := proof{}
	var uploaded time.Time
	for _, sf := range e.surfaces {
		f := find(sf.files, name)
		if f == nil {
			p.missing = true
			continue
		}
		if p.sha256 != "" && f.SHA256 != "" && f.SHA256 != p.sha256 {
			p.why = "its pages name different hashes"
			return p
		}
		p.sha256, p.url = cmp.Or(f.SHA256, p.sha256), cmp.Or(f.URL, p.url)
		if uploaded.IsZero() {
			uploaded = f.Uploaded
		}
	}
	switch {
	case p.missing && p.url == "":
		return p
	case p.sha256 == "":
		p.why = "the index names no hash of it"
	case local.files[name] == p.sha256 && !slices.Contains(local.foreign, name):
		p.by = "the same bytes as in " + local.shown
	default:
		p.by, p.why = runs.explain(name, p.sha256, uploaded)
		switch {
		case p.by != "" || local.files[name] == "":
		case local.files[name] == p.sha256:
			p.why = "the bytes are those in " + local.shown + ", which are not of this commit, and " + p.why
		default:
			p.why = "other bytes than in " + local.shown + ", and " + p.why
		}
	}
	return p
}

// stagingVerdict sorts the files by what is known of them.
type stagingVerdict struct {
	proved, missing, other []string
	proofs                 map[string]proof
}

func (v *stagingVerdict) add(name string, p proof) {
	if v.proofs == nil {
		v.proofs = map[string]proof{}
	}
	v.proofs[name] = p
	switch {
	case p.missing:
		v.missing = append(v.missing, name)
	case p.by == "":
		v.other = append(v.other, name)
	default:
		v.proved = append(v.proved, name)
	}
}

// shown is the end of it: the page is there to be looked at, and whoever sets the
// release going says that it was.
func (s CheckStaging) shown(v stagingVerdict) flow.Finding {
	w := s.World.staged()
	page := w.Index.ProjectURL(s.Target.Name, s.Target.Version)
	var by []string
	for _, name := range v.proved {
		by = appendNew(by, v.proofs[name].by)
	}
	f := done("%s of this commit on %s: %s", count(len(v.proved), "file"), w.Index.Label(), strings.Join(by, "; "))
	f.Proof = append(f.Proof, flow.Proof{What: "page on " + w.Index.Label(), Where: page})
	for _, name := range v.proved {
		f.Proof = append(f.Proof, flow.Proof{What: name + " sha256:" + v.proofs[name].sha256, Where: v.proofs[name].url})
	}
	f.Confirm = seenWord
	f.Warning = fmt.Sprintf("Look at %s %s on %s before it goes to %s: %s", s.Target.Name, s.Target.Version, w.Index.Label(), s.World.Index.Label(), page)
	return f
}

// late: a page may be older than the last upload of a run that has ended.
func (s CheckStaging) late(e evidence, runs stagingRuns) bool {
	if len(runs.uploads) == 0 {
		return false
	}
	return slices.ContainsFunc(e.surfaces, func(sf surface) bool { return !sf.late(lastEnd(runs.builds)) })
}

// coming: CI has not begun with the commit, and its files have it publish there.
func (s CheckStaging) coming(runs stagingRuns) bool {
	return runs.err == nil && len(runs.builds) == 0 && len(s.Target.Stages) > 0 && len(s.World.CI) > 0
}
