package steps

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/keyring"
	"ferry/pypi"
)

// RegisterLane: the project's name is on the index of a lane, or nothing keeps CI's
// first upload from making it. Unlike Register it knows no account: of a project
// that is there it tells whose it is, and leaves it to the person to know.
type RegisterLane struct {
	After []flow.Step // the token is there

	yard  Yard
	setup Setup
	lane  Lane
}

// NewRegister makes the step for a lane, by the way that the lane names.
func NewRegister(y Yard, s Setup, l Lane, after ...flow.Step) *RegisterLane {
	return &RegisterLane{After: after, yard: y, setup: s, lane: l}
}

// NewNameCheck makes the step that only looks whether CI's first upload can make
// the project, whatever way the lane names.
func NewNameCheck(y Yard, s Setup, l Lane) *RegisterLane {
	l.Register = ""
	return NewRegister(y, s, l)
}

// Observe looks the name up, and what there is to register it with.
func (s *RegisterLane) Observe(ctx context.Context) flow.Finding {
	w := s.yard.at(s.lane)
	n, err := w.named(ctx, s.setup.Name, s.setup.Known)
	if err != nil {
		return unknown(w.indexProblem(err))
	}
	f := s.judge(ctx, n)
	f.Facts = append(f.Facts, nameFacts(s.setup.Name, n)...)
	return f
}

func (s *RegisterLane) judge(ctx context.Context, n pypi.NameFinding) flow.Finding {
	switch n.State {
	case pypi.NameTaken, pypi.NameEmpty:
		return s.taken(ctx, n)
	case pypi.NameFree:
		return s.free(ctx, n)
	}
	return s.register(nil).judge(n)
}

// register is the step that does it.
func (s *RegisterLane) register(sdist *pypi.Artifact) Register {
	return Register{World: s.yard.at(s.lane), Name: s.setup.Name, Known: s.setup.Known, Way: s.lane.Register,
		Sdist: sdist, Login: s.login, Pending: s.publisher()}
}

// publisher is what CI is to the index; nil where it has a stored token.
func (s *RegisterLane) publisher() *pypi.PendingPublisher {
	var p pypi.PendingPublisher
	switch r, slug := s.setup.Rules(s.lane), s.yard.Remote.Slug(); s.setup.How {
	case PublishWorkflow:
		p = pypi.PendingPublisher(r.WorkflowPublisher(slug))
	case PublishGitLab:
		p = pypi.PendingPublisher(r.GitLabPublisher(slug))
	default:
		return nil
	}
	return &p
}

// taken: the project is there. Whose it is the index may say; whether that is the
// person, only they know, unless the token names the project.
func (s *RegisterLane) taken(ctx context.Context, n pypi.NameFinding) flow.Finding {
	text := n.Text
	users := roleUsers(n.Roles)
	if len(users) > 0 {
		text += ", of " + strings.Join(users, ", ")
	}
	if s.named(ctx) {
		return done("%s; the token is one for it", text)
	}
	tells := "whether your token may upload to it, only an upload tells"
	if s.setup.How.Trusted() {
		tells = "whether CI may upload to it, only its first upload tells"
	}
	f := done("%s; %s", text, tells)
	whose := "an account of yours"
	if len(users) > 0 {
		whose = strings.Join(users, " or ")
	}
	f.Warning = fmt.Sprintf("%s on %s is there already: go on only if you are %s", s.setup.Name, s.yard.at(s.lane).Index.Label(), whose)
	return f
}

// named says whether the token that is used is limited to the project: the index
// makes such a one only for those who may upload to it. Where CI publishes
// without a token, none is looked for.
func (s *RegisterLane) named(ctx context.Context) bool {
	if s.setup.How.Trusted() && s.lane.Register != ByUpload {
		return false
	}
	t, err := s.yard.token(ctx, s.lane)
	ours := func(p string) bool { return pypi.NormalizeName(p) == pypi.NormalizeName(s.setup.Name) }
	return err == nil && slices.ContainsFunc(t.Projects, ours)
}

