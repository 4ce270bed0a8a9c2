package rules

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// keyNote is the comment that stands above what a key has sealed.
var keyNote = regexp.MustCompile(`^\s*# sealed with the repository's key ([A-Za-z0-9+/=:._-]+)$`)

// newEntries are the deploys of indexes that had none.
func newEntries(targets []TravisTarget) *yaml.Node {
	out := listNode()
	for _, t := range targets {
		out.Content = append(out.Content, t.entry())
	}
	return out
}

// entry is a whole deploy.
func (t TravisTarget) entry() *yaml.Node {
	m := mapNode()
	withKey(m, "provider", textNode("pypi"))
	withKey(m, t.pinKey(), t.pin())
	withKey(m, "username", textNode(t.username()))
	if t.Password.text != "" {
		withKey(m, "password", mapNode(textNode("secure"), t.sealed()))
	}
	if url := t.server(); url != "" {
		withKey(m, "server", textNode(url))
	}
	if len(t.Distributions) > 0 {
		withKey(m, "distributions", quotedNode(strings.Join(t.Distributions, " ")))
	}
	if t.SkipExisting {
		withKey(m, "skip_existing", boolNode(true))
	}
	withKey(m, "on", t.on())
	return m
}

func (t TravisTarget) username() string { return cmp.Or(t.Username, "__token__") }

func (t TravisTarget) pinKey() string {
	if t.DplVersion == "" {
		return "edge"
	}
	return "dpl_version"
}

func (t TravisTarget) pin() *yaml.Node {
	if t.DplVersion == "" {
		return boolNode(true)
	}
	return quotedNode(t.DplVersion)
}

// sealed is the encrypted password, with the key that sealed it noted above.
func (t TravisTarget) sealed() *yaml.Node {
	n := quotedNode(t.Password.text)
	if t.Key != "" {
		n.HeadComment = "# sealed with the repository's key " + t.Key
	}
	return n
}

// on is the conditions of a deploy. A branch asks for no tag besides: a tag may
// have the name of a branch.
func (t TravisTarget) on() *yaml.Node {
	m := mapNode()
	if t.Tags {
		withKey(m, "tags", boolNode(true))
	} else {
		withKey(m, "branch", textNode(t.Branch))
		withKey(m, "tags", boolNode(false))
	}
	if t.Job.Python != "" {
		withKey(m, "python", quotedNode(t.Job.Python))
	}
	if t.Job.Condition != "" {
		withKey(m, "condition", textNode(t.Job.Condition))
	}
	return m
}

// entry changes a deploy that is there, in what differs.
func (p *setupPlan) entry(d setupEntry, t TravisTarget) error {
	p.now = t.change()
	before := len(p.ops)
	err := p.entryKeys(d, t)
	if err == nil && len(p.ops) > before {
		p.keep(t, d.tree)
		switch {
		case d.aliased > 0:
			err = refuse(RefuseShared, d.aliased, "the deploy to %s is an alias, of line %d", t.index(), d.place())
		case d.merged:
			err = refuse(RefuseMerged, d.line(), "the deploy to %s comes to its job by a merge key", t.index())
		}
	}
	return err
}

func (p *setupPlan) entryKeys(d setupEntry, t TravisTarget) error {
	switch {
	case d.bare() && d.alone():
		return p.set(d.job, "deploy", "", t.entry())
	case d.bare():
		return p.do(setupOp{what: setItem, at: d.section.n, index: d.index, value: t.entry()})
	}
	for _, key := range conditionKeys {
		if line, ok := (lintEntry{tree: d.tree}).own(key); ok {
			return refuse(RefuseNested, line, "%s stands outside of on, where it means nothing; move it there first", key)
		}
	}
	m := d.tree
	if m.n.Kind == yaml.AliasNode {
		m = tree{m.node()}
	}
	for _, change := range []func(tree, TravisTarget) error{p.pin, p.user, p.password, p.server, p.distributions, p.skipExisting, p.on} {
		if err := change(m, t); err != nil {
			return err
		}
	}
	return nil
}

