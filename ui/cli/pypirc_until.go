package cli

import (
	"errors"
	"fmt"

	"ferry/flow"
)

// until names the release with which what is written goes; "" if it stays.
func (c *commands) until(o pypircOptions) (string, error) {
	if !o.ephemeral {
		return "", nil
	}
	name, version, err := c.Release(c.flags.repo)
	var p *flow.Problem
	if errors.As(err, &p) {
		named := *p
		named.Text = "--ephemeral needs a release to wait for. " + p.Text
		named.Now = []string{"the file is as it was"}
		named.Next = append([]string{"ferry pypirc write"}, p.Next...)
		return "", &named
	}
	return name + " " + version, err
}

// terms says of each section that is written how long it stays, where that is
// not for good or was not before.
func terms(there []PypircIndex, write []PypircWish) (lines []string) {
	was := map[string]string{}
	for _, i := range there {
		was[i.Name] = i.Until
	}
	for _, w := range write {
		switch before := was[w.Name]; {
		case w.Until == "" && before != "":
			lines = append(lines, fmt.Sprintf("[%s] was to go when %s is released; now it stays", w.Name, before))
		case w.Until != "" && before != "" && before != w.Until:
			lines = append(lines, fmt.Sprintf("[%s] was to go when %s is released; now it goes when %s is", w.Name, before, w.Until))
		case w.Until != "":
			lines = append(lines, fmt.Sprintf("[%s] goes when `ferry release` has confirmed %s, or with `ferry pypirc remove --index %s`", w.Name, w.Until, w.Name))
		}
	}
	return lines
}
