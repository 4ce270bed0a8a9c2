package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/flow/ci"
)

// RecipeFor is what a server's configuration is to be: what was chosen, and what
// follows from the project. Without a command of its own it releases the version
// that a build is asked for, in the words of the server.
func RecipeFor(s Setup) ci.Recipe {
	var r ci.Recipe
	if s.Recipe != nil {
		r = *s.Recipe
	}
	if r.Description == "" {
		r.Description = "Releases " + s.Name + ": triggers it, watches CI, proves the files on the index, and cleans up."
	}
	r.FromTag = r.FromTag || s.FromTags
	return r
}

// draft is the configuration on the server and what it is to be, read once a survey.
func (y Yard) draft(ctx context.Context, r ci.Recipe) (ci.Draft, error) {
	return flow.Read(ctx, readingOf{"recipe", r.Description + "\x00" + r.Command + "\x00" + r.Template + "\x00" + r.Step}, func(ctx context.Context) (ci.Draft, error) {
		return y.Server.Draft(ctx, r)
	})
}

// serverFinding is what it means that the server's configuration could not be drafted.
func serverFinding(err error) flow.Finding {
	p := serverProblem(err)
	switch p.Class {
	case flow.ClassFailed:
		return failed(p)
	case flow.ClassConflict:
		return conflict(p)
	}
	return unknown(p)
}

// serverProblem says what it means that the server did not do as it was asked.
func serverProblem(err error) *flow.Problem {
	p := &flow.Problem{Code: flow.CodeServerUnreachable, Class: flow.ClassUnknown, Retry: flow.RetrySafe, Err: err,
		Text: fmt.Sprintf("The server cannot be asked: %v", err),
		Now:  []string{"what it has is not known; running this again looks first"}, Next: []string{"ferry onboard"}}
	var (
		auth    *ci.AuthError
		needs   *ci.NeedsTokenError
		none    *ci.NotFoundError
		old     *ci.UnsupportedError
		step    *ci.StepError
		choked  *ci.RejectedError
		another *ci.ConflictError
	)
	switch {
	case errors.As(err, &auth):
		p.Code, p.Class = flow.CodeServerRefused, flow.ClassCredentials
		p.Text = fmt.Sprintf("The account may not do that on the server: %v", err)
		p.Now = []string{"the server changed nothing", "to make or change a configuration, the account needs the right to edit the one above it"}
		p.Next = []string{flow.Shell([]string{"ferry", "auth", "login", auth.Provider}), "ferry onboard"}
	case errors.As(err, &needs):
		p.Code, p.Class = flow.CodeServerRefused, flow.ClassCredentials
		p.Text, p.Now = fmt.Sprintf("Nobody is logged in: %v", err), []string{"the server was not asked"}
		p.Next = []string{flow.Shell([]string{"ferry", "auth", "login", needs.Provider}), "ferry onboard"}
	case errors.As(err, &none):
		p.Code, p.Class = flow.CodeServerMissing, flow.ClassFailed
		p.Text, p.Now = fmt.Sprintf("The server lacks what the configuration is made from: %v", err), []string{"the server changed nothing"}
	case errors.As(err, &old):
		p.Code, p.Class = flow.CodeServerOld, flow.ClassFailed
		p.Text = fmt.Sprintf("The server is too old: %v", err)
		p.Now = []string{"the server changed nothing", "a person can do it on its page, or import the document from a file"}
	case errors.As(err, &step):
		p.Code, p.Class = flow.CodeServerStep, flow.ClassFailed
		p.Text, p.Lines = fmt.Sprintf("Which step is to run the release is not clear: %v", err), step.Steps
		p.Now = []string{"the server changed nothing"}
	case errors.As(err, &choked):
		p.Code, p.Class, p.Retry = flow.CodeServerRejected, flow.ClassFailed, flow.RetryUnknown
		p.Text, p.Lines = fmt.Sprintf("The server did not take the document: %v", err), plainLines(choked.Text)
		p.Now = []string{"whether it kept anything of it shows when this is run again", "the log of the server says why, and its administrator can read it"}
	case errors.As(err, &another):
		p.Code, p.Class = flow.CodeServerChanged, flow.ClassConflict
		p.Text, p.Now = fmt.Sprintf("The server has something else by now: %v", err), []string{"the server changed nothing", "run again, this shows what it would change now"}
	}
	return p
}

// serverNotes is what of a configuration a person should know.
func serverNotes(d ci.Draft) (warning string, facts []flow.Fact) {
	var all []string
	if len(d.Undeclared) > 0 {
		all = append(all, fmt.Sprintf("declare the variables %s on the page of %s, each with an empty value: its builds fail without them", strings.Join(d.Undeclared, ", "), d.Path))
	}
	for _, n := range d.Notes {
		facts = append(facts, flow.Fact{Witness: "server", About: d.Path, Says: n, Where: d.Page})
	}
	return strings.Join(append(all, d.Notes...), "; "), facts
}
