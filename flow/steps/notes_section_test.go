package steps

import (
	"strings"
	"testing"
)

// sections are changelogs and what they say of version 1.4.0 of acme-core.
var sections = map[string]struct{ file, text, want string }{
	"keep a changelog": {"CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n- Later.\n\n## [1.4.0] - 2026-11-21\n\n### Added\n\n- A thing.\n\n## [1.3.0] - 2026-01-02\n\n- Old.\n\n[1.4.0]: https://e.org/4\n[1.3.0]: https://e.org/3\n",
		"### Added\n\n- A thing."},
	"a v":                     {"CHANGELOG.md", "## v1.4.0\n- x\n## v1.3.0\n- y\n", "- x"},
	"brackets and a v":        {"CHANGELOG.md", "## [v1.4.0]\n- x\n## [v1.3.0]\n- y\n", "- x"},
	"a link in the heading":   {"CHANGELOG.md", "## [1.4.0](https://e.org/a...b) (2026-11-21)\n\n* x\n\n## [1.3.0](https://e.org) (2026-01-02)\n\n* y\n", "* x"},
	"patches one level down":  {"CHANGELOG.md", "# [1.4.0](https://e.org) (2026-11-21)\n\n### Features\n\n* x\n\n## [1.3.1](https://e.org) (2026-01-02)\n\n* y\n", "### Features\n\n* x"},
	"the first in the file":   {"CHANGELOG.md", "## 1.4.0\n\n- x\n", "- x"},
	"the last in the file":    {"CHANGELOG.md", "## 1.5.0\n\n- y\n\n## 1.4.0\n\n- x", "- x"},
	"another spelling":        {"CHANGELOG.md", "## 1.4\n\n- x\n\n## 1.3\n\n- y\n", "- x"},
	"a candidate before it":   {"CHANGELOG.md", "## 1.4.0rc1\n\n- y\n\n## 1.4.0\n\n- x\n\n## 1.4.0b1\n- z\n", "- x"},
	"a longer number":         {"CHANGELOG.md", "## 1.4.0.1\n- y\n## 11.4.0\n- y\n## 1.4.00\n- x\n", "- x"},
	"closing hashes":          {"CHANGELOG.md", "## 1.4.0 ##\n- x\n## 1.3.0 ##\n- y\n", "- x"},
	"a word before":           {"CHANGELOG.md", "## Version 1.4.0\n- x\n## Version 1.3.0\n- y\n", "- x"},
	"other words before":      {"CHANGELOG.md", "## Revision 1.4.0, released 21-11-2026\n- x\n### Changes for v1.3.0 (1 May 2025)\n- y\n", "- x"},
	"the project before":      {"CHANGELOG.md", "## acme_core 1.4.0 (2026-11-21)\n- x\n## acme_core 1.3.0\n- y\n", "- x"},
	"another project":         {"CHANGELOG.md", "## acme-core2 1.4.0\n- y\n## acme-core 1.4.0\n- x\n## acme-cli 1.4.0\n- z\n", "- x"},
	"a tag of HTML before":    {"CHANGELOG.md", "<a name=\"1.4.0\"></a>\n## <a name=\"v140\"></a>1.4.0\n- x\n\n<a name=\"1.3.0\"></a>\n## 1.3.0\n- y\n", "- x"},
	"bold":                    {"CHANGELOG.md", "## **1.4.0** - 2026-11-21\n- x\n## **1.3.0**\n- y\n", "- x"},
	"a title":                 {"CHANGELOG.md", "## 1.4.0: the big one\n- x\n### 1.3.0 goes on working\n- as before\n## 1.3.0\n- y\n", "- x\n### 1.3.0 goes on working\n- as before"},
	"spoken of before":        {"CHANGELOG.md", "## 1.5.0\n### 1.4.0 compatibility\n- y\n## 1.4.0\n- x\n", "- x"},
	"a rule between":          {"CHANGELOG.md", "## 1.4.0\n- x\n\n---\n\n## 1.3.0\n- y\n", "- x"},
	"a rule below a list":     {"CHANGELOG.md", "## 1.4.0\n- x\n---\n- y\n## 1.3.0\n", "- x\n---\n- y"},
	"lines end as on Windows": {"CHANGELOG.md", "## 1.4.0\r\n\r\n- x\r\n- y\r\n\r\n## 1.3.0\r\n- z\r\n", "- x\n- y"},
	"two spaces break a line": {"CHANGELOG.md", "## 1.4.0\nx  \ny\n", "x  \ny"},
	"no end of line":          {"CHANGELOG.md", "## 1.4.0\nx", "x"},
	"headings in a quotation": {"CHANGELOG.md", "```\n## 1.4.0\n- y\n```\n## 1.4.0\n```md\n## 1.3.0\n```\n- x\n## 1.3.0\n", "```md\n## 1.3.0\n```\n- x"},
	"a quotation of marks":    {"CHANGELOG.md", "## 1.4.0\n````\n```\n## 1.3.0\n````\n- x\n## 1.3.0\n- y\n", "````\n```\n## 1.3.0\n````\n- x"},
	"a quotation never ends":  {"CHANGELOG.md", "## 1.4.0\n```\n- x\n## 1.3.0\n- y\n", "```\n- x"},
	"a comment":               {"CHANGELOG.md", "<!--\n## 1.4.0\n- y\n-->\n## 1.4.0\n- x\n<!-- 1.3.0\n## 1.3.0 -->\n- z\n## 1.2.0\n", "- x\n<!-- 1.3.0\n## 1.3.0 -->\n- z"},
	"a comment never ends":    {"CHANGELOG.md", "## 1.4.0\n- x\n<!-- \n## 1.3.0\n- y\n", "- x\n<!-- "},
	"an underlined one":       {"CHANGELOG.md", "Changes\n=======\n\n1.4.0 (2026-11-21)\n---\n\n- x\n\n1.3.0\n-\n\n- y\n", "- x"},
	"below a line of text":    {"CHANGELOG.md", "1.4.0\n===\n\nsome text\n1.3.0\n===\n\n- y\n", "some text"},
	"letters of all kinds":    {"CHANGELOG.md", "## 1.4.0 — Ünïcödé\n- İ ✓\n## 1.3.0\n", "- İ ✓"},

	"links of its own": {"CHANGELOG.md", "## [1.4.0]\n- See [#12], [the docs][Doc  s] and [x][].\n## [1.3.0]\n- [#11]\n\n[1.4.0]: https://e.org/4\n[1.3.0]: https://e.org/3\n[#12]: https://e.org/12\n[#11]: https://e.org/11\n[doc s]: <https://e.org/docs> \"Docs\"\n[X]: /x\n[x]: /second\n",
		"- See [#12], [the docs][Doc  s] and [x][].\n\n[#12]: https://e.org/12\n[doc s]: <https://e.org/docs> \"Docs\"\n[X]: /x"},
	"links of the last":     {"CHANGELOG.md", "## 1.5.0\n- [b]\n## 1.4.0\n- [a]\n\n[a]: /a\n[b]: /b\n", "- [a]\n\n[a]: /a"},
	"a link in a quotation": {"CHANGELOG.md", "## 1.4.0\n- [a]\n```\n[a]: /quoted\n```\n[a]: /a\n", "- [a]\n```\n[a]: /quoted\n```\n\n[a]: /a"},
	"footnotes":             {"CHANGELOG.md", "## 1.4.0\nx[^1]\n## 1.3.0\ny[^2]\n\n[^1]: one\n[^2]: two\n", "x[^1]\n\n[^1]: one"},

	"structured": {"CHANGES.rst", "=======\nChanges\n=======\n\n1.4.0 (2026-11-21)\n==================\n\nAdded\n-----\n\n* x\n\n1.3.0\n=====\n\n* y\n", "Added\n-----\n\n* x"},
	"overlined":  {"CHANGES.rst", "*****\n1.4.0\n*****\n\n* x\n\n*****\n1.3.0\n*****\n\n* y\n", "* x"},
	"below titles, with anchors": {"HISTORY.rst", ".. _v1.4.0:\n\n1.4.0\n-----\n\nSee `the issue`_, PEP_ and `more <more_>`_.\n\n.. _v1.3.0:\n\n1.3.0\n-----\n\n* y\n\n.. _the issue: https://e.org/1\n.. _PEP: https://e.org/2\n.. _more: https://e.org/3\n.. _other: https://e.org/4\n",
		"See `the issue`_, PEP_ and `more <more_>`_.\n\n.. _the issue: https://e.org/1\n.. _PEP: https://e.org/2\n.. _more: https://e.org/3"},
	"structured, marks of code": {"NEWS.rst", "1.4.0\n-----\n\nFixed\n`````\n\n* x\n\n1.3.0\n-----\n", "Fixed\n`````\n\n* x"},
	"structured, a block":       {"NEWS.rst", "1.4.0\n-----\n\nAs in::\n\n  1.3.0\n  -----\n\n* x\n\n1.3.0\n-----\n", "As in::\n\n  1.3.0\n  -----\n\n* x"},
	"structured, a table":       {"NEWS.rst", "1.4.0\n-----\n\n====  ====\na     b\n====  ====\n1     2\n====  ====\n\n1.3.0\n-----\n", "====  ====\na     b\n====  ====\n1     2\n====  ===="},
	"plain, underlined":         {"CHANGES", "Changes\n-------\n\nRelease 1.4.0\n~~~~~~~~~~~~~\nx\n\nRelease 1.3.0\n~~~~~~~~~~~~~\ny\n", "x"},
	"plain, of Markdown":        {"NEWS.txt", "# News\n\n## 1.4.0\n\n- x\n\n## 1.3.0\n", "- x"},
}

