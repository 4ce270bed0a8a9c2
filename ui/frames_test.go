package ui

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"ferry/flow"
	"ferry/keyring"
)

var update = flag.Bool("update", false, "write the golden frames")

var testStart = time.Date(2026, 11, 21, 10, 2, 59, 0, time.UTC)

// rig is a model without a terminal: its driver's worker never starts.
type rig struct {
	t     testing.TB
	m     *model
	now   time.Time
	sent  []tea.Msg
	copy  []string
	reply chan flow.Answer
}

func newRig(t testing.TB, o Options) *rig {
	r := &rig{t: t, now: testStart}
	o.Dir, o.Now = "~/src/acme-core", func() time.Time { return r.now }
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	d := newDriver(ctx, o.Now)
	d.send = func(m tea.Msg) { r.sent = append(r.sent, m) }
	r.m = newModel(o, d)
	r.m.copy = func(s string) error { r.copy = append(r.copy, s); return nil }
	r.size(80, 24)
	return r
}

func (r *rig) size(w, h int) { r.m.Update(tea.WindowSizeMsg{Width: w, Height: h}) }

func (r *rig) do(msg tea.Msg) tea.Cmd {
	_, cmd := r.m.Update(msg)
	return cmd
}

func (r *rig) keys(names ...string) {
	for _, n := range names {
		r.do(press(n))
	}
}

