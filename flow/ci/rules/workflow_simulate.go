package rules

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

func init() { simulators = append(simulators, simulateWorkflows) }

// simulateWorkflows says what the workflow files of a tree do with an event.
func simulateWorkflows(src *source, e Event, p *Prediction) error {
	for _, f := range workflowFolders(src, e.Host, p) {
		sim := newSimulation(src, f, e)
		sim.out = p
		if err := sim.load(); err != nil {
			return err
		}
		for _, w := range sim.files {
			for _, f := range w.refused {
				p.Problems = append(p.Problems, FileProblem{w.file, f.line, f.text})
			}
		}
		p.Problems = append(p.Problems, sim.unreadable...)
		sim.run()
	}
	return nil
}

// folder is where a service looks for workflow files.
type folder struct {
	dir   string
	gitea bool // Gitea or Forgejo, which also look into the folders below
}

func (f folder) provider() string {
	if f.gitea {
		return "gitea"
	}
	return "github"
}

// The folders of Gitea and of Forgejo. Both fall back to GitHub's:
// go-gitea/gitea modules/actions/workflows.go (ListWorkflows),
// forgejo.org/docs/latest/user/actions/overview. That Forgejo takes Gitea's before
// that is what its tools do (the order of lookup in forgejo clients), not what its
// documentation says.
const (
	giteaDir   = ".gitea/workflows"
	forgejoDir = ".forgejo/workflows"
)

// workflowFolders says which folders of a tree are read, and by whom. Whether
// the host is Gitea or Forgejo matters only where the tree has folders for both.
func workflowFolders(src *source, host string, p *Prediction) []folder {
	there := func(dir string) bool { _, err := fs.Stat(src, dir); return err == nil }
	var out []folder
	theirs := hostProvider(host) == "gitea"
	if !theirs {
		out = append(out, folder{dir: workflowsDir})
	}
	plainGitea := strings.HasPrefix(strings.ToLower(host), "gitea.")
	switch forgejo, gitea := there(forgejoDir) && !plainGitea, there(giteaDir); {
	case forgejo && gitea && !theirs:
		out = append(out, folder{forgejoDir, true}, folder{giteaDir, true})
		p.Undecided = append(p.Undecided, Reason{Text: "Forgejo reads " + forgejoDir + " and Gitea " + giteaDir + "; no file says which of them the host is", File: forgejoDir})
	case forgejo:
		out = append(out, folder{forgejoDir, true})
	case gitea:
		out = append(out, folder{giteaDir, true})
	case theirs:
		out = append(out, folder{workflowsDir, true})
	}
	return out
}

// maxJobs bounds what a prediction lists: workflows that call one another with
// matrices multiply.
const maxJobs = 1000

// simulation is the workflow files of one folder, and an event.
type simulation struct {
	s          *scanner
	folder     folder
	event      Event
	files      []*workflow
	unreadable []FileProblem
	out        *Prediction
	room       int
	found      map[*yaml.Node][]publication // in the steps, which many events and cells share
}

func newSimulation(src *source, f folder, e Event) *simulation {
	return &simulation{s: &scanner{fsys: src.FS}, folder: f, event: e, room: maxJobs, found: map[*yaml.Node][]publication{}}
}

// maxUploads bounds the uploads of one job.
const maxUploads = 50

// publications gives the uploads of a job, each with the step that leads to it.
func (sim *simulation) publications(w *workflow, job tree) (pubs []publication, steps []tree) {
	p := publisher{sim.s, w.file, w.root, job}
	for _, step := range job.get("steps").list() {
		found, ok := sim.found[step.node()]
		if !ok || step.node() != step.n { // what an anchor holds may be in several jobs
			found = p.in(step, 0)
			sim.found[step.node()] = found
		}
		for _, pub := range found {
			if len(pubs) < maxUploads {
				pubs, steps = append(pubs, pub), append(steps, step)
			}
		}
	}
	for _, pub := range p.suspects(pubs) {
		if len(pubs) < maxUploads {
			pubs, steps = append(pubs, pub), append(steps, pub.step)
		}
	}
	return pubs, steps
}

