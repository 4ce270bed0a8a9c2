package rules

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// fresh makes a file where there is none, or nothing but comments, which stay.
func (w TravisSetup) fresh(src string) (TravisSet, error) {
	if len(w.Providers) == 0 {
		return TravisSet{Mended: Mended{New: []byte(src)}}, nil
	}
	python, script := w.Python, w.Script
	if len(python) == 0 {
		python = []string{"3.12"}
	}
	if len(script) == 0 {
		script = []string{"skip"}
	}
	m := mapNode()
	withKey(m, "language", textNode("python"))
	withKey(m, "python", texts(python, quotedNode))
	withKey(m, "script", texts(script, textNode))
	withKey(m, "deploy", newEntries(w.Providers))
	lines := layout{2, 1}.mapLines(m, "")
	set := TravisSet{Mended: Mended{New: []byte(src + strings.Join(lines, "\n") + "\n"), Codes: []string{SetUpNew}}}
	at := strings.Count(src, "\n")
	set.Changes = []LineChange{{Edit: Edit{travisFile, at + 1, at, lines}, Names: set.Codes}}
	root, line, wrong := parseYAML(set.New)
	if wrong != "" || !sameTree(newPlainTree(root.n).root, newPlainTree(m).root) {
		return TravisSet{}, refuse(RefuseUnclear, line, "below what is there, the new lines would mean something else")
	}
	return set, nil
}

// texts is a list, or the one text of it.
func texts(list []string, node func(string) *yaml.Node) *yaml.Node {
	if len(list) == 1 {
		return node(list[0])
	}
	out := listNode()
	for _, s := range list {
		out.Content = append(out.Content, node(s))
	}
	return out
}
