package plain_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/ui/plain"
)

// verification has one check of each result, and text that would do things to a
// terminal.
func verification() plain.Verify {
	return plain.Verify{Newest: true,
		Verification: flow.Verification{Name: "acme-core", Version: "1.4.0", Index: "PyPI", Verdict: flow.Withdrawn,
			Files: []flow.File{
				{Name: "acme_core-1.4.0.tar.gz", SHA256: strings.Repeat("ab", 32), Size: 942, URL: "https://files.example.org/a", Expected: true, Yanked: true,
					Surfaces: map[string]flow.Seen{"json": flow.SeenYes, "dist": flow.SeenDiffers}, Problems: []string{"not in index"}},
				{Name: "acme_core-1.4.0-*.whl", Expected: true, Surfaces: map[string]flow.Seen{"json": flow.SeenNo}},
			},
			Checks: []flow.Check{
				{ID: "files", Result: flow.Good, Evidence: "1 of 1, expected by .travis.yml", Decides: true},
				{ID: "yanked", Result: flow.Bad, Means: flow.Withdrawn, Evidence: "acme_core-1.4.0.tar.gz yanked: \x1b[31mred\u202e\n✓ verified"},
				{ID: "rebuild", Result: flow.NotChecked, Evidence: "without --rebuild", Proof: []flow.Proof{{What: "json", Where: "https://pypi.example.org/"}}},
			}},
		Problem: &flow.Problem{Code: flow.CodeVerifyWithdrawn, Class: flow.ClassFailed, Text: "acme-core 1.4.0 on PyPI is withdrawn",
			Now: []string{"it stays what it is"}, Retry: flow.RetryNewVersion, Lines: []string{"yanked: it is"}, Next: []string{"ferry status", "curl x"}}}
}

func TestVerifyFaces(t *testing.T) {
	for name, face := range map[string]plain.VerifyFace{"lines": {}, "ascii": {ASCII: true}, "accessible": {Accessible: true}} {
		var out bytes.Buffer
		if err := verification().WriteText(&out, face); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\u202e") || strings.Contains(out.String(), "\n✓ verified") {
			t.Errorf("%s: text from outside reached the terminal: %q", name, out.String())
		}
		if face.ASCII && strings.ContainsFunc(out.String(), func(r rune) bool { return r >= 0x80 }) {
			t.Errorf("not ASCII: %q", out.String())
		}
		golden(t, "verify."+name, out.String())
	}
}

func TestVerifyDocument(t *testing.T) {
	var out bytes.Buffer
	if err := verification().WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "verify.json", out.String())
	out.Reset()
	if err := (plain.Verify{}).WriteJSON(&out); err != nil || strings.Contains(out.String(), "null") {
		t.Errorf("got %s, %v", out.String(), err)
	}
	var doc struct {
		Verdict string
		Exit    *int
	}
	good := plain.Verify{Verification: flow.Verification{Verdict: flow.Verified}}
	out.Reset()
	if err := good.WriteJSON(&out); err != nil || json.Unmarshal(out.Bytes(), &doc) != nil || doc.Verdict != "verified" || doc.Exit == nil || *doc.Exit != 0 {
		t.Errorf("verified: %s %v", out.String(), err)
	}
}
