package plain

import (
	"slices"
	"strings"
	"testing"
)

func TestHanging(t *testing.T) {
	for _, c := range []struct {
		says  string
		text  string
		width int
		want  []string
	}{
		{"nobody knows the width", strings.Repeat("word ", 40) + "end", 0, []string{strings.Repeat("word ", 40) + "end"}},
		{"it fits", "label  some text", 31, []string{"label  some text"}},
		{"at spaces, to the last cell", "label  one two three four five six seven", 31, []string{"label  one two three four five", "       six seven"}},
		{"just as long", "label  one two three four fives", 31, []string{"label  one two three four fives"}},
		{"an address stays whole", "label  see https://example.org/a/very/long/path/that/goes/on", 31, []string{"label  see", "       https://example.org/a/very/long/path/that/goes/on"}},
		{"an address comes first", "label  https://example.org/a/very/long/path/that/goes/on and more", 31, []string{"label  https://example.org/a/very/long/path/that/goes/on", "       and more"}},
		{"characters of two cells", "label  犬犬犬犬犬 犬犬犬犬犬 犬犬犬犬犬", 31, []string{"label  犬犬犬犬犬 犬犬犬犬犬", "       犬犬犬犬犬"}},
		{"no room", "label  one two three four five six", 20, []string{"label  one two three four five six"}},
	} {
		if got := hanging(c.text, c.width, 7); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s", c.says, strings.Join(got, "\n"))
		}
	}
}
