package citest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

// TestAPublishedReleaseStartsRuns: of its event, on its tag; and the push of the tag
// that publishing makes starts what waits for tags, once.
func TestAPublishedReleaseStartsRuns(t *testing.T) {
	t.Parallel()
	w := start(t, "github", "queue 20ms\njob py3 40ms lines=4\n")
	id := w.ci.AddRelease(citest.Release{Tag: "v1", Target: sha, Draft: true})
	if len(w.ci.Builds()) != 0 {
		t.Fatal("a draft started something")
	}
	if err := w.ci.PublishRelease(id); err != nil {
		t.Fatal(err)
	}
	b := w.ci.Builds()
	if len(b) != 1 || b[0].Event != "release" || b[0].Ref != "refs/tags/v1" || b[0].SHA != sha {
		t.Fatalf("%+v", b)
	}
	got, err := w.github.Builds(t.Context(), ci.Query{Ref: "refs/tags/v1", SHA: sha})
	if err != nil || len(got) != 1 || got[0].Event != "release" || got[0].Ref != "refs/tags/v1" {
		t.Fatalf("%+v, %v", got, err)
	}
	if on, err := w.github.Builds(t.Context(), ci.Query{Ref: "refs/heads/v1", SHA: sha}); err != nil || slices.ContainsFunc(on, func(b ci.Build) bool { return b.Ref != "" }) {
		t.Errorf("on a branch of the same name: %+v, %v", on, err)
	}
	if w.ci.PublishRelease(id) == nil || len(w.ci.Builds()) != 1 {
		t.Error("it was published twice")
	}
}

// TestTheTagOfARelease is the remote's: made where it is absent, kept where it is, and
// no release without it.
func TestTheTagOfARelease(t *testing.T) {
	t.Parallel()
	tags, asked := map[string]string{"v2": strings.Repeat("2", 40)}, 0
	s := citest.New(citest.Options{Slug: slug, Tag: func(tag, target string) (string, bool, error) {
		asked++
		if at := tags[tag]; at != "" {
			return at, false, nil
		}
		if target != sha {
			return "", false, errors.New("no such commit")
		}
		tags[tag] = target
		return target, true, nil
	}})
	t.Cleanup(s.Close)
	for tag, ok := range map[string]bool{"v1": true, "v2": true, "v3": false, "no tag": false} {
		target := sha
		if tag == "v3" {
			target = "gone"
		}
		id := s.AddRelease(citest.Release{Tag: tag, Target: target, Draft: true})
		if err := s.PublishRelease(id); (err == nil) != ok {
			t.Errorf("%s: %v", tag, err)
		}
	}
	if asked != 3 || tags["v1"] != sha || tags["v2"] != strings.Repeat("2", 40) || len(tags) != 2 {
		t.Errorf("asked %d times, tags %v", asked, tags)
	}
	for _, r := range s.Releases() {
		if published := !r.Draft; published != (r.Tag == "v1" || r.Tag == "v2") || published == r.Published.IsZero() {
			t.Errorf("%+v", r)
		}
	}
}
