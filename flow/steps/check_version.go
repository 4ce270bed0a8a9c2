package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// CheckVersion: the version can be published. It is valid, newer than what the
// index has, and no file of it is there in any form, unless this very release
// put it there.
type CheckVersion struct {
	World  World
	Target Target
}

// Observe reads the index, and the remote and CI to tell whose files it has.
func (s CheckVersion) Observe(ctx context.Context) flow.Finding {
	v, err := pypi.ParseVersion(s.Target.Version)
	if err != nil {
		return failed(s.problem(flow.CodeVersionBad, fmt.Sprintf("Version %q is not a version by PEP 440", s.Target.Version)))
	}
	if v.IsLocal() {
		return failed(s.problem(flow.CodeVersionLocal, fmt.Sprintf("Version %s is a local version, which an index refuses", v)))
	}
	e := s.World.look(ctx, s.Target, everything)
	if f, ok := s.World.unreadable(e, theIndex); !ok {
		return f
	}
	f := s.judge(e, v)
	f.Facts = s.World.indexFacts(e)
	return f
}

// Run does nothing: a version is changed by a person.
func (CheckVersion) Run(context.Context, flow.Log) error { return nil }

// Command is how to look by hand.
func (s CheckVersion) Command() []string {
	page := s.World.Index.SimpleURL(s.Target.Name)
	return []string{"curl", "-sSf", "-H", "Accept: application/vnd.pypi.simple.v1+json", page}
}

func (s CheckVersion) judge(e evidence, v pypi.Version) flow.Finding {
	if e.published() {
		return s.whose(e)
	}
	last, ok := newest(e)
	page := e.simple().page
	switch {
	case standings()[page.Project].closed:
		return failed(s.closed(page))
	case !ok:
		return done("version %s (%s); %s has no release of %s yet", v, s.Target.Source, s.World.Index.Label(), s.Target.Name)
	case v.Compare(last) > 0:
		return done("version %s (%s), newer than %s, unused on %s", v, s.Target.Source, last, s.World.Index.Label())
	case s.Target.Explicit:
		return done("version %s, a back-port by your word: %s is newer; unused on %s", v, last, s.World.Index.Label())
	}
	p := s.problem(flow.CodeVersionOld, fmt.Sprintf("Version %s is not newer than %s, which is on %s", v, last, s.World.Index.Label()))
	p.Next = append(p.Next, "ferry release "+v.String())
	return failed(p)
}

// closed: CI would be refused whatever it builds, so nothing is pushed.
func (s CheckVersion) closed(page pypi.Page) *flow.Problem {
	p := s.problem(flow.CodeIndexClosed, fmt.Sprintf("The project %s is %s on %s", s.Target.Name, projectStatus(page), s.World.Index.Label()))
	p.Now, p.Retry = []string{"nothing was pushed", standings()[page.Project].means}, flow.RetryUnknown
	p.Next = []string{flow.Shell(s.Command())}
	return p
}

// whose: files of the version are this release's, or the version is taken.
func (s CheckVersion) whose(e evidence) flow.Finding {
	if f, ok := s.World.unreadable(e, theRefs|theBuilds); !ok && !e.mine() {
		return f
	}
	if e.mine() {
		return done("version %s (%s), on %s from this commit", s.Target.Version, s.Target.Source, s.World.Index.Label())
	}
	return conflict(s.World.taken(e))
}

// taken says that the version is on the index and no build of ours explains it.
func (w World) taken(e evidence) *flow.Problem {
	names, yanked := fileNames(e)
	p := &flow.Problem{Code: flow.CodeVersionTaken, Class: flow.ClassConflict, Retry: flow.RetryNewVersion,
		Text: fmt.Sprintf("%s %s is already on %s, and not from commit %s", e.target.Name, e.target.Version, w.Index.Label(), short(e.target.Commit)),
		Now:  []string{fmt.Sprintf("%s on %s: %s", count(len(names), "file"), w.Index.Label(), strings.Join(names, ", ")), "file names there can never be used again"},
		Next: []string{sourceCommand(e.target.Source), "ferry status"}}
	if len(w.CI) == 0 && e.newest() == nil { // no witness is left that could know
		p.Text = fmt.Sprintf("%s %s is already on %s, and nothing shows that it is from commit %s: there is no claim, and no CI to ask",
			e.target.Name, e.target.Version, w.Index.Label(), short(e.target.Commit))
	}
	if yanked {
		p.Now = append(p.Now, "the version is yanked; that frees neither it nor its file names")
	}
	return p
}

// sourceFile is the file that holds the version, where one is named.
func sourceFile(source string) string {
	file, _, _ := strings.Cut(source, " ")
	file, _, _ = strings.Cut(file, ":")
	return file
}

func fileNames(e evidence) (names []string, yanked bool) {
	for _, s := range e.surfaces {
		for _, f := range s.files {
			if !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
			yanked = yanked || f.Yanked
		}
	}
	return names, yanked
}

// newest is the newest version of which the simple index has a file.
func newest(e evidence) (pypi.Version, bool) {
	for _, s := range e.surfaces {
		if s.name != flow.SurfaceSimple {
			continue
		}
		_, latest := s.page.Newest()
		v, err := pypi.ParseVersion(latest)
		return v, err == nil
	}
	return pypi.Version{}, false
}

func (s CheckVersion) problem(code, text string) *flow.Problem {
	return &flow.Problem{Code: code, Class: flow.ClassFailed, Text: text, Retry: flow.RetryNewVersion,
		Now: []string{"nothing was pushed", "the version is in " + s.Target.Source}, Next: []string{sourceCommand(s.Target.Source)}}
}

// indexFacts is what each surface says of the version.
func (w World) indexFacts(e evidence) []flow.Fact {
	var out []flow.Fact
	for _, s := range e.surfaces {
		says := "cannot be read"
		if s.err == nil {
			says = fmt.Sprintf("%s of %s", count(len(s.files), "file"), e.target.Version)
		}
		out = append(out, flow.Fact{Witness: "index." + s.name, About: e.target.Name + " " + e.target.Version, Says: says,
			Where: s.page.URL, ReadAt: s.page.ReadAt, MaxAge: s.page.MaxAge})
		if _, last := s.page.Newest(); last != "" && s.name == flow.SurfaceSimple {
			out = append(out, flow.Fact{Witness: "index." + s.name, About: e.target.Name, Says: "newest is " + last, Where: s.page.URL, ReadAt: s.page.ReadAt, MaxAge: s.page.MaxAge})
		}
	}
	return out
}
