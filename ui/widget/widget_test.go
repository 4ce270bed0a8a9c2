package widget

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"ferry/ui/style"
)

var look = style.New(false, true)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  []string
	}{
		{"short", 10, []string{"short"}},
		{"push branch pypi-release", 12, []string{"push branch", "pypi-release"}},
		{"0123456789abcdef", 10, []string{"0123456789", "abcdef"}},
		{"a 0123456789abcdef b", 10, []string{"a", "0123456789", "abcdef b"}},
		{"語語語", 4, []string{"語語", "語"}},
		{"", 4, []string{""}},
	} {
		if got := Wrap(c.in, c.width); !reflect.DeepEqual(got, c.want) {
			t.Errorf("Wrap(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func TestWrapClosesStyles(t *testing.T) {
	got := Wrap("plain "+look.Bold("one two three")+" end", 10)
	for _, l := range got {
		if strings.Contains(l, "\x1b[1m") && !strings.HasSuffix(strings.TrimSuffix(l, " end"), "\x1b[m") {
			t.Errorf("line %q leaves its style open", l)
		}
	}
	if ansi.Strip(strings.Join(got, " ")) != "plain one two three end" {
		t.Errorf("got %q", got)
	}
}

func TestLinesKeepTheirWidth(t *testing.T) {
	for width := range 60 {
		for _, s := range []string{"", "short", strings.Repeat("long ", 30), "語語語語語語", look.Bad("red and long, and longer still than that")} {
			for name, got := range map[string]string{"Cut": Cut(look, s, width), "Pad": Pad(look, s, width), "Middle": Middle(look, s, width),
				"Ends": Ends(look, s, "right", width)} {
				if w := Width(got); w > width {
					t.Errorf("%s(%q, %d) is %d wide: %q", name, s, width, w, got)
				}
			}
		}
	}
}

func TestTableDropsColumns(t *testing.T) {
	table := Table{Cursor: 1, Columns: []Column{{Title: "file", Hash: true}, {Title: "size", Drop: 1, Right: true}, {Title: "word"}},
		Rows: [][]string{{"acme_core-1.4.0-py3-none-any.whl", "61.7 kB", "ok"}, {"b", "1 B", look.Bad("FAIL")}}}
	for width := 8; width < 90; width++ {
		for _, l := range table.Lines(look, width) {
			if Width(l) > width {
				t.Errorf("a line of %d cells in %d: %q", Width(l), width, l)
			}
		}
	}
	if all := strings.Join(table.Lines(look, 44), "\n"); strings.Contains(all, "kB") || !strings.Contains(all, "FAIL") {
		t.Errorf("the wrong column went:\n%s", all)
	}
}

func numbered(from, to int) (out []string) {
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("line %d", i))
	}
	return out
}

func TestLogRing(t *testing.T) {
	var l Log
	l.Append(0, numbered(0, 12000))
	if got := l.View(look, 80, 2); got[0] != "line 11998" || got[1] != "line 11999" {
		t.Fatalf("the end is %q", got)
	}
	l.Top()
	if got := l.View(look, 80, 2); got[0] != "line 7000" || l.Following() {
		t.Fatalf("the top is %q", got)
	}
	l.Append(0, numbered(12000, 12010))
	if got := l.View(look, 80, 2); got[0] != "line 7010" {
		t.Fatalf("what fell out of the ring is shown: %q", got)
	}
	l.End()
	l.Append(50, numbered(12060, 12070))
	if got := l.View(look, 80, 2); got[1] != "line 12069" || l.Len() != 12070 {
		t.Fatalf("after a gap: %q, %d lines", got, l.Len())
	}
	l.Top()
	if got := l.View(look, 80, 2); got[0] != "line 12060" {
		t.Fatalf("what lies before a gap is kept: %q", got)
	}
}

func TestLogStaysWhereItIsRead(t *testing.T) {
	var l Log
	l.Append(0, numbered(0, 100))
	l.View(look, 80, 10)
	l.By(-20)
	before := l.View(look, 80, 10)
	l.Append(0, numbered(100, 200))
	if after := l.View(look, 80, 10); !reflect.DeepEqual(before, after) {
		t.Errorf("moved from %q to %q", before[0], after[0])
	}
	l.By(1000)
	if !l.Following() {
		t.Error("the end does not follow")
	}
}

func TestLogFind(t *testing.T) {
	var l Log
	l.Append(0, numbered(0, 300))
	l.View(look, 80, 5)
	if !l.Find("LINE 12") { // 12, 120 … 129
		t.Fatal("not found")
	}
	if got := strings.Join(l.View(look, 80, 5), "\n"); !strings.Contains(got, look.Reverse("line 12")+"9") {
		t.Errorf("found %q", got)
	}
	if !l.Next(-1) || l.Next(1) != true || l.Next(1) {
		t.Error("next goes beyond the last one")
	}
	if l.Find("nothing of the kind") {
		t.Error("found what is not there")
	}
}

func TestScroll(t *testing.T) {
	var s Scroll
	lines := numbered(0, 10)
	if got := s.View(look, lines, 40, 4); !strings.Contains(got[3], "7 more below") {
		t.Errorf("got %q", got)
	}
	s.By(100)
	if got := s.View(look, lines, 40, 4); got[3] != "line 9" {
		t.Errorf("got %q", got)
	}
	if got := s.View(look, lines[:2], 40, 4); got[0] != "line 0" || len(got) != 4 {
		t.Errorf("got %q", got)
	}
}