// free: nobody has the name.
func (s *RegisterLane) free(ctx context.Context, n pypi.NameFinding) flow.Finding {
	switch s.lane.Register {
	case "":
		return s.leftToCI(n)
	case ByPublisher:
		return s.register(nil).judge(n)
	}
	if s.lane.Register == BySubmit && s.yard.at(s.lane).Index.Strict() {
		return failed(s.noSubmit())
	}
	sdist, p := s.sdist(ctx)
	if p != nil && p.Class == flow.ClassUnknown {
		return unknown(p)
	}
	if p != nil {
		return failed(p)
	}
	f := s.sending(ctx, s.register(sdist), n)
	if first, ok := awaited(ctx, s.After); f.Status == flow.Todo && !ok {
		if first.Status == flow.Unknown {
			return first
		}
		f.Text += "; " + first.Text
	}
	return f
}

// sending is what the upload itself finds, which knows what the index would refuse,
// and what it took a moment ago.
func (s *RegisterLane) sending(ctx context.Context, r Register, n pypi.NameFinding) flow.Finding {
	f := r.judge(n)
	if f.Status != flow.Todo || s.lane.Register != ByUpload {
		return f
	}
	if up := r.upload().Observe(ctx); up.Status != flow.Todo {
		return up
	}
	return f
}

// leftToCI: nothing is done now.
func (s *RegisterLane) leftToCI(n pypi.NameFinding) flow.Finding {
	how := "CI's first upload makes the project"
	if s.setup.How.Trusted() {
		how += ", by the pending publisher"
	}
	f := done("%s; %s", n.Text, how)
	f.Warning = fmt.Sprintf("nothing reserves the name %s on %s until then: whoever uploads it first, or one too similar, has it", s.setup.Name, s.yard.at(s.lane).Index.Label())
	return f
}

func (s *RegisterLane) noSubmit() *flow.Problem {
	return &flow.Problem{Code: flow.CodeUploadRegister, Class: flow.ClassFailed, Retry: flow.RetryUnsafe,
		Text: fmt.Sprintf("%s registers no names ahead: the first upload makes the project, or a pending publisher", s.yard.at(s.lane).Index.Label()),
		Now:  []string{"nothing was sent"}, Next: []string{flow.Shell(s.build())}}
}

// login is asked for when something is about to be sent.
func (s *RegisterLane) login(ctx context.Context) (string, keyring.Secret, error) {
	t, err := s.yard.Tokens.Look(ctx, s.lane.Index)
	switch {
	case err != nil:
		return "", keyring.Secret{}, tokenUnread(s.lane, err)
	case t.Secret.IsZero():
		return "", keyring.Secret{}, &flow.Problem{Code: flow.CodeSetupTokenNone, Class: flow.ClassCredentials, Retry: flow.RetrySafe,
			Text: "there is no token for " + s.lane.Index + " to upload with", Now: []string{"nothing was sent"}, Next: []string{flow.Shell([]string{"ferry", "auth", "login", s.lane.Index}), "ferry onboard"}}
	}
	return pypi.TokenUser, t.Secret, nil
}

// Run takes the lane's way, if that is still to be done.
func (s *RegisterLane) Run(ctx context.Context, log flow.Log) error {
	f := s.Observe(ctx)
	if f.Status != flow.Todo {
		return fmt.Errorf("nothing is registered: %s", f.Text)
	}
	if first, ok := awaited(ctx, s.After); !ok {
		return fmt.Errorf("nothing is registered: %s", first.Text)
	}
	sdist, p := s.sdist(ctx)
	if p != nil {
		return p
	}
	return s.register(sdist).Run(ctx, log)
}

// Command is what a person would type; nil where nothing is to be done.
func (s *RegisterLane) Command() []string {
	switch s.lane.Register {
	case "":
		return nil
	case ByPublisher:
		return s.register(nil).Command()
	}
	names, err := s.sdists(s.dist())
	if err != nil || len(names) != 1 {
		return s.build()
	}
	return s.register(&pypi.Artifact{Path: filepath.Join(s.dist(), names[0])}).Command()
}
