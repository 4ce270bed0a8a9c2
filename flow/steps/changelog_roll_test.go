package steps

import (
	"strings"
	"testing"
)

// rolls are changelogs before and after 1.5.0 of the day 2026-11-21.
var rolls = map[string][2]string{
	"keep a changelog": {
		"# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [1.4.0] - 2026-01-02\n\n[unreleased]: https://git.example.org/o/r/compare/v1.4.0...HEAD\n[1.4.0]: https://git.example.org/o/r/compare/v1.3.0...v1.4.0\n",
		"# Changelog\n\n## [Unreleased]\n\n## [1.5.0] - 2026-11-21\n\n### Added\n\n- A thing.\n\n## [1.4.0] - 2026-01-02\n\n[unreleased]: https://git.example.org/o/r/compare/v1.5.0...HEAD\n[1.5.0]: https://git.example.org/o/r/compare/v1.4.0...v1.5.0\n[1.4.0]: https://git.example.org/o/r/compare/v1.3.0...v1.4.0\n"},
	"the first one":         {"## [Unreleased]\n", "## [Unreleased]\n\n## [1.5.0] - 2026-11-21\n"},
	"no end of line":        {"## unreleased", "## unreleased\n\n## 1.5.0 - 2026-11-21\n"},
	"plain, dates in round": {"## Unreleased\n\n- x\n\n## v1.4.0 (2026-01-02)\n", "## Unreleased\n\n## v1.5.0 (2026-11-21)\n\n- x\n\n## v1.4.0 (2026-01-02)\n"},
	"without dates":         {"# Unreleased\n- x\n# 1.4.0\n", "# Unreleased\n\n# 1.5.0\n- x\n# 1.4.0\n"},
	"words behind the date": {"## Unreleased\n\n## 1.4.0 - 2026-01-02 - the big one\n", "## Unreleased\n\n## 1.5.0 - 2026-11-21\n\n## 1.4.0 - 2026-01-02 - the big one\n"},
	"underlined":            {"Changes\n=======\n\nUnreleased\n----------\n\n* x\n\n1.4.0 (2026-01-02)\n------------------\n", "Changes\n=======\n\nUnreleased\n----------\n\n1.5.0 (2026-11-21)\n------------------\n\n* x\n\n1.4.0 (2026-01-02)\n------------------\n"},
	"lines end as on Windows": {"## [Unreleased]\r\n\r\n- x\r\n[Unreleased]: https://e.org/compare/1.4.0..main\r\n",
		"## [Unreleased]\r\n\r\n## [1.5.0] - 2026-11-21\r\n\r\n- x\r\n[Unreleased]: https://e.org/compare/1.5.0..main\r\n[1.5.0]: https://e.org/compare/1.4.0..1.5.0\r\n"},
	"the link is last":     {"## [Unreleased]\n[Unreleased]: https://e.org/compare/v1...HEAD", "## [Unreleased]\n\n## [1.5.0] - 2026-11-21\n[Unreleased]: https://e.org/compare/v1.5.0...HEAD\n[1.5.0]: https://e.org/compare/v1...v1.5.0"},
	"quoted before":        {"```\n## [Unreleased]\n```\n## [Unreleased]\n", "```\n## [Unreleased]\n```\n## [Unreleased]\n\n## [1.5.0] - 2026-11-21\n"},
	"letters of all kinds": {"# Ünïcödé İ\n## Unreleased\n- İ\n", "# Ünïcödé İ\n## Unreleased\n\n## 1.5.0 - 2026-11-21\n- İ\n"},
}

func TestRollNotes(t *testing.T) {
	for name, c := range rolls {
		got, said, ok := rollNotes(c[0], "1.5.0", "2026-11-21")
		if !ok || got != c[1] || said != "" {
			t.Errorf("%s: %v, %q, got\n%s\nwant\n%s", name, ok, said, got, c[1])
		}
		if again, _, ok := rollNotes(got, "1.5.0", "2026-11-22"); ok || again != got {
			t.Errorf("%s: rolled a second time", name)
		}
	}
}

func TestRollNotesLeavesAlone(t *testing.T) {
	for _, text := range []string{"", "# Changelog\n\n## 1.4.0\n", "Unreleased\n", "what is Unreleased\n---------\n", "## [Unreleased]\n\n## [v1.5] - 2026-01-01\n", "```\n## Unreleased\n"} {
		if got, _, ok := rollNotes(text, "1.5.0", "2026-11-21"); ok || got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	got, said, ok := rollNotes("## [Unreleased]\n[unreleased]: https://e.org/HEAD\n", "1.5.0", "2026-11-21")
	if !ok || said == "" || !strings.HasSuffix(got, "\n[unreleased]: https://e.org/HEAD\n") {
		t.Errorf("%q, %q", got, said)
	}
}

func TestChangelogRank(t *testing.T) {
	for file, want := range map[string]int{"CHANGELOG.md": 0, "changelog": 0, "CHANGES.rst": 1, "History.txt": 2, "NEWS": 3, "CHANGELOG.py": -1, "README.md": -1} {
		if got := changelogRank(file); got != want {
			t.Errorf("%s: %d", file, got)
		}
	}
}
