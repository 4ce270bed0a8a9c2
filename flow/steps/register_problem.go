package steps

import (
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/pypi"
)

// pending is what a person has to enter, and what it is worth. There is no way
// for a program to do it, nor to see that it was done.
func (s Register) pending() *flow.Problem {
	p := &flow.Problem{Code: flow.CodeRegisterPending, Class: flow.ClassWaiting, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("enter a pending publisher for %s at %s", s.Name, s.World.Index.PendingPage()),
		Now: []string{
			"it reserves nothing: whoever uploads the name first, or one too similar, has it",
			fmt.Sprintf("it is deleted if no upload uses it within %d days; an account has %d of them at most", pypi.PendingDays, pypi.PendingMost),
			"the project is made when CI first asks for a token; the name in the form must be that in the metadata",
			"whether it was entered cannot be read from outside",
		},
		Next: []string{flow.Shell(s.Command())}}
	if s.Pending == nil || s.World.Index.PendingPage() == "" {
		p.Class, p.Text = flow.ClassFailed, fmt.Sprintf("there is no pending publisher to enter for %s on %s", s.Name, s.World.Index.Label())
		p.Now, p.Next = []string{"nothing was changed"}, []string{"python3 -m build --sdist"}
		return p
	}
	for _, e := range s.Pending.Entries() {
		value := e.Value
		if value == "" {
			value = "(leave empty)"
		}
		p.Lines = append(p.Lines, e.Label+": "+value)
	}
	if missing := s.Pending.Missing(); len(missing) > 0 {
		p.Now = append(p.Now, "not known here: "+strings.Join(missing, ", "))
	}
	return p
}

func (s Register) badName(n pypi.NameFinding) *flow.Problem {
	return &flow.Problem{Code: flow.CodeRegisterName, Class: flow.ClassFailed, Retry: flow.RetryUnsafe,
		Text: "The name cannot be registered: " + n.Text, Now: []string{"nothing was sent; the project needs another name in its metadata"},
		Next: []string{"python3 -m build --sdist"}}
}

func (s Register) hidden(n pypi.NameFinding) *flow.Problem {
	return &flow.Problem{Code: flow.CodeRegisterHidden, Class: flow.ClassConflict, Retry: flow.RetryUnsafe,
		Text: n.Text, Lines: plainLines(n.Page.Reason), Now: []string{"nothing was sent; the index's administrators alone can change that"},
		Next: []string{"python3 -m webbrowser " + flow.Shell([]string{s.World.Index.ProjectURL(s.Name, "")})}}
}

func (s Register) anothers(n pypi.NameFinding, users []string) *flow.Problem {
	return &flow.Problem{Code: flow.CodeRegisterTaken, Class: flow.ClassConflict, Retry: flow.RetryUnsafe,
		Text: fmt.Sprintf("%s, of %s; %s is not among them", n.Text, strings.Join(users, ", "), s.Account),
		Now:  []string{"nothing was sent; an owner can add the account, or the project needs another name"},
		Next: []string{"python3 -m webbrowser " + flow.Shell([]string{s.World.Index.ProjectURL(s.Name, "")})}}
}

// whose: the project is there, and from outside nobody can tell that it is ours.
func (s Register) whose(n pypi.NameFinding, users []string) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeRegisterWhose, Class: flow.ClassUnknown, Retry: flow.RetrySafe,
		Text: n.Text + "; whether it is yours is not known", Now: []string{"nothing was sent; the index does not say who may upload to it"},
		Next: []string{"python3 -m webbrowser " + flow.Shell([]string{s.World.Index.ProjectURL(s.Name, "")})}}
	if len(users) > 0 {
		p.Now = []string{"nothing was sent; those who may upload are " + strings.Join(users, ", ")}
	}
	return p
}

func (s Register) ignored() *flow.Problem {
	return &flow.Problem{Code: flow.CodeRegisterIgnored, Class: flow.ClassFailed, Retry: flow.RetrySafe,
		Text: fmt.Sprintf("%s answers that it registered %s, and shows no such project", s.World.Index.Label(), s.Name),
		Now:  []string{"such an index takes no names ahead: the first file makes the project"}, Next: []string{flow.Shell(s.upload().Command())}}
}