func TestSection(t *testing.T) {
	for name, c := range sections {
		t.Run(name, func(t *testing.T) {
			if got := section(c.file, c.text, "acme-core", "1.4.0"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestSectionSaysNothing: a heading alone is no text, and no other version's is taken.
func TestSectionSaysNothing(t *testing.T) {
	for name, text := range map[string]string{
		"no text":         "",
		"other versions":  "## 1.4.1\n- x\n## 1.4.0rc1\n- y\n## 1.4.0.post1\n- z\n",
		"a heading alone": "## 1.4.0\n\n## 1.3.0\n- y\n",
		"subheadings":     "## 1.4.0\n\n### Added\n\n### Fixed\n\n## 1.3.0\n- y\n",
		"a comment":       "## 1.4.0\n<!-- say something -->\n<!--\nhere\n-->\n## 1.3.0\n- y\n",
		"links alone":     "## 1.4.0\n\n[1.4.0]: https://e.org\n",
		"an anchor":       "## 1.4.0\n\n---\n<a name=\"1.3.0\"></a>\n\n## 1.3.0\n- y\n",
		"unreleased":      "## [Unreleased]\n- x\n## 1.3.0\n- y\n",
		"no heading":      "1.4.0\n\n- x\n",
		"in code":         "    ## 1.4.0\n- x\n",
		"no space":        "##1.4.0\n- x\n",
		"a date":          "## 2026-11-21\n- x\n",
	} {
		if got := section("CHANGELOG.md", text, "acme-core", "1.4.0"); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// FuzzSection: what is said of a version stands in the file, and has no heading of
// another version that has one in the file.
func FuzzSection(f *testing.F) {
	for _, c := range sections {
		f.Add(c.file, c.text)
	}
	f.Fuzz(func(t *testing.T, file, text string) {
		if len(text) > 20000 {
			t.Skip("longer than a fuzzer needs")
		}
		got := section(file, text, "acme-core", "1.4.0")
		have := map[string]int{}
		for l := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
			have[l]++
		}
		for l := range strings.SplitSeq(got, "\n") {
			if have[l] == 0 && l != "" {
				t.Errorf("%q is not in the file", l)
			}
		}
		for _, h := range readPage(file, text).heads {
			v, rest, ok := versionOf(h.text, "acme-core")
			line := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")[h.from]
			if ok && bareVersion(rest) && !sameVersion(v, "1.4.0") && have[line] == 1 && strings.TrimSpace(line) != "" && strings.Contains("\n"+got+"\n", "\n"+line+"\n") && h.to == h.from+1 {
				t.Errorf("the heading %q is in what is said of 1.4.0:\n%s", line, got)
			}
		}
	})
}
