package ui

import (
	"strings"

	"ferry/flow"
	"ferry/ui/widget"
)

// jobs is what CI runs, and the logs that were followed.
type jobs struct {
	list   []flow.Job
	cursor int
	chosen bool // a person chose the job; else it is the one most worth a look
	logs   map[string]*tail
	on     string // the job whose log is followed
	turn   int
	full   bool   // the log fills the screen
	seen   string // the warning that the person has seen
	own    bool   // the next attempt is the one that was asked for here
}

// tail is the log of one job.
type tail struct {
	widget.Log
	turn  int
	ended bool
	final bool // the job was over when its log was last asked for
	up    bool // by its lines the upload has begun
	err   error
}

// set takes a new list in. The focus stays on the job that a person chose, and
// else goes to one that failed, that publishes, or that runs.
func (j *jobs) set(list []flow.Job) {
	j.forget(list)
	id := j.job().ID
	j.list, j.cursor = list, 0
	if at := index(list, func(x flow.Job) bool { return x.ID == id }); at >= 0 {
		j.cursor = at
		if j.chosen || list[at].State == flow.JobRunning {
			return
		}
	}
	for _, worth := range []func(flow.Job) bool{
		func(x flow.Job) bool { return x.State == flow.JobFailed },
		func(x flow.Job) bool { return x.State == flow.JobRunning && x.Publishes == flow.PublishYes },
		func(x flow.Job) bool { return x.State == flow.JobRunning },
	} {
		if at := index(list, worth); at >= 0 {
			j.cursor = at
			return
		}
	}
}

// forget drops the logs of jobs that run again: their logs begin anew.
func (j *jobs) forget(list []flow.Job) {
	for _, x := range list {
		at := index(j.list, func(old flow.Job) bool { return old.ID == x.ID })
		if at < 0 || j.logs[x.ID] == nil {
			continue
		}
		if old := j.list[at]; old.State.Over() && !x.State.Over() || !old.Started.IsZero() && x.Started.After(old.Started) {
			delete(j.logs, x.ID)
			if j.on == x.ID {
				j.on = ""
			}
		}
	}
}

// uploading says whether a log that was read shows that the upload has begun. A
// log can say anything; here that only keeps from asking in vain.
func (j *jobs) uploading() bool {
	for _, x := range j.list {
		if t := j.logs[x.ID]; t != nil && t.up && x.State == flow.JobRunning {
			return true
		}
	}
	return false
}

func index(list []flow.Job, ok func(flow.Job) bool) int {
	for i, x := range list {
		if ok(x) {
			return i
		}
	}
	return -1
}

// job is the one that has the focus; the zero Job if there is none.
func (j *jobs) job() flow.Job {
	if j.cursor < len(j.list) {
		return j.list[j.cursor]
	}
	return flow.Job{}
}

// log is the log of the job that has the focus; nil if it was never followed.
func (j *jobs) log() *tail { return j.logs[j.job().ID] }

func (j *jobs) by(n int) {
	j.cursor = max(0, min(j.cursor+n, len(j.list)-1))
	j.chosen = true
}

func (j *jobs) take(msg logMsg) {
	t := j.logs[msg.job]
	if t == nil || t.turn != msg.turn {
		return
	}
	t.Append(msg.skipped, msg.lines)
	t.ended, t.err = msg.ended, msg.err
	for _, l := range msg.lines {
		t.up = t.up || strings.Contains(l, "Uploading distributions to ")
	}
	if at := index(j.list, func(x flow.Job) bool { return x.ID == msg.job }); at >= 0 && msg.ended && j.list[at].State == flow.JobFailed && t.Following() {
		t.Fail(-1) // what explains the end is in view
	}
}

func (j *jobs) unfollow(d *driver) {
	d.tail()
	j.on, j.full = "", false
}

// followJob keeps the log that is shown growing. A log that gave nothing is
// asked for once more when its job is over: some CIs show it only then.
func (m *model) followJob() {
	j := m.jobs.job()
	if m.s == nil || m.s.Follow == nil || j.ID == "" || !m.run.had || m.screen != onRelease || m.shown() != "ci" && !m.jobs.full {
		return
	}
	t := m.jobs.logs[j.ID]
	again := t != nil && t.ended && t.Len() == 0 && !t.final && j.State.Over()
	if m.jobs.on == j.ID && !again || t != nil && t.ended && !again || j.State == flow.JobQueued {
		return
	}
	m.jobs.turn++
	m.jobs.on = j.ID
	m.jobs.logs[j.ID] = &tail{turn: m.jobs.turn, final: j.State.Over(), Log: widget.Log{Fails: m.s.Fails}}
	m.d.follow(m.s, j.ID, m.jobs.turn)
}
