package config_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow/config"
)

func TestAnswers(t *testing.T) {
	keys := []string{"publish", "testpypi", "drop-check"}
	for text, want := range map[string]string{
		"publish = \"travis\"\ntestpypi = true\n": "",
		"pubish = \"travis\"\n":                   "answers.toml:1: pubish: is no question; did you mean publish?",
		"drop_check = true\n":                     "answers.toml:1: drop_check: is no question; did you mean drop-check?",
		"\npublish = 3\n":                         "answers.toml:2: publish: wants a text, not 3",
		"[publish]\nway = 1\n":                    "answers.toml:2: publish.way: is no question",
		"publish = \n":                            "answers.toml:1: is not valid TOML",
	} {
		file := filepath.Join(t.TempDir(), "answers.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := config.Answers(file, keys)
		switch {
		case want == "" && (err != nil || !maps.Equal(got, map[string]string{"publish": "travis", "testpypi": "yes"})):
			t.Errorf("%q: %v, %v", text, got, err)
		case want != "" && (err == nil || !strings.HasSuffix(err.Error(), want)):
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := config.Answers(filepath.Join(t.TempDir(), "none.toml"), keys); err == nil {
		t.Error("a file that is not there was read")
	}
}
