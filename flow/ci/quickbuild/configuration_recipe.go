package quickbuild

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ferry/flow/ci"
)

const (
	configurationElement = "com.pmease.quickbuild.model.Configuration"
	variableElement      = "com.pmease.quickbuild.variable.Variable"
)

// Variables that the step's command reads, besides those that say which commit a
// build is of.
const (
	VariableVersion = "ferry_version"
	VariableOptions = "ferry_options" // --dry-run, for a rehearsal
)

// The command that releases the version that a build is asked for. A version that
// comes from a tag is named, as no file has it.
const (
	releaseCommand = `ferry release --plain --yes=` + askedVersion + ` ${vars.get("` + VariableOptions + `")}`
	tagCommand     = `ferry release ` + askedVersion + ` --plain --yes=` + askedVersion + ` ${vars.get("` + VariableOptions + `")}`
	askedVersion   = `${vars.get("` + VariableVersion + `")}`
)

// command is what the step is to run.
func command(r ci.Recipe) string {
	if r.FromTag {
		return cmp.Or(r.Command, tagCommand)
	}
	return cmp.Or(r.Command, releaseCommand)
}

// draft is a document on its way to be another.
type draft struct {
	edits
	root *element
	from string // path of the configuration whose document it is
	ci.Draft
}

// begin reads the document that a draft is made from.
func begin(src []byte, d ci.Draft) (*draft, error) {
	root, err := outline(src)
	if err != nil {
		return nil, &ci.MalformedError{Provider: name, Err: err}
	}
	if root.name != configurationElement || root.kid("name") == nil {
		return nil, malformed("the document is no configuration with a name")
	}
	return &draft{edits: edits{src: src}, root: root, Draft: d}, nil
}

// anew makes the document one of a configuration that is not there yet.
func (d *draft) anew(parent string) error {
	switch ids := d.root.list("id"); len(ids) {
	case 0:
	case 1:
		d.remove(ids[0])
	default:
		return malformed("the template has several ids")
	}
	called := d.root.kid("name")
	d.setText(called, d.Path[strings.LastIndex(d.Path, "/")+1:])
	if up := d.root.kid("parent"); up != nil {
		d.setText(up, parent)
	} else {
		d.put(called.start, called.start, "<parent>"+parent+"</parent>"+d.before(called))
	}
	return nil
}

// follow does what the recipe says, and says what it leaves to a person.
func (d *draft) follow(r ci.Recipe) error {
	step, err := d.step(r.Step)
	if err != nil {
		return err
	}
	line := command(r)
	if !writable(line) || !writable(r.Description) || !writable(d.Path) {
		return malformed("a text of ours holds a character that XML cannot")
	}
	if had := step.kid("command"); had.text != line {
		d.setText(had, line)
	}
	d.describe(r.Description)
	d.declare(append([]string{VariableRef, VariableCommit, VariableVersion, VariableOptions}, r.Variables...))
	d.note(step)
	d.NoRehearse = d.beyond(step, line)
	return nil
}

func (d *draft) describe(text string) {
	had, called := d.root.kid("description"), d.root.kid("name")
	switch {
	case text == "" || had != nil && had.text == text:
	case had != nil:
		d.setText(had, text)
	case len(d.root.list("description")) == 0:
		d.put(called.end, called.end, d.before(called)+"<description>"+asXML(text)+"</description>")
	}
}

// commands are the steps that run a command which can be read, of whatever class.
func (d *draft) commands() []*element {
	var out []*element
	for _, entry := range d.root.kid("stepDOMs").list("entry") {
		for _, step := range entry.kids {
			if c := step.kid("command"); c != nil && len(c.kids) == 0 && c.attr("secret") == "" && step.kid("name") != nil {
				out = append(out, step)
			}
		}
	}
	return out
}

// step is the one whose command is meant.
func (d *draft) step(wanted string) (*element, error) {
	all := d.commands()
	if wanted == "" && len(all) == 1 {
		return all[0], nil
	}
	named := slices.DeleteFunc(slices.Clone(all), func(s *element) bool { return s.value("name") != wanted })
	if wanted != "" && len(named) == 1 {
		return named[0], nil
	}
	e := &ci.StepError{Path: d.from, Step: wanted}
	for _, s := range all {
		e.Steps = append(e.Steps, s.value("name"))
	}
	return nil, e
}

// declare adds variables that are not there yet. How a server writes one is taken
// from one that it has.
func (d *draft) declare(names []string) {
	box := d.root.kid("variables")
	has := box.list(variableElement)
	like := slices.IndexFunc(has, copyable)
	var added strings.Builder
	for i, wanted := range names {
		switch {
		case slices.Contains(names[:i], wanted), slices.ContainsFunc(has, func(v *element) bool { return v.value("name") == wanted }):
		case like < 0 || !writable(wanted):
			d.Undeclared = append(d.Undeclared, wanted)
		default:
			added.WriteString(d.variable(has[like], wanted))
		}
	}
	if added.Len() > 0 {
		last := has[len(has)-1]
		d.put(last.end, last.end, added.String())
	}
}

// copyable says whether a variable is a plain one: a name, and a text as its value.
func copyable(v *element) bool {
	from := v.kid("valueProvider")
	if v.kid("name") == nil || from == nil || v.secrets() > 0 {
		return false
	}
	value := from.kid("value")
	return value != nil && len(value.kids) == 0 && len(from.kids) == 1
}

// variable writes one of another name, without a value, like one that is there.
func (d *draft) variable(like *element, called string) string {
	e := edits{src: d.src}
	e.setText(like.kid("name"), called)
	e.setText(like.kid("valueProvider").kid("value"), "")
	if about := like.kid("description"); about != nil {
		e.setText(about, "")
	}
	text := e.bytes()
	return d.before(like) + string(text[like.start:len(text)-(len(d.src)-like.end)])
}

// note tells what of the document does something by itself.
func (d *draft) note(step *element) {
	if s := d.root.kid("schedule"); s != nil && !strings.HasSuffix(s.attr("class"), ".NoSchedule") && s.attr("class") != "" {
		d.Notes = append(d.Notes, strings.TrimSpace("it runs by itself, on a schedule: "+s.attr("class")[strings.LastIndex(s.attr("class"), ".")+1:]+" "+s.value("expression")))
	}
	if d.root.value("disabled") == "true" {
		d.Notes = append(d.Notes, "it is disabled")
	}
	if step.value("enabled") == "false" {
		d.Notes = append(d.Notes, "its step "+step.value("name")+" is disabled")
	}
	if n := d.root.secrets(); n > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("it has %d encrypted values, which stay as they are", n))
	}
	if others := len(d.commands()) - 1; others > 0 {
		d.Notes = append(d.Notes, fmt.Sprintf("it runs %d other commands", others))
	}
}

// done makes the document and reads it once more.
func (d *draft) done(r ci.Recipe) (ci.Draft, error) {
	d.XML = d.bytes()
	again, err := begin(d.XML, d.Draft)
	if err != nil {
		return ci.Draft{}, err
	}
	step, err := again.step(r.Step)
	if err != nil {
		return ci.Draft{}, err
	}
	leaf := d.Path[strings.LastIndex(d.Path, "/")+1:]
	if again.root.value("id") != d.ID || again.root.value("name") != leaf || step.kid("command").text != command(r) {
		return ci.Draft{}, malformed("the configuration cannot be changed as it should be")
	}
	d.Will = again.shown()
	if d.Before != nil {
		d.Was = d.shown()
	}
	return d.Draft, nil
}
