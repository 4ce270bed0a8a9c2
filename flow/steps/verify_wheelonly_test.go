package steps_test

import (
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestVerifyWheelOnly: from outside nobody knows that there should be an sdist, so a
// release of wheels is what it is; the rules of a checkout want one.
func TestVerifyWheelOnly(t *testing.T) {
	target := steps.Target{Name: project, Version: version}
	for name, o := range map[string]pypitest.Options{"like PyPI": {}, "pages without an age": {HTML: true, NoJSON: true}} {
		index := pypitest.New(o)
		index.Publish(project, version, ago(3*hour), dist(wheel))
		w := bare(index)
		if o.HTML {
			w.Index = pypi.NewIndex(pypi.Config{Name: "corp", Simple: "http://index.test/simple/", Transport: wire{index}})
		}
		v := w.Verify(t.Context(), target, steps.VerifyOptions{})
		files, bytes := one(t, v, "files"), one(t, v, "bytes")
		if v.Verdict != flow.Verified || files.Result != flow.NotChecked || !strings.Contains(files.Evidence, wheel) || bytes.Result != flow.Good {
			t.Errorf("%s: %s\n%s", name, v.Verdict, said(v))
		}
	}
	if v := bare(pypitest.New(pypitest.Options{})).Verify(t.Context(), target, steps.VerifyOptions{}); v.Verdict != flow.Absent {
		t.Errorf("nothing there: %s\n%s", v.Verdict, said(v))
	}
}

// TestVerifyWheelOnlyHere: in a checkout without a CI to hear, the configuration can
// say that there is no sdist.
func TestVerifyWheelOnlyHere(t *testing.T) {
	noCI := options{noCI: true}
	for _, r := range []proved{
		{says: "by the rule", like: noCI, world: []happens{branch(ours), published(3*hour, wheel)}, want: flow.Incomplete, bad: "files", tells: "a release has at least an sdist, unless release.artifacts says otherwise"},
		{says: "by configuration", like: noCI, world: []happens{branch(ours), published(3*hour, wheel), func(b *bench) { b.target.Artifacts = []string{"wheel"} }}, want: flow.Verified, tells: "expected by release.artifacts"},
	} {
		t.Run(r.says, r.run)
	}
}
