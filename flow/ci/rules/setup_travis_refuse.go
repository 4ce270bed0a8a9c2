package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Refusal is why a file is left as it is. Its reasons are the constants below.
type Refusal struct {
	Why  string
	Line int // 0 where no single line is the reason
	Text string
}

func (r *Refusal) Error() string {
	if r.Line == 0 {
		return r.Text
	}
	return fmt.Sprintf("line %d: %s", r.Line, r.Text)
}

// The reasons.
const (
	RefuseUnreadable = "unreadable"        // no YAML, or no mapping of keys
	RefuseLineEnds   = "line-ends"         // of two kinds, or of a kind that counts as one in YAML alone; a byte order mark
	RefuseTab        = "tab"               // where indentation or a value begins
	RefuseDuplicate  = "duplicate-key"     // parsers disagree on which one counts
	RefuseDocuments  = "several-documents" // Travis reads the first, if any
	RefuseTemplate   = "template"          // {{ }} or {% %}: the file is made into another
	RefuseShared     = "shared"            // an alias elsewhere means the same lines
	RefuseMerged     = "merged"            // what must be changed comes from another section by a merge key
	RefuseSeveral    = "several-entries"   // for one index
	RefuseNested     = "misplaced"         // conditions outside `on`, or in two places
	RefuseCondition  = "condition"         // on.condition asks for something that no job decides
	RefuseExcluded   = "excluded"          // branches.except has the ref
	RefuseShape      = "shape"             // a section is of a kind that Travis does not describe
	RefuseUnclear    = "unclear"           // the lines hold more than can be edited for sure
)

func refuse(why string, line int, text string, args ...any) *Refusal {
	return &Refusal{why, line, fmt.Sprintf(text, args...)}
}

// tabbed is a tab that stands where YAML wants blanks.
var tabbed = regexp.MustCompile(`^ *(?:- *)*\t|[:,?{\[]\t`)

// lineFirst is the line in an error of the parser, which is told by itself.
var lineFirst = regexp.MustCompile(`^line \d+: `)

// readable parses a text, or refuses it for what makes its edit uncertain.
func readable(src string) (tree, error) {
	if err := cleanLines(src); err != nil {
		return tree{}, err
	}
	root, line, wrong := parseYAML([]byte(src))
	if wrong != "" {
		if marks := templateLine(src); marks > 0 {
			return tree{}, refuse(RefuseTemplate, marks, "a template's marks stand here: what the file will say is not known")
		}
		return tree{}, refuse(RefuseUnreadable, line, "%s", lineFirst.ReplaceAllString(wrong, ""))
	}
	if err := oneDocument(src); err != nil {
		return tree{}, err
	}
	x := newSetupText(src)
	if err := plainKeys(root.n, x); err != nil {
		return tree{}, err
	}
	return root, x.noTemplate(root)
}

func cleanLines(src string) error {
	lines := strings.Split(src, "\n")
	for i, line := range lines {
		switch {
		case strings.ContainsAny(line, "\r\u0085\u2028\u2029"):
			return refuse(RefuseLineEnds, i+1, "the line holds a line end of another kind than the others")
		case strings.HasPrefix(line, "\ufeff"):
			return refuse(RefuseLineEnds, i+1, "the file begins with a byte order mark")
		case tabbed.MatchString(line):
			return refuse(RefuseTab, i+1, "a tab stands where YAML takes blanks alone")
		}
	}
	return nil
}

// mixedEnds finds a text whose lines do not all end alike.
func mixedEnds(text []byte) error {
	windows := bytes.Count(text, []byte("\r\n"))
	if windows == 0 || windows == bytes.Count(text, []byte("\n")) {
		return nil
	}
	return refuse(RefuseLineEnds, 0, "some lines end in CR LF and some in LF")
}

func oneDocument(src string) error {
	d := yaml.NewDecoder(strings.NewReader(src))
	for count := 0; ; count++ {
		var n yaml.Node
		err := d.Decode(&n)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return refuse(RefuseUnreadable, 0, "behind the first document: %v", err)
		case count > 0:
			return refuse(RefuseDocuments, n.Line, "a second document begins here")
		}
	}
}

// plainKeys looks for keys that stand twice, and for those that are no text.
func plainKeys(n *yaml.Node, x *setupText) error {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if err := plainKey(n.Content[:i], c, x); err != nil {
				return err
			}
		}
		if err := plainKeys(c, x); err != nil {
			return err
		}
	}
	return nil
}

func plainKey(before []*yaml.Node, k *yaml.Node, x *setupText) error {
	switch {
	case k.Kind != yaml.ScalarNode && strings.Contains(x.lines.at(k.Line), "{{"):
		return refuse(RefuseTemplate, k.Line, "a template's marks stand here: what the file will say is not known")
	case k.Kind != yaml.ScalarNode:
		return refuse(RefuseShape, k.Line, "a key is a list, a mapping or an alias")
	}
	for i := 0; i < len(before); i += 2 {
		if before[i].Value == k.Value {
			return refuse(RefuseDuplicate, k.Line, "the key %s stands in line %d already", k.Value, before[i].Line)
		}
	}
	return nil
}

func templateLine(src string) int {
	for i, line := range strings.Split(src, "\n") {
		if strings.Contains(line, "{{") || strings.Contains(line, "{%") {
			return i + 1
		}
	}
	return 0
}

// phaseKeys hold commands, in which {{ }} is often the language of a command.
var phaseKeys = []string{
	"before_install", "install", "before_script", "script", "before_cache", "after_success", "after_failure",
	"before_deploy", "after_deploy", "after_script",
}

// noTemplate refuses a file with a template's marks outside of commands.
func (x *setupText) noTemplate(root tree) error {
	var commands [][2]int
	var look func(n *yaml.Node)
	look = func(n *yaml.Node) {
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 0 && slices.Contains(phaseKeys, c.Value) {
				commands = append(commands, [2]int{c.Line, x.end(c.Line, c.Column-1, n.Content[i+1])})
			}
			look(c)
		}
	}
	look(root.n)
	for i, line := range x.lines {
		inside := slices.ContainsFunc(commands, func(r [2]int) bool { return r[0] <= i+1 && i+1 <= r[1] })
		if !inside && templateLine(line) > 0 {
			return refuse(RefuseTemplate, i+1, "a template's marks stand here: what the file will say is not known")
		}
	}
	return nil
}

// sharing finds the nodes that an alias means as well, with all that is in them.
func sharing(root *yaml.Node) map[*yaml.Node]int {
	out := map[*yaml.Node]int{}
	var mark func(n *yaml.Node, line int)
	mark = func(n *yaml.Node, line int) {
		if n.Kind == yaml.AliasNode || out[n] > 0 {
			return
		}
		out[n] = line
		for _, c := range n.Content {
			mark(c, line)
		}
	}
	var look func(n *yaml.Node)
	look = func(n *yaml.Node) {
		if n.Kind == yaml.AliasNode {
			mark(n.Alias, n.Line)
		}
		for _, c := range n.Content {
			look(c)
		}
	}
	look(root)
	return out
}
