package steps

import (
	"context"
	"fmt"
	"slices"

	"ferry/flow"
	"ferry/pypi"
)

// ToVerify finds what is to be verified, and the witnesses that can speak of it:
// name and version are those that were asked for, "" for the checkout's. head is
// the checked-out commit, "" where there is no checkout. A checkout of another
// project is none.
func (w World) ToVerify(ctx context.Context, in Intent, head, name, version string, again Again) (World, Target, error) {
	if err := askedFor(name, version); err != nil {
		return w, Target{}, err
	}
	if head != "" {
		t, err := w.released(ctx, in, head, version)
		if name == "" || t.Name != "" && pypi.NormalizeName(t.Name) == pypi.NormalizeName(name) {
			return w, t, err
		}
	}
	w.Repo, w.Remote, w.CI, w.Host = nil, nil, nil, nil
	t := Target{Name: name}
	var err error
	if t.Version, err = askedVersion(version); t.Version == "" && err == nil {
		t.Version, err = w.newest(ctx, name, again)
	}
	return w, t, err
}

// askedFor refuses what no index can have.
func askedFor(name, version string) error {
	p := &flow.Problem{Code: flow.CodeUsage, Class: flow.ClassUsage, Retry: flow.RetrySafe, Now: []string{"nothing was asked"}, Next: []string{"ferry verify --help"}}
	if name != "" && !pypi.ValidName(name) {
		p.Text = fmt.Sprintf("%q is no name of a project", name)
		return p
	}
	if _, err := pypi.ParseVersion(version); version != "" && err != nil {
		p.Text = fmt.Sprintf("%q is not a version by PEP 440", version)
		return p
	}
	return nil
}

// released finds the version that was asked for, else the checked-out one, at the
// commit that its newest claim names, else its tag, else the checked-out one if it
// has that version. Where the checkout cannot tell, the target has no commit.
func (w World) released(ctx context.Context, in Intent, head, version string) (Target, error) {
	in.Version = ""
	here, err := w.Aim(ctx, in, head)
	if here.Name == "" || version == "" && here.Version == "" {
		return here, err
	}
	asked := Target{Name: here.Name, Version: here.Version, Artifacts: in.Artifacts, Dir: in.Dir}
	if version != "" {
		asked.Version, _ = askedVersion(version)
	}
	commit := w.releasedCommit(ctx, asked)
	if (commit == "" || commit == head) && sameVersion(here.Version, asked.Version) {
		here.Commit, here.Dir, here.Artifacts = head, in.Dir, in.Artifacts
		return here, nil
	}
	if commit == "" {
		return asked, nil
	}
	if t, err := w.Aim(ctx, in, commit); err == nil && sameVersion(t.Version, asked.Version) {
		return t, nil
	}
	asked.Commit = commit
	return asked, nil
}

// releasedCommit is the commit that the newest claim of a version names, else its
// tag; "" if there is none, or the remote cannot be read.
func (w World) releasedCommit(ctx context.Context, t Target) string {
	e := w.look(ctx, t, theRefs)
	if c := e.newest(); c != nil {
		return c.commit
	}
	if tagged := e.tagged(); len(tagged) == 1 {
		return tagged[0]
	}
	return ""
}

// newest is the newest version of a project on the index: a final one, else any.
func (w World) newest(ctx context.Context, name string, again Again) (string, error) {
	page, err := w.Index.Simple(ctx, name)
	if err != nil {
		p := w.indexProblem(err)
		p.Next[len(p.Next)-1] = w.verifyAgain(again, name)
		return "", p
	}
	final, latest := page.Newest()
	switch {
	case final != "":
		return final, nil
	case latest != "":
		return latest, nil
	}
	p := &flow.Problem{Code: flow.CodeVerifyAbsent, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s shows no release of %s that is not yanked", w.Index.Label(), pypi.NormalizeName(name)),
		Now:  []string{"a page may be as old as the index lets it be"}}
	if remark := remarkOnProject(page); remark != "" {
		p.Now = append(p.Now, remark)
	}
	if yanked := newestYanked(page); yanked != "" {
		p.Next = []string{w.verifyAgain(again, name, yanked)}
	}
	p.Next = append(p.Next, flow.Shell([]string{"curl", "-sSf", w.Index.SimpleURL(name)}))
	return "", p
}

// newestYanked is the newest version of which there is a file at all.
func newestYanked(page pypi.Page) string {
	page.Files = slices.Clone(page.Files)
	for i := range page.Files {
		page.Files[i].Yanked = false
	}
	_, latest := page.Newest()
	return latest
}