func press(name string) tea.KeyMsg {
	for k, v := range map[string]tea.KeyType{"enter": tea.KeyEnter, "esc": tea.KeyEsc, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft,
		"right": tea.KeyRight, "ctrl+c": tea.KeyCtrlC, "backspace": tea.KeyBackspace, "ctrl+u": tea.KeyCtrlU, "ctrl+w": tea.KeyCtrlW} {
		if k == name {
			return tea.KeyMsg{Type: v}
		}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

func (r *rig) wait(d time.Duration) { r.now = r.now.Add(d) }

func (r *rig) opened(s *Session) {
	msg := openedMsg{}
	if err := msg.open(context.Background(), nil, func(context.Context, Person) (*Session, error) { return s, nil }); err != nil {
		r.t.Fatal(err)
	}
	r.do(msg)
}

func (r *rig) event(ev flow.Event) { r.do(eventMsg{ev: cleanEvent(ev), at: r.now}) }

func (r *rig) saw(id flow.ID, f flow.Finding) {
	r.event(flow.Event{Kind: flow.KindObserved, Step: id, Finding: &f})
}

// atHome is home after a survey of a world in which nothing has begun.
func atHome(t testing.TB, o Options) *rig {
	r := newRig(t, o)
	w := newWorld(time.Hour)
	r.opened(w.session())
	r.survey(w)
	return r
}

func (r *rig) survey(w *world) {
	var fs []flow.Finding
	for _, n := range w.plan().Nodes {
		fs = append(fs, w.look(n.ID))
	}
	r.do(surveyedMsg{survey: Survey{Findings: fs, Latest: "1.3.0   sdist + wheel, 21 days ago", At: r.now}})
}

// atGate is the release after a good preflight, with the gate open for a second.
func atGate(t testing.TB, o Options) *rig {
	o.Start = StartRelease
	r := newRig(t, o)
	w := newWorld(time.Hour)
	r.opened(w.session())
	for _, n := range w.plan().Nodes {
		r.saw(n.ID, w.look(n.ID))
	}
	r.wait(2 * time.Second)
	r.openGate(w, "1.4.0")
	r.wait(time.Second)
	return r
}

func (r *rig) openGate(w *world, confirm string) {
	p := w.plan()
	q := question{title: p.Nodes[4].Title, finding: "no claim on 1.4.0", confirm: confirm,
		covers: acts([]flow.Node{p.Nodes[4], p.Nodes[5], p.Nodes[8]}), leads: acts(p.Nodes[6:7])}
	r.reply = make(chan flow.Answer, 1)
	r.event(flow.Event{Kind: flow.KindAsk, Step: flow.Claim, Text: confirm})
	r.do(askMsg{q, r.reply})
}

func (r *rig) ran(id flow.ID, text string) {
	r.event(flow.Event{Kind: flow.KindRun, Step: id})
	r.event(flow.Event{Kind: flow.KindLine, Step: id, Line: "remote: taken in"})
	r.wait(time.Second)
	r.event(flow.Event{Kind: flow.KindRan, Step: id})
	r.saw(id, flow.Finding{Status: flow.Done, Text: text})
}

// atCI is six minutes into the build.
func atCI(t testing.TB, o Options) *rig {
	r := atGate(t, o)
	r.keys("1.4.0", "enter")
	r.event(flow.Event{Kind: flow.KindAnswer, Step: flow.Claim, Text: "yes"})
	r.ran(flow.Claim, "ours, by you")
	r.ran(flow.PushBranch, "pypi-release is at 51d9e07")
	r.saw(flow.AwaitCI, flow.Finding{Status: flow.Underway, Text: "Travis #1207, 1 of 3 jobs over", Jobs: testJobs(r.now, false, false),
		Proof: []flow.Proof{{What: "build", Where: "https://ci.example/acme/acme-core/builds/271828182"}}})
	r.wait(6*time.Minute + 9*time.Second)
	r.log("2", 0, "$ tox -e py39", "tests/test_parser.py::test_merge_lists PASSED   [ 83%]", "tests/test_upload.py::test_progress \x1b[31mred\x1b[0m PASSED \x1b]8;;x", "tests/test_workflows.py::test_heal")
	return r
}

func (r *rig) log(job string, skipped int, raw ...string) {
	c := &collector{}
	for _, l := range raw {
		c.add(l)
	}
	_, lines := c.take()
	turn := 0
	if t := r.m.jobs.logs[job]; t != nil {
		turn = t.turn
	}
	r.do(logMsg{job: job, turn: turn, skipped: skipped, lines: lines})
}

func atIndex(t testing.TB, o Options) *rig {
	r := atCI(t, o)
	r.saw(flow.AwaitCI, flow.Finding{Status: flow.Done, Text: "Travis #1207 passed", Jobs: testJobs(r.now, true, false)})
	r.saw(flow.ConfirmIndex, flow.Finding{Status: flow.Underway, Text: "the index is late: each node may keep the old page for 10 minutes", Files: testFiles(flow.SeenLate)})
	r.wait(118 * time.Second)
	return r
}

func atDone(t testing.TB, o Options) *rig {
	r := atIndex(t, o)
	r.saw(flow.ConfirmIndex, flow.Finding{Status: flow.Done, Text: "2 files, sha256 equal in log, JSON, index, data", Files: testFiles(flow.SeenYes)})
	r.ran(flow.DeleteBranch, "pypi-release is gone")
	r.event(flow.Event{Kind: flow.KindDone})
	r.do(endedMsg{})
	return r
}

func atError(t testing.TB, o Options) *rig {
	r := atCI(t, o)
	w := newWorld(time.Nanosecond)
	w.red, w.pushed = true, time.Now().Add(-time.Minute)
	f := w.ci()
	f.Jobs = testJobs(r.now.Add(-5*time.Minute), true, true)
	r.saw(flow.AwaitCI, f)
	r.event(flow.Event{Kind: flow.KindProblem, Problem: f.Problem})
	r.do(endedMsg{f.Problem})
	return r
}

func atLeave(t testing.TB, o Options) *rig { r := atCI(t, o); r.keys("q"); return r }
func atHelp(t testing.TB, o Options) *rig  { r := atCI(t, o); r.keys("?"); return r }

func atYesNo(t testing.TB, o Options) *rig {
	r := atIndex(t, o)
	r.reply = make(chan flow.Answer, 1)
	r.do(askMsg{question{title: "delete branch pypi-release", finding: "pypi-release is at 51d9e07", covers: acts(newWorld(0).plan().Nodes[8:9])}, r.reply})
	r.wait(time.Second)
	return r
}

func atSending(t testing.TB, o Options) *rig {
	r := atGate(t, o)
	r.keys("1.4.0", "enter")
	r.event(flow.Event{Kind: flow.KindRun, Step: flow.Claim})
	r.keys("q")
	return r
}

func atPrompt(t testing.TB, o Options) *rig {
	r := atHome(t, o)
	r.do(promptMsg{label: line("Passphrase for ~/.ssh/id_ed25519\x1b[2J"), reply: make(chan keyring.Secret, 1)})
	return r
}

func atAgree(t testing.TB, o Options) *rig {
	r := newRig(t, o)
	r.do(promptMsg{label: "Only a build of the project knows its version (setup.py computes it). Run its own code, on a copy of the commit?", agree: make(chan bool, 1)})
	return r
}

var screens = []struct {
	name string
	at   func(testing.TB, Options) *rig
}{
	{"opening", newRig}, {"home", atHome}, {"gate", atGate}, {"ci", atCI}, {"index", atIndex}, {"done", atDone},
	{"error", atError}, {"eight", atEight}, {"eightred", atEightRed}, {"rerun", atRerun}, {"cancel", atCancel}, {"nobuild", atNoBuild}, {"leaving", atLeave}, {"help", atHelp}, {"yesno", atYesNo}, {"sending", atSending}, {"prompt", atPrompt}, {"agree", atAgree},
	{"found", atFound}, {"question", atQuestion}, {"textquestion", atTextQuestion}, {"setupplan", atSetupPlan}, {"diff", atDiff}, {"setuprun", atSetupRun},
	{"setupyesno", atSharedQuestion}, {"setupend", atSetupEnd}, {"setupstop", atSetupStop}, {"takeback", atTakingBack}, {"takenback", atTakenBack},
}

func init() { screens = append(screens, rescueScreens...) }

func TestFrames(t *testing.T) {
	for _, s := range screens {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {60, 16}} {
			for _, ascii := range []bool{false, true} {
				if size[0] == 60 && ascii {
					continue
				}
				name := fmt.Sprintf("%s_%dx%d", s.name, size[0], size[1])
				if ascii {
					name += "_ascii"
				}
				t.Run(name, func(t *testing.T) {
					r := s.at(t, Options{ASCII: ascii, Color: true})
					r.size(size[0], size[1])
					golden(t, name, check(t, r.m))
				})
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	got = ansi.Strip(got) + "\n"
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("frame differs from %s:\n%s", path, got)
	}
}

// check holds a frame against the contract: exactly so many lines, none too
// wide, no byte that steers but our own colours, and a message.
func check(t testing.TB, m *model) string {
	t.Helper()
	v := m.View()
	rows := strings.Split(v, "\n")
	if len(rows) != m.h {
		t.Fatalf("%d lines in a window of %d", len(rows), m.h)
	}
	for i, l := range rows {
		if w := ansi.StringWidth(l); w > m.w {
			t.Fatalf("row %d is %d cells wide in a window of %d: %q", i+1, w, m.w, l)
		}
		plain := ours.Replace(l)
		for _, c := range plain {
			if c < 0x20 || c >= 0x7f && c < 0xa0 || c == '\u202e' || c == '\u200b' || c == '\ufffd' || m.st.ASCII && c > 0x7e {
				t.Fatalf("row %d holds %q: %q", i+1, c, l)
			}
		}
		if strings.Count(l, "\x1b[") > 0 && !strings.Contains(l[strings.LastIndex(l, "\x1b["):], "\x1b[m") {
			t.Fatalf("row %d leaves its style open: %q", i+1, l)
		}
	}
	if !m.small() && strings.TrimSpace(ansi.Strip(rows[m.h-2])) == "" {
		t.Fatalf("no message:\n%s", v)
	}
	return v
}

var ours = strings.NewReplacer("\x1b[m", "", "\x1b[1m", "", "\x1b[2m", "", "\x1b[7m", "", "\x1b[31m", "", "\x1b[1;31m", "", "\x1b[32m", "", "\x1b[33m", "", "\x1b[36m", "")
