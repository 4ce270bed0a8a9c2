package steps_test

import (
	"testing"

	"ferry/flow/steps"
)

// TestServerChoices: a configuration that is saved is the one that is configured,
// and a template is named or not, by a default that an empty line takes.
func TestServerChoices(t *testing.T) {
	t.Parallel()
	f, err := newYard(t, options{}).y.Find(t.Context(), steps.Plot{Branch: "pypi-release", Tag: "v{version}", Configuration: "root/release"})
	must(t, err)
	f.NoServer = ""
	given := steps.Answers{"publish": "headless", "start": "branch", "server": "save", "commit": "no"}
	var template string
	for _, q := range f.Choices(given) {
		if _, ok := given[q.Key]; !ok {
			template = q.Key + "=" + q.Default
		}
	}
	if template != "template=none" {
		t.Errorf("open: %q", template)
	}
	for answer, want := range map[string]string{"none": "", "root/template": "root/template"} {
		given["template"] = answer
		s, err := f.Setup(given)
		if err != nil || s.Recipe == nil || s.Recipe.Template != want {
			t.Errorf("%s: %v, %+v", answer, err, s.Recipe)
		}
	}
	for _, k := range steps.SetupKeys() {
		if k[0] == "configuration" {
			t.Error("asks for a path that ci.configuration names")
		}
	}
}
