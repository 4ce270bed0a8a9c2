package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// NewCompletion makes the upload of what is lacking of a release that is there in
// part, each file with exactly the bytes that CI printed the sha256 of: from the folder
// dist of the work tree, or out of what CI keeps of the build. Why it cannot be made
// is a *flow.Problem.
func NewCompletion(ctx context.Context, w World, t Target, login Login) (Upload, error) {
	return w.examine(ctx, t).completion(ctx, login)
}

func (p plight) completion(ctx context.Context, login Login) (Upload, error) {
	u := Upload{World: p.World, Login: login, From: map[string]string{}}
	if why := p.notCompletable(); why != "" {
		return u, p.incomplete(why)
	}
	for _, f := range p.missing() {
		a, from, why := p.here(ctx, f)
		if why != "" {
			return u, p.incomplete(why)
		}
		if u.Files = append(u.Files, a); from != "" {
			u.From[a.File], u.Again = from, p.recover("--complete")
		}
	}
	if found := u.closed(u.look(ctx)); found != nil {
		return u, found
	}
	return u, nil
}

func (p plight) incomplete(why string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeNotCompletable, Class: flow.ClassFailed, Retry: flow.RetrySafe, Text: capital(why), Err: errors.New(why),
		Now: []string{"nothing was sent"}, Next: []string{"ferry recover " + p.t.Version}}
}

// notCompletable is what stands against an upload by hand, whatever lies here.
func (p plight) notCompletable() string {
	page := p.e.simple().page
	switch {
	case p.blind() != "":
		return p.blind()
	case p.index.Status != flow.Failed || !p.e.published():
		return "no file is missing of a release that is there in part"
	case !final(p.e.ours()):
		return "a job goes on, and may upload"
	case p.closed():
		return p.World.Index.Label() + " takes no more files of " + p.t.Version
	case p.attested(page):
		return "releases before it say who published them, which an upload from here cannot: have CI run the failed jobs again"
	}
	return ""
}

// attested: the release before, or a part of this one, carries attestations.
func (p plight) attested(page pypi.Page) bool {
	return saidBefore(page, p.t.Version) || slices.ContainsFunc(p.e.simple().files, func(f pypi.File) bool { return f.Provenance != "" })
}

// here is a missing file with the bytes that CI printed the hash of: as it lies here,
// or else as CI keeps it. from says where it was fetched.
func (p plight) here(ctx context.Context, f flow.File) (a *pypi.Artifact, from, why string) {
	printed := p.x.names[f.Name]
	if printed == "" {
		return nil, "", fmt.Sprintf("CI printed no sha256 of %s, so nobody can tell whether a file here is the same", f.Name)
	}
	path := filepath.Join(p.dist(), f.Name)
	if _, err := os.Stat(path); err != nil {
		if path, from, err = p.fetched(ctx, wanted{f.Name, printed}); err != nil {
			return nil, "", strings.TrimSuffix(fmt.Sprintf("there is no %s in %s, %v", f.Name, p.dist(), err), ", ") + "; put CI's own artifact there"
		}
	}
	a, err := flow.Read(ctx, readingOf{"artifact", path}, func(ctx context.Context) (*pypi.Artifact, error) { return pypi.OpenArtifact(ctx, path) })
	switch {
	case err != nil:
		return nil, "", fmt.Sprintf("the file %s cannot be read: %v", cmp.Or(from, path), err)
	case a.SHA256 != printed:
		return nil, "", fmt.Sprintf("the file %s has other bytes than CI made: its sha256 is %s, and CI printed %s", path, a.SHA256, printed)
	}
	return a, from, ""
}

// fetched takes a file out of what CI keeps of our builds.
func (p plight) fetched(ctx context.Context, f wanted) (path, from string, err error) {
	if p.World.Kept == nil {
		return "", "", errNotKept{}
	}
	var lacking []wanted
	for _, m := range p.missing() {
		lacking = append(lacking, wanted{m.Name, p.x.names[m.Name]})
	}
	return p.World.Kept.find(ctx, p.e.ours(), lacking, f)
}

// sources says which files come from where.
func (p plight) sources(u Upload) string {
	var order []string
	by := map[string][]string{}
	for _, a := range u.Files {
		from := cmp.Or(u.From[a.File], p.dist())
		if by[from] == nil {
			order = append(order, from)
		}
		by[from] = append(by[from], a.File)
	}
	for i, from := range order {
		order[i] = strings.Join(by[from], ", ") + " from " + from
	}
	return strings.Join(order, ", and ")
}

// dist is where distributions are looked for: the package's own folder for them.
func (p plight) dist() string {
	root := "."
	if p.World.Repo != nil {
		root = p.World.Repo.Root()
	}
	return filepath.Join(root, filepath.FromSlash(p.t.Dir), "dist")
}

func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
