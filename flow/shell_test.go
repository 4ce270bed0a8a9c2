package flow

import (
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"
)

var shellWords = map[string][]string{
	"git push origin :refs/heads/x":         {"git", "push", "origin", ":refs/heads/x"},
	`echo 'it'\''s' '' 'a b' '$(rm)' '$x;'`: {"echo", "it's", "", "a b", "$(rm)", "$x;"},
	"twine upload -p $TWINE_PASSWORD":       {"twine", "upload", "-p", "$TWINE_PASSWORD"},
	`curl -H "Authorization: token $TOKEN"`: {"curl", "-H", "Authorization: token $TOKEN"},
	"'*' '~' '#' '!' '{a,b}' '`x`'":         {"*", "~", "#", "!", "{a,b}", "`x`"},
	"a && b":                                {"sh", "-c", "a && b"},
}

func TestShell(t *testing.T) {
	for want, words := range shellWords {
		if got := Shell(words); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// FuzzShell: a shell gives back the very words that were quoted.
func FuzzShell(f *testing.F) {
	if _, err := exec.LookPath("sh"); err != nil {
		f.Skip("no sh here")
	}
	for _, words := range shellWords {
		f.Add(words[len(words)-1])
	}
	f.Fuzz(func(t *testing.T, word string) {
		for _, r := range word {
			if r == 0 || r == '$' {
				t.Skip("no word of a command, or a variable that the shell is to fill in")
			}
		}
		out, err := exec.Command("sh", "-c", "printf %s "+Shell([]string{word})).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q became %q: %v", word, out, err)
		}
	})
}

// FuzzText: a shell gives back a text of several lines, and it is written in one.
func FuzzText(f *testing.F) {
	if _, err := exec.LookPath("sh"); err != nil {
		f.Skip("no sh here")
	}
	for _, text := range []string{"", "### Added\n\n- it's $HOME, `x` and \"y\"!now\n\\n \\0101 %s\t\x1b[2J1", "ü\u202e\u0085 1\\"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") || strings.HasSuffix(text, "\n") {
			t.Skip("no text that a word can be")
		}
		line := Text(text)
		out, err := exec.Command("sh", "-c", "printf %s "+line).Output()
		if err != nil || string(out) != text || strings.ContainsAny(line, "\n\r\x1b!") {
			t.Errorf("%q, as %s, became %q: %v", text, line, out, err)
		}
	})
}