// load reads the files. One that cannot be read is told and left out.
func (sim *simulation) load() error {
	names, err := sim.names()
	if err != nil {
		return err
	}
	for _, name := range names {
		src, err := sim.s.readFile(name)
		if err != nil {
			return err
		}
		root, line, wrong := parseYAML(src)
		if wrong != "" {
			sim.unreadable = append(sim.unreadable, FileProblem{name, line, wrong})
			continue
		}
		sim.files = append(sim.files, &workflow{file: name, name: workflowName(name, root), root: root, gitea: sim.folder.gitea})
	}
	for _, w := range sim.files {
		w.refused = w.faults(sim.find)
	}
	return nil
}

func (sim *simulation) names() ([]string, error) {
	var out []string
	err := fs.WalkDir(sim.s.fsys, sim.folder.dir, func(name string, d fs.DirEntry, err error) error {
		ext := path.Ext(name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == sim.folder.dir:
			return fs.SkipAll
		case err != nil:
			return err
		case d.IsDir() && name != sim.folder.dir && !sim.folder.gitea:
			return fs.SkipDir
		case !d.IsDir() && (ext == ".yml" || ext == ".yaml"):
			out = append(out, name)
		}
		return nil
	})
	return out, err
}

func (sim *simulation) find(file string) *workflow {
	i := slices.IndexFunc(sim.files, func(w *workflow) bool { return w.file == file })
	if i < 0 {
		return nil
	}
	return sim.files[i]
}

// run starts what the event starts, and what starts after that.
func (sim *simulation) run() {
	var runs []*run
	var waiting []*workflow
	for _, w := range sim.files {
		r := sim.begin(w)
		_, chained := w.trigger("workflow_run")
		switch {
		case r.started.is == no && chained && len(w.refused) == 0:
			waiting = append(waiting, w)
			continue
		case !sim.onlyCalled(w):
			r.jobs()
		}
		runs = append(runs, r)
	}
	sim.follow(runs, waiting)
}

// onlyCalled says whether a workflow shows up where another one calls it.
func (sim *simulation) onlyCalled(w *workflow) bool {
	return w.called() && len(w.triggers()) == 1 && sim.calls(w)
}

// calls says whether a job of the folder calls a workflow.
func (sim *simulation) calls(w *workflow) bool {
	return slices.ContainsFunc(sim.files, func(o *workflow) bool {
		return slices.ContainsFunc(o.root.get("jobs").pairs(), func(j pair) bool { return j.value.get("uses").text() == "./"+w.file })
	})
}

// begin makes a run of a workflow for the event.
func (sim *simulation) begin(w *workflow) *run {
	on := occasion{Event: sim.event, workflow: w.name}
	if t, ok := w.trigger("workflow_dispatch"); ok && sim.event.What == "workflow_dispatch" {
		on.inputs = filled(dispatchInputs(t.with), t.with, sim.event.ByAPI)
	}
	started := w.starts(sim.event)
	if w.called() && started.is == no && len(w.triggers()) == 1 {
		started = w.because(no, w.root.get("on", "true").line(), "only another workflow starts it, and none here does")
	}
	if len(w.refused) > 0 {
		started = w.because(no, w.refused[0].line, "the file is refused: %s", w.refused[0].text)
	}
	return &run{sim: sim, wf: w, on: on, started: started, judged: map[string]verdict{}}
}

// emit lists a job, without what is secret.
func (sim *simulation) emit(j Job) {
	j = j.hidden()
	switch sim.room--; {
	case sim.room > 0:
		sim.out.Jobs = append(sim.out.Jobs, j)
	case sim.room == 0:
		sim.undecided(Reason{Text: "there are more jobs than are followed here", File: j.File, Line: j.Line})
	}
}

// undecided notes what concerns no single job, once.
func (sim *simulation) undecided(r Reason) {
	if r.Text = withoutSecrets(r.Text); !slices.Contains(sim.out.Undecided, r) {
		sim.out.Undecided = append(sim.out.Undecided, r)
	}
}

// hidden is a job without the credentials that a script or condition may name in clear.
func (j Job) hidden() Job {
	j.Matrix, j.Why = withoutSecrets(j.Matrix), hidden(j.Why)
	for i, u := range j.Uploads {
		j.Uploads[i].Index, j.Uploads[i].Why = withoutSecrets(u.Index), hidden(u.Why)
	}
	return j
}

func hidden(why []Reason) []Reason {
	out := slices.Clone(why)
	for i := range out {
		out[i].Text = withoutSecrets(out[i].Text)
	}
	return out
}