func (p *setupPlan) pin(m tree, t TravisTarget) error {
	if t.DplVersion == "" && (lintEntry{tree: m}).dpl2() {
		return nil
	}
	other := map[string]string{"edge": "dpl_version", "dpl_version": "edge"}[t.pinKey()]
	if err := p.drop(m, other); err != nil {
		return err
	}
	if m.get(t.pinKey()).text() == t.pin().Value {
		return nil
	}
	return p.set(m, t.pinKey(), "provider", t.pin())
}

func (p *setupPlan) user(m tree, t TravisTarget) error {
	key := "username"
	if !m.get(key).ok() && m.get("user").ok() {
		key = "user"
	} else if err := p.drop(m, "user"); err != nil {
		return err
	}
	if m.get(key).text() == t.username() {
		return nil
	}
	return p.set(m, key, "provider", textNode(t.username()))
}

func (p *setupPlan) password(m tree, t TravisTarget) error {
	was := m.get("password")
	if t.Password.text == "" {
		return p.drop(m, "password")
	}
	v := t.sealed()
	if !was.isMap() || len(was.pairs()) != 1 || !was.get("secure").ok() || was.n.Kind == yaml.AliasNode {
		return p.set(m, "password", p.last(m, "username", "user"), mapNode(textNode("secure"), v))
	}
	if k, _ := pairNode(m, "password"); k == nil {
		return p.merged(m, "password")
	}
	secure := was.get("secure")
	if strings.Join(strings.Fields(secure.text()), "") == t.Password.text && (v.HeadComment == "" || p.text.noteOf(secure.line()) == t.Key) {
		return nil
	}
	return p.set(was, "secure", "", v)
}

// last gives the first of two keys that a mapping has, or provider.
func (p *setupPlan) last(m tree, keys ...string) string {
	for _, key := range keys {
		if k, _ := pairNode(m, key); k != nil {
			return key
		}
	}
	return "provider"
}

// noteOf gives the key that is noted above a line.
func (x *setupText) noteOf(line int) string {
	if m := keyNote.FindStringSubmatch(x.lines.at(line - 1)); m != nil {
		return m[1]
	}
	return ""
}

func (p *setupPlan) server(m tree, t TravisTarget) error {
	was := m.get("server").text()
	switch {
	case t.server() == "" && (was == "" || was == pypiUpload):
		return nil
	case t.server() == "":
		return p.set(m, "server", "", textNode(pypiUpload))
	case was == t.server():
		return nil
	}
	return p.set(m, "server", "provider", textNode(t.server()))
}

func (p *setupPlan) distributions(m tree, t TravisTarget) error {
	was := m.get("distributions")
	same := func(a, b []string) bool {
		a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
		return slices.Equal(a, b)
	}
	if len(t.Distributions) == 0 || !was.ok() && same(t.Distributions, []string{"sdist"}) || same(strings.Fields(strings.Join(was.texts(), " ")), t.Distributions) {
		return nil
	}
	return p.set(m, "distributions", "provider", quotedNode(strings.Join(t.Distributions, " ")))
}

func (p *setupPlan) skipExisting(m tree, t TravisTarget) error {
	was, _ := m.get("skip_existing").truth()
	switch {
	case was == t.SkipExisting:
		return nil
	case !t.SkipExisting:
		return p.drop(m, "skip_existing")
	}
	return p.set(m, "skip_existing", "provider", boolNode(true))
}

// TravisKeyNote is the fingerprint of a key, as a file has it beside what the key
// has sealed.
type TravisKeyNote struct {
	Line int
	Key  string
}

// TravisKeyNotes reads the fingerprints that SetUpTravis has noted, so that it can
// be seen that a repository has another key since.
func TravisKeyNotes(text []byte) []TravisKeyNote {
	var out []TravisKeyNote
	for i, line := range linesOf(text) {
		if m := keyNote.FindStringSubmatch(line); m != nil {
			out = append(out, TravisKeyNote{i + 1, m[1]})
		}
	}
	return out
}
