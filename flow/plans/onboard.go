package plans

import (
	"cmp"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
)

// What a setup is made of.
type (
	Yard    = steps.Yard
	Setup   = steps.Setup
	Plot    = steps.Plot
	Found   = steps.Found
	Answers = steps.Answers
)

// SetupKeys are the keys of the answers, each with what its flag says.
func SetupKeys() [][2]string { return steps.SetupKeys() }

// Rehearsal is the intent of a release to TestPyPI.
func Rehearsal(in Intent, branch string) Intent { return steps.Rehearsal(in, branch) }

// settled is how long a server may take to show what it was asked for.
const settled = 10 * time.Minute

// Onboard sets a repository up: what CI publishes with, the files by which it
// does, the proof that exactly one job will, and a commit. What is there already
// is done.
func Onboard(y Yard, s Setup) flow.Plan {
	o := &onboarding{y: y, s: s, Plan: flow.Plan{Name: "onboard", Title: "set up the publishing of " + s.Name, GoOn: "ferry onboard", Confirm: cmp.Or(s.Version, s.Name)}}
	o.credentials()
	switch s.How {
	case steps.PublishSealed, steps.PublishSetting:
		o.travis()
	case steps.PublishWorkflow:
		o.workflows()
	case steps.PublishGitLab:
		o.gitlab()
	}
	o.server()
	o.prove()
	o.commit()
	o.rehearse()
	return o.Plan
}

// onboarding is the plan as it grows. A token is needed by what is made with it
// and by nothing else, so that nobody is asked for one whose work is done; what
// stands for itself is needed by nobody, and is looked at to the last.
type onboarding struct {
	flow.Plan
	y Yard
	s Setup

	tokens  []flow.ID
	holders []flow.Step // the steps behind tokens
	writers []flow.Step // what writes files
	before  []flow.Step // all that the proof stands on
	pushed  []flow.Step // what brings the files to the remote
	saved   flow.Step   // the configuration of a server; nil without one
}

func (o *onboarding) add(id flow.ID, title string, effect flow.Effect, step flow.Step, needs ...flow.ID) *flow.Node {
	o.Nodes = append(o.Nodes, flow.Node{ID: id, Title: title, Effect: effect, Step: step, Needs: needs})
	return &o.Nodes[len(o.Nodes)-1]
}

// make adds a node that the proof stands on.
func (o *onboarding) make(id flow.ID, title string, effect flow.Effect, step flow.Step, needs ...flow.ID) {
	o.add(id, title, effect, step, needs...)
	o.before = append(o.before, step)
}

func (o *onboarding) write(title string, id flow.ID, step flow.Step, needs ...flow.ID) {
	o.make(id, title, flow.Local, step, needs...)
	o.writers = append(o.writers, step)
}

func label(l steps.Lane) string {
	if l.Test() {
		return "TestPyPI"
	}
	return "PyPI"
}

func (o *onboarding) credentials() {
	if o.s.How != steps.PublishSealed && o.s.How != steps.PublishSetting {
		return
	}
	for _, l := range o.s.Lanes {
		t := steps.NewStoreToken(o.y, o.s, l)
		id := flow.StoreToken.Of(l.Index)
		o.add(id, "have a token for "+label(l), flow.Local, t)
		o.tokens, o.holders = append(o.tokens, id), append(o.holders, t)
	}
	if o.s.Pypirc != "" {
		o.add(flow.WritePypirc, "write ~/.pypirc", flow.Local, steps.NewWritePypirc(o.y, o.s, o.holders...), o.tokens...)
	}
	for i, l := range o.s.Lanes {
		o.name(l, o.tokens[i], o.holders[i])
	}
}

// name is how the project comes to an index.
func (o *onboarding) name(l steps.Lane, token flow.ID, holder flow.Step) {
	id := flow.Register.Of(l.Index)
	if l.Register == "" {
		o.add(id, "look the name up on "+label(l), flow.Reads, steps.NewNameCheck(o.y, o.s, l))
		return
	}
	o.add(id, "register "+o.s.Name+" on "+label(l), flow.Permanent, steps.NewRegister(o.y, o.s, l, holder), token)
}

