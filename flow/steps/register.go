package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// Register: the project's name is on the index, and ours. No index reserves a
// name for nothing; each has its own way to a first project.
type Register struct {
	World   World
	Name    string // as the metadata spells it
	Known   []string
	Account string // the person's account on the index; "" if it is not known
	Way     Way

	Sdist   *pypi.Artifact         // for BySubmit and ByUpload: of the project as it is
	Login   Login                  // for the same
	Pending *pypi.PendingPublisher // for ByPublisher
}

// Way is how an index comes to a project.
type Way string

// The ways.
const (
	BySubmit    Way = "submit"    // the legacy :action=submit
	ByUpload    Way = "upload"    // the first file
	ByPublisher Way = "publisher" // a pending trusted publisher, which makes the project when CI first uploads
)

// Ways are those that an index may have, the best first. That one takes
// :action=submit is known only from its answer.
func (w World) Ways() []Way {
	switch {
	case w.Index.PendingPage() != "":
		return []Way{ByPublisher, ByUpload}
	case w.Index.Strict():
		return []Way{ByUpload}
	}
	return []Way{BySubmit, ByUpload}
}

// Observe looks the name up.
func (s Register) Observe(ctx context.Context) flow.Finding {
	n, err := s.World.named(ctx, s.Name, s.Known)
	if err != nil {
		return unknown(s.World.indexProblem(err))
	}
	f := s.judge(n)
	f.Facts = nameFacts(s.Name, n)
	return f
}

// named looks a name up on the index.
func (w World) named(ctx context.Context, name string, known []string) (pypi.NameFinding, error) {
	n, err := flow.Read(ctx, readingOf{w.Index.Name() + " name " + strings.Join(known, " "), name}, func(ctx context.Context) (pypi.NameFinding, error) {
		return w.Index.CheckName(ctx, name, known...)
	})
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx) // a malformed name asks no index
	}
	return n, err
}

func nameFacts(name string, n pypi.NameFinding) []flow.Fact {
	if n.Page.URL == "" {
		return nil
	}
	return []flow.Fact{{Witness: "index.simple", About: name, Says: n.Text, Where: n.Page.URL, ReadAt: n.Page.ReadAt.Round(0), MaxAge: n.Page.MaxAge}}
}

func (s Register) judge(n pypi.NameFinding) flow.Finding {
	switch n.State {
	case pypi.NameInvalid, pypi.NameReserved, pypi.NameSimilar:
		return failed(s.badName(n))
	case pypi.NameQuarantined:
		return conflict(s.hidden(n))
	case pypi.NameFree:
		return s.free(n)
	}
	return s.taken(n)
}

// taken: the name is there; the index may say whose it is. A private index lets
// in by the index, not by the project.
func (s Register) taken(n pypi.NameFinding) flow.Finding {
	users := roleUsers(n.Roles)
	mine := slices.ContainsFunc(n.Roles, func(r pypi.Role) bool { return strings.EqualFold(r.User, s.Account) })
	switch {
	case mine:
		return done("%s; %s may upload to it", n.Text, s.Account)
	case len(users) > 0 && s.Account != "":
		return conflict(s.anothers(n, users))
	case s.World.Index.Strict():
		return unknown(s.whose(n, users))
	}
	return done("%s; who may upload to it is not checked, this index does not tell", n.Text)
}

func roleUsers(roles []pypi.Role) (users []string) {
	for _, r := range roles {
		users = append(users, r.User+" ("+r.Role+")")
	}
	return users
}

// free: what is to be done depends on the way.
func (s Register) free(n pypi.NameFinding) flow.Finding {
	switch s.Way {
	case ByPublisher:
		p := s.pending()
		if p.Class == flow.ClassFailed {
			return failed(p)
		}
		return flow.Finding{Status: flow.Underway, Text: "waits for a person: " + p.Text, Problem: p}
	case BySubmit, ByUpload:
		if p := s.unreal(); p != nil {
			return failed(p)
		}
	}
	if s.Way == BySubmit {
		return todo("%s; register it with :action=submit", n.Text)
	}
	return todo("%s; send %s, the first file makes the project", n.Text, s.Sdist.File)
}

// unreal: there is no sdist of the project as it is. A name is not taken with an
// empty one.
func (s Register) unreal() *flow.Problem {
	p := &flow.Problem{Code: flow.CodeRegisterPlaceholder, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Now: []string{"nothing was sent: ferry uploads no placeholder to keep a name"}, Next: []string{"python3 -m build --sdist"}}
	switch {
	case s.Sdist == nil:
		p.Text = fmt.Sprintf("There is no sdist of %s to register it with", s.Name)
	case s.Sdist.Name != pypi.NormalizeName(s.Name):
		p.Text = fmt.Sprintf("%s is no distribution of %s", s.Sdist.File, s.Name)
	case s.Sdist.Kind != pypi.KindSdist:
		p.Text = s.Sdist.File + " is no sdist"
	case s.Sdist.Placeholder():
		p.Text = s.Sdist.File + " holds no code: it is a placeholder"
	default:
		return nil
	}
	return p
}

// Run takes the way, if the name is still free.
func (s Register) Run(ctx context.Context, log flow.Log) error {
	if f := s.Observe(ctx); f.Status != flow.Todo {
		return fmt.Errorf("nothing is registered: %s", f.Text)
	}
	if s.Way == ByUpload {
		return s.upload().Run(ctx, log)
	}
	user, password, err := s.Login(ctx)
	if err != nil {
		return s.upload().noLogin(err)
	}
	return s.submitted(ctx, s.World.Index.Submit(ctx, s.Sdist, user, password), log)
}

func (s Register) upload() Upload {
	return Upload{World: s.World, Files: []*pypi.Artifact{s.Sdist}, Login: s.Login}
}

// submitted looks whether an answer of 200 meant anything: pypiserver gives it and
// does nothing.
func (s Register) submitted(ctx context.Context, err error, log flow.Log) error {
	if err != nil {
		return s.upload().problem(s.Sdist, err)
	}
	n, err := s.World.Index.CheckName(ctx, s.Name)
	if err == nil && n.State == pypi.NameFree {
		p := s.ignored()
		log(p.Text)
		return p
	}
	log(s.Name + ": the index took the registration")
	return nil
}

// Command is what a person would type.
func (s Register) Command() []string {
	switch {
	case s.Way == ByPublisher:
		return []string{"python3", "-m", "webbrowser", s.World.Index.PendingPage()}
	case s.Sdist == nil:
		return []string{"python3", "-m", "build", "--sdist"}
	case s.Way == BySubmit:
		command := s.upload().Command()
		command[1] = "register"
		return command
	}
	return s.upload().Command()
}
