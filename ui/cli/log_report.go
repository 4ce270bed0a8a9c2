package cli

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/journal"
	"ferry/ui/visible"
)

// writeReport writes a release as its journal tells it, in Markdown, for an issue or a
// page of notes. Everything in a journal may be text from outside: it stands in code,
// where no markup, no mention and no link is read; an address is one only if it is
// plainly that.
func writeReport(w io.Writer, records []journal.Record) error {
	r := &report{runs: map[string]*told{}}
	for _, rec := range records {
		r.take(rec)
	}
	_, err := io.WriteString(w, r.text())
	return err
}

// report is what the records come to.
type report struct {
	project, version string
	about            journal.Record // the last one
	first, last      time.Time
	end              string // how the last run ended, as far as is written
	order            []string
	runs             map[string]*told
	agreed, problems []string
	did, seen        []string
	builds           []string
	files            []journal.File
}

// told is one run: who made it, and what it last asked.
type told struct {
	who     string
	at      time.Time
	records int
	asked   journal.Record
}

func (r *report) take(rec journal.Record) {
	if r.first.IsZero() {
		r.first = rec.At
	}
	r.last = rec.At
	run := r.run(rec)
	run.records++
	step := code(rec.Step)
	switch flow.Kind(rec.Kind) {
	case "journal":
		r.project, r.version = rec.Project, rec.Version
		return
	case "start":
		run.who, run.at, r.end = who(rec), rec.At, "nothing is written of its end"
		return
	case "about":
		r.about = rec
	case flow.KindAsk:
		run.asked = rec
	case flow.KindAnswer:
		r.agreed = append(r.agreed, answer(run, rec))
	case flow.KindRun:
		r.did = append(r.did, strings.TrimSpace(fmt.Sprintf("%s: %s %s", stamp(rec.At), step, code(flow.Shell(rec.Command)))))
	case flow.KindRan:
		if rec.Text != "" {
			r.did = append(r.did, fmt.Sprintf("%s: %s ended with %s", stamp(rec.At), step, code(rec.Text)))
		}
	case flow.KindObserved:
		r.observed(rec, step)
	case flow.KindProblem:
		r.problem(rec)
	case flow.KindDone:
		r.end = "done, at " + stamp(rec.At)
	}
}

func (r *report) run(rec journal.Record) *told {
	if r.runs[rec.Run] == nil {
		r.runs[rec.Run] = &told{who: "somebody", at: rec.At}
		r.order = append(r.order, rec.Run)
	}
	return r.runs[rec.Run]
}

func who(rec journal.Record) string {
	return cmp.Or(code(rec.User), "somebody") + " on " + cmp.Or(code(rec.Host), "a machine without a name")
}

// answer is who agreed to what: which gate, and what it wanted typed.
func answer(run *told, rec journal.Record) string {
	said := "declined"
	if rec.Text == "yes" {
		said = "agreed"
		if run.asked.Text != "" {
			said += ", with " + code(run.asked.Text)
		}
	}
	text := fmt.Sprintf("%s: %s %s, before %s", stamp(rec.At), run.who, said, code(rec.Step))
	if len(run.asked.Lines) > 0 {
		text += ": " + code(run.asked.Lines[0])
	}
	return text
}

func (r *report) observed(rec journal.Record, step string) {
	line := fmt.Sprintf("%s: %s %s: %s", stamp(rec.At), step, code(rec.Status), code(rec.Text))
	r.seen = append(r.seen, line)
	for _, p := range rec.Proof {
		b := strings.TrimSpace(code(p.What) + " " + link(p.Where))
		if flow.ID(rec.Step) == flow.AwaitCI || flow.ID(rec.Step) == flow.AwaitMain {
			r.builds = appendNew(r.builds, b)
		}
	}
	if len(rec.Files) > 0 {
		r.files = rec.Files
	}
}

func (r *report) problem(rec journal.Record) {
	r.end = "stopped at " + stamp(rec.At) + " by " + code(rec.Code)
	text := fmt.Sprintf("%s: %s: %s", stamp(rec.At), code(rec.Code), code(rec.Text))
	for _, l := range append(slices.Clone(rec.Now), rec.Lines...) {
		text += "\n  - " + code(l)
	}
	r.problems = append(r.problems, text)
}

func appendNew(all []string, s string) []string {
	if slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

func (r *report) text() string {
	var out strings.Builder
	fmt.Fprintf(&out, "# Release report: %s %s\n\nBy the journal of one machine. The remote, CI and the index count, and not what is written here.\n",
		cmp.Or(code(r.project), "a project"), cmp.Or(code(r.version), "without a version"))
	list(&out, "The release", r.facts())
	var people []string
	for _, id := range r.order {
		if run := r.runs[id]; run.records > 0 {
			people = append(people, fmt.Sprintf("%s: %s, run %s", stamp(run.at), run.who, code(cmp.Or(id, "?"))))
		}
	}
	list(&out, "Who", people)
	list(&out, "Who agreed to what", r.agreed)
	list(&out, "Builds", r.builds)
	list(&out, "Files", filesOf(r.files))
	list(&out, "What was done", r.did)
	list(&out, "Problems", r.problems)
	list(&out, "What was seen", r.seen)
	return out.String()
}

func (r *report) facts() []string {
	var out []string
	row := func(label, text string) {
		if text != "" {
			out = append(out, label+" "+text)
		}
	}
	row("commit", code(r.about.Commit))
	row("trigger", code(r.about.Ref))
	row("remote", link(r.about.Remote))
	row("index", code(r.about.Index))
	row("from", stamp(r.first)+" to "+stamp(r.last))
	row("the last run:", r.end)
	return out
}

func filesOf(files []journal.File) (out []string) {
	for _, f := range files {
		text := code(f.Name)
		if f.Size > 0 {
			text += fmt.Sprintf(", %d bytes", f.Size)
		}
		if f.SHA256 != "" {
			text += ", sha256 " + code(f.SHA256)
		}
		out = append(out, text)
	}
	return out
}

// list writes a section, if there is anything in it.
func list(out *strings.Builder, title string, items []string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(out, "\n## %s\n\n", title)
	for _, item := range items {
		fmt.Fprintf(out, "- %s\n", item)
	}
}

var ticks = regexp.MustCompile("`+")

// code is text from outside as a span of code, on one line: between more backticks than
// it has in a row itself.
func code(text string) string {
	text = visible.Line(text)
	if strings.TrimSpace(text) == "" {
		return ""
	}
	longest := 0
	for _, run := range ticks.FindAllString(text, -1) {
		longest = max(longest, len(run))
	}
	mark := strings.Repeat("`", longest+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return mark + text + mark
}

// plainAddress has no user, no markup and nothing that hides where it leads.
var plainAddress = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~%/?=&+,:;!$#-]*)?$`)

// link is an address as one, and anything else as code.
func link(text string) string {
	if plainAddress.MatchString(text) {
		return "<" + text + ">"
	}
	return code(text)
}
