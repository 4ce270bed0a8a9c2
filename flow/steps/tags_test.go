package steps_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/gitops"
	"ferry/gitops/gittest"
)

// TestAimByTags: where the version comes from a tag, the tags on the commit say
// it, and without one a branch is refused.
func TestAimByTags(t *testing.T) {
	table := func(line string) map[string]string { return pyproject(scm["pyproject.toml"] + line) }
	for name, c := range map[string]struct {
		files          map[string]string
		remote, before string // tags: on the commit, on the one before it
		local          string // a tag of this clone alone
		version, by    string // what the person says
		want, ref      string
		code           string // of the problem
		tells          string
	}{
		"none":                   {code: flow.CodeNoVersion, tells: "a bare branch push would publish the development version 0.1.dev3+g… the version is yours to name, as the last word of: ferry release --by tag git tag --list ferry release --help"},
		"one before":             {before: "v1.3.0", code: flow.CodeNoVersion, tells: "the development version 1.3.1.dev1+g… 1.3.1 is the next one after the newest tag; another is yours to name in its place ferry release 1.3.1 --by tag git tag --list"},
		"another's word for one": {before: "v1.4.0rc1 v1.3.9 nightly", code: flow.CodeNoVersion, tells: "ferry release 1.4.0 --by tag"},
		"one before, by branch": {before: "v1.3.0", version: "1.4.0", by: "branch", code: flow.CodeNoVersion,
			tells: "a bare branch would publish the development version 1.3.1.dev1+g… nothing was pushed ferry release 1.4.0 --by tag"},
		"one before, by tag": {before: "v1.3.0", version: "1.4.0", by: "tag", want: "1.4.0", ref: tagRef},
		"one here":           {remote: "v1.4.0", want: "1.4.0", ref: branchRef},
		"one here, by tag":   {remote: "v1.4.0", by: "tag", want: "1.4.0", ref: tagRef},
		"one here, and the branch of its version": {remote: "v1.4.0", version: "1.4", by: "branch", want: "1.4.0", ref: branchRef},
		"one here, and another is named":          {remote: "v1.3.9", version: "1.4.0", code: flow.CodeVersionOther, tells: "git tag --points-at HEAD"},
		"two at odds":                             {remote: "v1.4.0 v1.3.9", code: flow.CodeContradiction, tells: "tag v1.3.9 (setuptools-scm)"},
		"two at one":                              {remote: "v1.4.0 acme-1.4.0", want: "1.4.0", ref: branchRef},
		"only in this clone":                      {local: "v1.4.0", by: "branch", code: flow.CodeNoVersion, tells: "is here and not on the remote"},
		"only in this clone, by tag":              {local: "v1.4.0", by: "tag", want: "1.4.0", ref: tagRef},
		"a scheme of its own":                     {files: table("version_scheme = 'own:it'\n"), remote: "v1.4.0", code: flow.CodeNoVersion, tells: "only a build can tell which"},
		"a scheme of its own, and a word":         {files: table("version_scheme = 'own:it'\n"), version: "1.4.0", by: "tag", want: "1.4.0", ref: tagRef},
		"another form of tags":                    {files: table("tag_regex = '^rel-(.+)$'\n"), version: "1.4.0", by: "tag", code: flow.CodeVersionOther, tells: "Tag v1.4.0 would make no version"},
		"a form that makes another version":       {files: table("tag_regex = '^v1.(.+)$'\n"), version: "1.4.0", by: "tag", code: flow.CodeVersionOther, tells: "would make version 4.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, options{})
			files := c.files
			if files == nil {
				files = scm
			}
			commit := b.git.Commit(slug, "main", "By tag", files, day.Add(5*time.Hour))
			b.tags(c.before, b.ours)
			b.tags(c.remote, commit)
			b.clone(t, c.local, commit)
			b.intent.Version = c.version
			if c.by != "" {
				b.intent.Trigger = c.by
			}
			target, err := b.world.Aim(t.Context(), b.intent, commit)
			b.judge(t, target, err, c.want, c.ref, c.code, c.tells)
		})
	}
}

func (b *bench) judge(t *testing.T, target steps.Target, err error, version, ref, code, tells string) {
	t.Helper()
	var p *flow.Problem
	if errors.As(err, &p) {
		said := strings.Join([]string{p.Text, strings.Join(p.Now, " "), strings.Join(p.Next, " ")}, " ")
		if p.Code != code || !strings.Contains(said, tells) {
			t.Errorf("%s: %s\nwant %s: %s", p.Code, said, code, tells)
		}
		return
	}
	if err != nil || code != "" || target.Version != version || target.Ref != ref {
		t.Errorf("%+v, %v", target, err)
	}
}

func (b *bench) tags(names, commit string) {
	for name := range strings.FieldsSeq(names) {
		b.git.SetRef(slug, "refs/tags/"+name, commit)
	}
}

// clone makes the clone anew, with all that the remote has by now.
func (b *bench) clone(t *testing.T, local, commit string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "again")
	must(t, gittest.Checkout(dir, b.world.Remote.URL(), "main"))
	if local != "" {
		must(t, os.WriteFile(filepath.Join(dir, ".git", "refs", "tags", local), []byte(commit+"\n"), 0o644))
	}
	repo, err := gitops.Open(dir)
	must(t, err)
	b.world.Repo = repo
	b.world.Remote, err = repo.Remote("origin", gitops.RemoteOptions{Timeout: 10 * time.Second})
	must(t, err)
}

// TestAimByTagsWithoutTheRemote: whether CI would see a tag, nobody can tell.
func TestAimByTagsWithoutTheRemote(t *testing.T) {
	b := newBench(t, options{})
	commit := b.git.Commit(slug, "main", "By tag", scm, day.Add(5*time.Hour))
	b.clone(t, "v1.4.0", commit)
	b.shut("git", "500")
	_, err := b.world.Aim(t.Context(), b.intent, commit)
	var p *flow.Problem
	if !errors.As(err, &p) || p.Code != flow.CodeRemoteUnreachable {
		t.Errorf("%v", err)
	}
}
