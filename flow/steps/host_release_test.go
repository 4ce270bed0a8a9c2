package steps_test

import (
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/steps"
)

var afterTag = options{byTag: true, hosted: true}

// tagReleased is a release by tag that is on the index, whole.
func tagReleased(more ...happens) []happens {
	return append([]happens{tag(ours), logged(ours, hour, uploads(sdist, wheel), ci.StatePassed), published(2*hour, sdist, wheel)}, more...)
}

// wants sets release.host-release.
func wants(what string) happens {
	return func(b *bench) { b.target.HostRelease = what }
}

func unhosted(b *bench) { b.world.Host = nil }

// readOnly: the token may read, and no more.
func readOnly(b *bench) { b.ci.Host(citest.Hosted{ReadOnly: true}) }

// noNotes: they were chosen, and there are none.
func noNotes(b *bench) {
	b.target.Notes = steps.Notes{Chosen: true, Problem: &flow.Problem{Code: flow.CodeNotesNone, Class: flow.ClassFailed, Text: "CHANGELOG.md says nothing of 1.4.0",
		Now: []string{"no release was published on the git host"}, Retry: flow.RetrySafe, Next: []string{"ferry release --notes FILE"}}}
}

func TestHostRelease(t *testing.T) {
	t.Parallel()
	both := afterTag
	both.files = map[string]string{".github/workflows/again.yml": strings.Replace(workflowFile, "push:\n    tags: [\"v*\"]", "release:\n    types: [published]", 1)}
	before := announced("v1.3.0")
	follow(t, []rule{
		{says: "nobody expects one", like: afterTag, world: tagReleased(), step: flow.HostRelease, want: flow.Done, tells: "none was ever published there"},
		{says: "only a draft of another version", like: afterTag, world: tagReleased(drafted("v1.5.0", "")), step: flow.HostRelease, want: flow.Done, tells: "none was ever published there"},
		{says: "releases were published before", like: afterTag, world: tagReleased(before), step: flow.HostRelease, want: flow.Todo, tells: "publish release v1.4.0"},
		{says: "there is a draft", like: afterTag, world: tagReleased(drafted("v1.4.0", "")), step: flow.HostRelease, want: flow.Todo, tells: "the draft of release v1.4.0"},
		{says: "it is there", like: afterTag, world: tagReleased(announced("v1.4.0")), step: flow.HostRelease, want: flow.Done, tells: "/releases/tag/v1.4.0"},
		{says: "asked for", like: afterTag, world: tagReleased(wants("yes")), step: flow.HostRelease, want: flow.Todo},
		{says: "two drafts", like: afterTag, world: tagReleased(drafted("v1.4.0", ""), drafted("v1.4.0", "")), step: flow.HostRelease, want: flow.Done, tells: "2 drafts"},
		{says: "two drafts, asked for", like: afterTag, world: tagReleased(wants("yes"), drafted("v1.4.0", ""), drafted("v1.4.0", "")), step: flow.HostRelease, want: flow.Conflict, code: flow.CodeReleaseDrafts},
		{says: "it would publish again", like: both, world: tagReleased(before), step: flow.HostRelease, want: flow.Done, tells: "publishing one would start publish"},
		{says: "it would publish again, asked for", like: both, world: tagReleased(wants("yes")), step: flow.HostRelease, want: flow.Done, tells: "again.yml"},
		{says: "no host", like: afterTag, world: tagReleased(unhosted), step: flow.HostRelease, want: flow.Done, tells: "no API of the host"},
		{says: "no host, asked for", like: afterTag, world: tagReleased(unhosted, wants("yes")), step: flow.HostRelease, want: flow.Failed, code: flow.CodeReleaseByHand},
		{says: "no notes, though asked for", like: afterTag, world: tagReleased(before, noNotes), step: flow.HostRelease, want: flow.Done, tells: "CHANGELOG.md says nothing of 1.4.0"},
		{says: "no notes, and all asked for", like: afterTag, world: tagReleased(wants("yes"), noNotes), step: flow.HostRelease, want: flow.Failed, code: flow.CodeNotesNone},
		{says: "not proved", like: afterTag, world: []happens{before}, step: flow.HostRelease, want: flow.Todo, tells: "not before every file is proved"},
		{says: "the host is silent", like: afterTag, world: tagReleased(before, down("ci", "500")), step: flow.HostRelease, want: flow.Unknown, code: flow.CodeCIUnreachable},
	})
}

// TestNoReleaseFailsForItsPage: where the host refuses, the release is done all the same,
// unless the page was asked for.
func TestNoReleaseFailsForItsPage(t *testing.T) {
	for what, want := range map[string]flow.Status{"auto": flow.Done, "yes": flow.Todo} {
		b := newBench(t, afterTag)
		for _, h := range tagReleased(announced("v1.3.0"), wants(what), readOnly) {
			h(b)
		}
		step := b.step(flow.HostRelease)
		ctx := flow.WithReading(t.Context())
		if f := step.Observe(ctx); f.Status != flow.Todo {
			t.Fatalf("%s: %s", f.Status, f.Text)
		}
		err := step.Run(ctx, func(string) {})
		p, ok := err.(*flow.Problem) //nolint:errorlint // a step gives it bare
		if !ok || p.Code != flow.CodeReleaseRefused || p.Class != flow.ClassCredentials {
			t.Errorf("%s: %v", what, err)
		}
		if f := step.Observe(flow.WithReading(t.Context())); f.Status != want {
			t.Errorf("%s, afterwards %s: %s", what, f.Status, f.Text)
		}
		if got := b.ci.Releases(); len(got) != 1 {
			t.Errorf("%+v", got)
		}
	}
}

// TestTheReleaseAfterATag is at the tag, with the notes of the version.
func TestTheReleaseAfterATag(t *testing.T) {
	b := newBench(t, afterTag)
	for _, h := range tagReleased(wants("yes")) {
		h(b)
	}
	b.target.Notes = steps.Notes{Text: "- Mended.", Source: "CHANGELOG.md"}
	refs := b.git.Refs(slug)
	must(t, b.step(flow.HostRelease).Run(flow.WithReading(t.Context()), func(string) {}))
	got := b.ci.Releases()
	if len(got) != 1 || got[0].Tag != "v1.4.0" || got[0].Draft || got[0].Notes != "- Mended." || got[0].Title != "v1.4.0" {
		t.Errorf("%+v", got)
	}
	if now := b.git.Refs(slug); now[tagRef] != refs[tagRef] || len(now) != len(refs) {
		t.Errorf("the refs were %v and are %v", refs, now)
	}
	if f := b.observe(flow.HostRelease); f.Status != flow.Done {
		t.Errorf("afterwards %s: %s", f.Status, f.Text)
	}
}
