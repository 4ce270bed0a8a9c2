package pypi

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// History is what a repository says of one commit's tags. Nothing of it is read
// before it is asked for.
type History struct {
	// Here gives the names of the tags that stand on the commit, without refs/tags/.
	Here func(context.Context) ([]string, error)
	// Nearest gives the tags on the nearest tagged commit before it that has one
	// for which match says yes, as git describe chooses, and how many commits the
	// distance is. No tags mean that there is none; the distance is then the
	// number of all commits. A distance below zero, or nil: nobody can tell.
	Nearest func(ctx context.Context, match func(tag string) bool) (tags []string, distance int, err error)
}

// errNoRule is a tag of which a tool's way is not certain.
var errNoRule = errors.New("only a build can tell")

// tagRule is how a tool makes a version of a tag. It knows no more than what is
// certain: an option of which the effect is not known stands in unsure.
type tagRule struct {
	tool    string
	unsure  string                                // why only a build can tell; "" if nothing is in the way
	beside  string                                // why only a build can tell where no tag says what another place says
	matches func(tag string) bool                 // the tags that the tool looks at
	version func(tag string) (string, error)      // of a tag that it looks at
	after   func(tag string, distance int) string // the version behind a tag, "" if it is not certain; a tag "" is none
}

// unknownRule is the rule of a tool that is known only by its name.
func unknownRule(tool string) *tagRule {
	return &tagRule{tool: tool, unsure: "how " + tool + " reads tags is not known here"}
}

// TagVersion is the version that the project's own tool would make of a tag.
// known is false where only a build can tell, or the version comes from no tag.
// A known tag without a version is one that the tool does not take.
func (p Project) TagVersion(tag string) (version string, known bool) {
	if p.rule == nil || p.rule.unsure != "" {
		return "", false
	}
	if !p.rule.matches(tag) {
		return "", true
	}
	text, err := p.rule.version(tag)
	if err != nil {
		return "", !errors.Is(err, errNoRule)
	}
	v, err := ParseVersion(text)
	if err != nil {
		return "", true
	}
	return v.String(), true
}

// AtCommit gives the project with the version that a build of the commit would
// have, where the version comes from a tag; any other project is left alone.
// Without a tag on the commit, Development says what a build would make.
func (p Project) AtCommit(ctx context.Context, h History) (Project, error) {
	if !p.FromTag {
		return p, nil
	}
	if p.rule == nil || p.rule.unsure != "" {
		return p.onlyBuild(p.unsure()), nil
	}
	tags, err := h.Here(ctx)
	if err != nil {
		return p, err
	}
	at := p
	for _, tag := range tags {
		if !p.rule.matches(tag) {
			continue
		}
		version, known := p.TagVersion(tag)
		if (!known || version == "") && p.rule.beside != "" {
			return p.onlyBuild(p.rule.beside), nil
		}
		if !known || version == "" {
			return p.onlyBuild(fmt.Sprintf("%s may take tag %s, of which no version is certain", p.Dynamic, tag)), nil
		}
		source := fmt.Sprintf("tag %s (%s)", tag, p.Dynamic)
		if at.Version != "" && at.Version != version {
			return p, &ContradictionError{"version", at.Version, at.VersionSource, version, source}
		}
		at.Version, at.VersionSource = version, source
	}
	if at.Version == "" && p.rule.beside != "" {
		return p.onlyBuild(p.rule.beside), nil
	}
	if at.Version != "" || h.Nearest == nil {
		return at, nil
	}
	return p.between(ctx, h)
}

// unsure says why no tag can be read.
func (p Project) unsure() string {
	if p.rule == nil {
		return "how " + p.Dynamic + " reads tags is not known here"
	}
	return p.rule.unsure
}

func (p Project) onlyBuild(why string) Project {
	p.NeedsBuild, p.Dynamic = true, why
	return p
}

// between says what a build of a commit without a tag would have.
func (p Project) between(ctx context.Context, h History) (Project, error) {
	tags, distance, err := h.Nearest(ctx, p.rule.matches)
	if err != nil || distance < 0 {
		return p, err
	}
	if len(tags) == 0 {
		tags = []string{""}
	}
	for _, tag := range tags {
		if tag != "" && !p.rule.matches(tag) {
			continue
		}
		dev := p.rule.after(tag, distance)
		if p.Development != "" && dev != p.Development || dev == "" {
			p.Development = ""
			break
		}
		p.Development = dev
	}
	return p, nil
}

// guessNext is the version behind a tag by setuptools-scm's guess-next-dev,
// which others have taken over: the last number plus one, and the distance.
func guessNext(version string, distance int) string {
	v, err := ParseVersion(version)
	if err != nil {
		return ""
	}
	v.local = nil
	text := v.String()
	if before, dev, ok := strings.Cut(text, ".dev"); ok {
		if dev != "0" {
			return ""
		}
		return fmt.Sprintf("%s.dev%d+g…", before, distance)
	}
	digits := len(text) - len(strings.TrimRight(text, "0123456789"))
	return fmt.Sprintf("%s%s.dev%d+g…", text[:len(text)-digits], increment(text[len(text)-digits:]), distance)
}

// increment adds one to a number of any length.
func increment(number string) string {
	b := []byte(number)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != '9' {
			b[i]++
			return string(b)
		}
		b[i] = '0'
	}
	return "1" + string(b)
}
