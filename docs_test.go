package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestEveryCodeIsDocumented: whoever meets a code can look it up.
func TestEveryCodeIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("docs/outcomes.md")
	if err != nil {
		t.Fatal(err)
	}
	for file, code := range map[string]string{
		"flow/codes.go": `= "([a-z.-]+)"`, "flow/codes_upload.go": `= "([a-z.-]+)"`, "flow/codes_setup.go": `= "([a-z.-]+)"`, "flow/codes_trigger.go": `= "([a-z.-]+)"`, "flow/codes_dispatch.go": `= "(dispatch\.[a-z-]+)"`, "flow/codes_notes.go": `= "(notes\.[a-z-]+)"`, "flow/codes_bump.go": `= "(bump\.[a-z-]+)"`, "pypi/pypirc_errors.go": `Pypirc\w+ += "([a-z-]+)"`,
	} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(code).FindAllStringSubmatch(string(source), -1)
		if len(found) == 0 {
			t.Fatalf("%d codes in %s", len(found), file)
		}
		for _, m := range found {
			name := m[1]
			if strings.HasPrefix(file, "pypi/") {
				name = "pypirc." + name
			}
			if !strings.Contains(string(doc), "`"+name+"`") {
				t.Errorf("%s is not in docs/outcomes.md", name)
			}
		}
	}
}