func (o *onboarding) travis() {
	active := steps.NewActivateCI(o.y, o.s)
	o.make(flow.ActivateCI, "have Travis build "+o.y.Remote.Slug(), flow.Shared, active)
	write := steps.NewWriteTravis(o.y, o.s)
	if o.s.How == steps.PublishSealed {
		write.After = append(o.holders, active)
		o.write("edit .travis.yml", flow.WriteCI, write, o.tokens...)
		return
	}
	for i, l := range o.s.Lanes {
		v := steps.NewSetVariable(o.y, o.s, l)
		v.After = []flow.Step{o.holders[i], active}
		o.make(flow.SetVariable.Of(l.Index), "give Travis the token for "+label(l), flow.Shared, v, o.tokens[i])
	}
	write.After = []flow.Step{active}
	o.write("edit .travis.yml", flow.WriteCI, write)
}

func (o *onboarding) workflows() {
	for _, l := range o.s.Lanes {
		o.add(flow.TrustPublisher.Of(l.Index), "have "+label(l)+" trust the workflow", flow.Reads, steps.NewTrustPublisher(o.y, o.s, l))
		o.write("write "+o.s.Rules(l).WorkflowPath(), flow.WriteCI.Of(l.Index), steps.NewWriteWorkflow(o.y, o.s, l))
		o.make(flow.MakeGate.Of(l.Index), "make the environment "+o.s.Rules(l).EnvironmentName(), flow.Shared, steps.NewMakeEnvironment(o.y, o.s, l))
	}
}

func (o *onboarding) gitlab() {
	for _, l := range o.s.Lanes {
		o.add(flow.TrustPublisher.Of(l.Index), "have "+label(l)+" trust .gitlab-ci.yml", flow.Reads, steps.NewTrustPublisher(o.y, o.s, l))
	}
	o.write("edit .gitlab-ci.yml", flow.WriteCI, steps.NewWriteGitLab(o.y, o.s))
}

func (o *onboarding) server() {
	if o.s.RecipeFile != "" {
		o.write("write "+o.s.RecipeFile, flow.SaveRecipe, steps.NewWriteRecipe(o.y, o.s))
	}
	if o.s.Recipe == nil {
		return
	}
	save := steps.NewSaveRecipe(o.y, o.s)
	o.add(flow.SaveRecipe, "save the configuration on the server", flow.Shared, save)
	o.saved = save
}

// rehearse comes after the push: a dry run needs the CI files on the remote.
func (o *onboarding) rehearse() {
	if o.saved == nil {
		return
	}
	dry := steps.NewRehearseRecipe(o.y, o.s)
	dry.After = append([]flow.Step{o.saved}, o.pushed...)
	n := o.add(flow.RehearseRecipe, "let the server run it dry once", flow.Shared, dry)
	n.Every, n.Limit = o.y.Waits.Every, settled
}

func (o *onboarding) prove() {
	o.add(flow.CheckSetup, "check that exactly one job publishes", flow.Reads, steps.NewCheckSetup(o.y, o.s, o.before...))
}

func (o *onboarding) commit() {
	if o.s.Branch == "" || len(o.s.Files()) == 0 {
		return
	}
	commit := steps.NewCommitSetup(o.y, o.s, o.writers...)
	o.add(flow.CommitSetup, "commit on the branch "+o.s.Branch, flow.Local, commit)
	push := steps.NewPushSetup(o.y, o.s, commit)
	o.add(flow.PushSetup, "push the branch "+o.s.Branch, flow.Shared, push)
	o.pushed = append(o.pushed, push)
	if o.s.Request {
		o.add(flow.OpenRequest, "open a request to merge it", flow.Shared, steps.NewOpenRequest(o.y, o.s, push))
	}
}
