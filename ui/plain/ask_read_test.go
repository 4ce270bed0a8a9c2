package plain_test

import (
	"bytes"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/ui/plain"
)

// TestAskWhatMustBeRead: the change is shown with its diff before the word is
// asked for, and whoever named the version beforehand is not asked.
func TestAskWhatMustBeRead(t *testing.T) {
	q := gate("seen")
	q.Plan = "the workflow changed since 1.3.0"
	q.Finding = flow.Finding{Confirm: "seen", Warning: q.Plan, Diff: &flow.Diff{Path: "w.yml", Text: "-old\n+new\x1b[31m\n"}}
	for _, tt := range []struct {
		name, want string
		o          plain.AskOptions
	}{
		{"typed", "yes", plain.AskOptions{In: strings.NewReader("seen\n"), Version: "1.4.0"}},
		{"the version is not the word", "no", plain.AskOptions{In: strings.NewReader("1.4.0\n\n"), Version: "1.4.0"}},
		{"--yes=VERSION", "yes", plain.AskOptions{YesSet: true, Yes: "1.4.0", Version: "1.4.0"}},
		{"--yes= of another version", flow.CodeWrongYes, plain.AskOptions{YesSet: true, Yes: "1.3.0", Version: "1.4.0"}},
		{"bare --yes", flow.CodeNeedsPerson, plain.AskOptions{YesSet: true, Version: "1.4.0"}},
		{"nobody", flow.CodeNeedsPerson, plain.AskOptions{Version: "1.4.0"}},
	} {
		var out bytes.Buffer
		tt.o.Out = &out
		a, err := plain.NewAsker(tt.o)(t.Context(), q)
		if got := outcome(a, err); got != tt.want {
			t.Errorf("%s: got %s (%v), want %s", tt.name, got, err, tt.want)
		}
		if tt.o.In != nil && (!strings.Contains(out.String(), "+new\\x1b[31m") || !strings.Contains(out.String(), "changed since 1.3.0")) {
			t.Errorf("%s: shown %q", tt.name, out.String())
		}
	}
}
