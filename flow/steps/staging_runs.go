package steps

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/pypi"
)

// stagingRuns are CI's runs of a commit, on whatever ref, and what their logs say
// that they uploaded to the staging index.
type stagingRuns struct {
	builds  []build
	uploads []stagedUpload
	err     error // of the runs, or of a log of theirs
}

type stagedUpload struct {
	ci.Upload
	job loggedJob
}

// clockSkew is how far the clocks of CI and of an index may be apart.
const clockSkew = 2 * time.Minute

// runsOf reads the runs of the target's commit.
func (w World) runsOf(ctx context.Context, t Target) (r stagingRuns) {
	r.builds, r.err = w.commitRuns(ctx, t.Commit)
	t.Deploys = t.Stages
	for _, j := range likeliest(evidence{target: t}, r.builds) {
		text, err := w.log(ctx, j)
		if err != nil {
			r.err = also(r.err, err)
			continue
		}
		for _, u := range ci.Uploads(text) {
			d, err := pypi.ParseFilename(u.Name)
			if err == nil && sameVersion(d.Version, t.Version) && slices.ContainsFunc(strings.Fields(u.To), w.toStaging) {
				r.uploads = append(r.uploads, stagedUpload{u, j})
			}
		}
	}
	return r
}

// commitRuns are CI's runs of a commit, on whatever ref.
func (w World) commitRuns(ctx context.Context, commit string) ([]build, error) {
	return flow.Read(ctx, readingOf{"runs", commit}, func(ctx context.Context) (out []build, err error) {
		ctx, done := polite(ctx)
		defer done()
		for _, p := range w.CI {
			bs, unread := p.Builds(ctx, ci.Query{SHA: commit})
			if unread != nil {
				err = also(err, unreadSince(p, unread))
			}
			for _, b := range bs {
				if b.SHA == commit {
					out = append(out, build{b, p})
				}
			}
		}
		return out, err
	})
}

// toStaging says whether an address is where the staging index takes uploads.
func (w World) toStaging(address string) bool {
	if w.Staging == nil || address == "" {
		return false
	}
	own := []string{w.Staging.Upload()}
	if w.Staging.Name() == "testpypi" { // by whatever address it is read here
		own = append(own, "https://test.pypi.org/legacy/", "https://testpypi.python.org/pypi", "testpypi")
	}
	return slices.ContainsFunc(own, func(o string) bool { return strings.TrimSuffix(o, "/") == strings.TrimSuffix(address, "/") })
}

func (r stagingRuns) going() bool { return r.err == nil && len(r.builds) > 0 && !final(r.builds) }

// explain says which run uploaded a file: it printed this hash, or it printed none
// and the index took the file while its job ran.
func (r stagingRuns) explain(name, sha256 string, uploaded time.Time) (by, why string) {
	why = "no run of this commit says that it uploaded it"
	for _, u := range r.uploads {
		run := fmt.Sprintf("%s #%s", u.job.build.provider.Name(), u.job.build.Number)
		switch {
		case u.Name != name:
		case u.Skipped:
			why = run + " left it alone, for it was there already"
		case u.SHA256 == sha256:
			return "uploaded by " + run + " of this commit, with these hashes", ""
		case u.SHA256 != "":
			why = run + " uploaded other bytes"
		case during(u.job.Job, uploaded):
			return "uploaded while " + run + " of this commit said so", ""
		default:
			why = run + " names no hash, and the index took the file at another time"
		}
	}
	return "", why
}

func during(j ci.Job, at time.Time) bool {
	return !at.IsZero() && !j.Started.IsZero() && !j.Ended.IsZero() && at.After(j.Started.Add(-clockSkew)) && at.Before(j.Ended.Add(clockSkew))
}

// localDist is what the person built of the version. A file there proves something
// only if what is in it comes from the commit.
type localDist struct {
	shown   string            // where it is, for people
	files   map[string]string // name → sha256
	foreign []string          // those with something in them that the commit does not have
	strange []string          // what that is
}

// built reads the dist folder beside the project; that there is none is no error.
func (s CheckStaging) built(ctx context.Context) (localDist, error) {
	local := localDist{shown: filepath.ToSlash(filepath.Join(s.Target.Dir, "dist")), files: map[string]string{}}
	dir := filepath.Join(s.World.Repo.Root(), filepath.FromSlash(s.Target.Dir), "dist")
	if _, err := os.Stat(dir); err != nil {
		return local, nil //nolint:nilerr // no folder, or none that can be seen: it proves nothing
	}
	v := verifier{World: s.World, target: s.Target, options: VerifyOptions{Dist: dir}}
	own, err := v.ownFiles(ctx)
	if len(own) == 0 || err != nil {
		return local, ctx.Err() // of another version, or no distributions
	}
	tree, err := v.source(ctx)
	if err != nil {
		return local, err
	}
	for name, a := range own {
		local.files[name] = a.SHA256
		strange, err := strangeIn(ctx, a, tree)
		if err != nil || len(strange) > 0 {
			local.foreign = append(local.foreign, name)
			local.strange = append(local.strange, strange...)
		}
	}
	slices.Sort(local.foreign)
	return local, ctx.Err()
}

// strangeIn is what a distribution holds that the commit does not, or that nothing
// can be held against.
func strangeIn(ctx context.Context, a *pypi.Artifact, tree fs.FS) ([]string, error) {
	var c compared
	if err := c.with(ctx, a, tree); err != nil {
		return nil, err
	}
	out := c.strange
	for _, path := range c.open {
		out = append(out, a.File+": "+path+" cannot be compared with the commit")
	}
	return out, nil
}
