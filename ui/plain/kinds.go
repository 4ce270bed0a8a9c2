package plain

import (
	"maps"
	"time"

	"ferry/flow"
	"ferry/flow/board"
)

// The objects of the stream. docs/json.md explains every kind and every field;
// a test holds the two together.

type headEvent struct {
	V    int    `json:"v"`
	Seq  int    `json:"seq"`
	T    string `json:"t"`
	Kind string `json:"kind"`
}

type helloEvent struct {
	Tool    string `json:"tool"`
	Version string `json:"version"`
	Act     string `json:"act"`
	Project string `json:"project"`
	Release string `json:"release"`
	Commit  string `json:"commit"`
	World   string `json:"world"`
	Mode    string `json:"mode"`
}

type planEvent struct {
	Name    string     `json:"name"`
	Title   string     `json:"title"`
	Confirm string     `json:"confirm"`
	Steps   []planStep `json:"steps"`
}

type planStep struct {
	ID      string      `json:"id"`
	Title   string      `json:"title"`
	Effect  flow.Effect `json:"effect"`
	LeadsTo flow.Effect `json:"leads_to,omitempty"`
	Needs   []string    `json:"needs"`
	Command []string    `json:"command"`
	Undo    string      `json:"undo,omitempty"`
}

type stepEvent struct {
	Step   string      `json:"step"`
	Status flow.Status `json:"status"`
	Text   string      `json:"text"`
	Code   string      `json:"code,omitempty"`
	Warn   string      `json:"warning,omitempty"`
}

type jobEvent struct {
	Step    string        `json:"step"`
	ID      string        `json:"id"`
	Number  string        `json:"number,omitempty"`
	Name    string        `json:"name,omitempty"`
	Status  flow.JobState `json:"status"`
	Note    string        `json:"note,omitempty"`
	URL     string        `json:"url,omitempty"`
	Started string        `json:"started,omitempty"`
	Ended   string        `json:"ended,omitempty"`

	Stage   string          `json:"stage,omitempty"`
	Deploys flow.Publishing `json:"deploys,omitempty"`
	Why     string          `json:"why,omitempty"`
	At      string          `json:"at,omitempty"`
}

type factEvent struct {
	Step    string `json:"step,omitempty"`
	Witness string `json:"witness"`
	About   string `json:"about"`
	Says    string `json:"says"`
	Where   string `json:"where,omitempty"`
	ReadAt  string `json:"read_at"`
	MaxAge  int    `json:"max_age_s,omitempty"`
}

type fileEvent struct {
	Step     string               `json:"step,omitempty"`
	Name     string               `json:"name"`
	SHA256   string               `json:"sha256,omitempty"`
	Size     int64                `json:"size,omitempty"`
	URL      string               `json:"url,omitempty"`
	Yanked   bool                 `json:"yanked,omitempty"`
	Expected bool                 `json:"expected"`
	Surfaces map[string]flow.Seen `json:"surfaces"`
}

type askEvent struct {
	Step    string `json:"step"`
	Confirm string `json:"confirm,omitempty"`
	Need    string `json:"need"`
}

type answerEvent struct {
	Step   string `json:"step"`
	Answer string `json:"answer"`
}

type noteEvent struct {
	Step string `json:"step"`
	Text string `json:"text"`
}

type runEvent struct {
	Step    string   `json:"step"`
	Command []string `json:"command"`
	Note    string   `json:"note,omitempty"`
}

type ranEvent struct {
	Step  string `json:"step"`
	Error string `json:"error,omitempty"`
}

type lineEvent struct {
	Step string `json:"step"`
	Line string `json:"line"`
}

type problemEvent struct {
	Code  string     `json:"code"`
	Class flow.Class `json:"class"`
	Text  string     `json:"text"`
	Now   []string   `json:"now"`
	Retry string     `json:"retry"`
	Lines []string   `json:"lines"`
	Next  []string   `json:"next"`
}

type resultEvent struct {
	Status  string            `json:"status"`
	State   board.State       `json:"state"`
	Exit    int               `json:"exit"`
	Elapsed int               `json:"elapsed_s"`
	Code    string            `json:"code,omitempty"`
	Warn    []string          `json:"warnings,omitempty"`
	Files   []fileEvent       `json:"files"`
	URLs    map[string]string `json:"urls"`
}

func problemOf(p *flow.Problem) problemEvent {
	retry := p.Retry
	if retry == "" {
		retry = flow.RetryUnknown
	}
	return problemEvent{p.Code, p.Class, p.Text, list(p.Now), retry, list(p.Lines), list(p.Next)}
}

// problemIn is the problem of a document; nil where there is none.
func problemIn(p *flow.Problem) *problemEvent {
	if p == nil {
		return nil
	}
	out := problemOf(p)
	return &out
}

func factOf(f flow.Fact) factEvent {
	return factEvent{Witness: f.Witness, About: f.About, Says: f.Says, Where: f.Where, ReadAt: timeText(f.ReadAt)}
}

func fileOf(f flow.File) fileEvent {
	surfaces := maps.Clone(f.Surfaces)
	if surfaces == nil {
		surfaces = map[string]flow.Seen{}
	}
	return fileEvent{Name: f.Name, SHA256: f.SHA256, Size: f.Size, URL: f.URL, Yanked: f.Yanked, Expected: f.Expected, Surfaces: surfaces}
}

// list is never null: programs need not tell null from nothing.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
