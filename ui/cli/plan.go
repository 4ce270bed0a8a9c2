package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/keyring"
	"ferry/ui/plain"
	"ferry/ui/visible"
)

// planFile is a saved plan: what it is for, and what the world showed when it
// was made. It is compared as a whole; nothing in it is obeyed.
type planFile struct {
	V       int        `json:"v"`
	Plan    string     `json:"plan"`
	Project string     `json:"project"`
	Version string     `json:"version"`
	Commit  string     `json:"commit"`
	Remote  string     `json:"remote"`
	Ref     string     `json:"ref"`
	Index   string     `json:"index"`
	Steps   []planStep `json:"steps"`
}

type planStep struct {
	ID      flow.ID     `json:"id"`
	Effect  flow.Effect `json:"effect"`
	Status  flow.Status `json:"status"`
	Command []string    `json:"command,omitempty"`
}

func (v voyage) saved(b board.Board) planFile {
	p := planFile{V: 1, Plan: v.plan.Name, Project: v.target.Name, Version: v.target.Version, Commit: v.target.Commit,
		Remote: v.RemoteURL, Ref: v.target.Ref, Index: v.IndexName}
	for _, r := range b.Rows {
		p.Steps = append(p.Steps, planStep{r.Node.ID, r.Node.Effect, r.Finding.Status, r.Node.Command()})
	}
	return p
}

// showPlan reads everything and says what would be done, with the exact
// commands. It changes nothing but the file that -o names.
func (c *commands) showPlan(ctx context.Context, v voyage, face string) error {
	b, err := c.survey(ctx, v)
	if err != nil {
		return err
	}
	if c.flags.out != "" {
		if err := save(c.flags.out, v.saved(b)); err != nil {
			return err
		}
	}
	if face == faceJSON {
		return c.planEvents(v, b)
	}
	if err := plain.WritePlan(c.Out, b, time.Now()); err != nil {
		return outputError(err)
	}
	if p := b.Stop(); p != nil {
		return p
	}
	return nil
}

// planEvents is the plan as a stream: what was seen of each step, and a result.
func (c *commands) planEvents(v voyage, b board.Board) error {
	f, err := c.faces(v, v.plan, "plan", faceJSON)
	if err != nil {
		return err
	}
	for i, r := range b.Rows {
		f.sink(flow.Event{Seq: i + 1, Kind: flow.KindObserved, Step: r.Node.ID, Finding: &r.Finding})
	}
	var stop error
	if p := b.Stop(); p != nil {
		f.sink(flow.Event{Kind: flow.KindProblem, Problem: p})
		stop = p
	}
	f.close(stop)
	return stop
}

func save(file string, p planFile) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err == nil && keyring.Hide(string(text)) != string(text) {
		err = errors.New("it holds a secret, or a word that is one elsewhere")
	}
	if err == nil {
		err = os.WriteFile(file, append(text, '\n'), 0o600)
	}
	if err != nil {
		return usageError(fmt.Errorf("the plan cannot be saved: %w", err), "ferry release --plan -o FILE")
	}
	return nil
}

// unmoved compares a saved plan with the world as it is.
func (c *commands) unmoved(ctx context.Context, v voyage, file string) error {
	text, err := os.ReadFile(file)
	var old planFile
	if err == nil {
		err = json.Unmarshal(text, &old)
	}
	if err != nil {
		return usageError(fmt.Errorf("--apply: no plan can be read from %s: %w", visible.Line(file), err), "ferry release --plan -o FILE")
	}
	b, err := c.survey(ctx, v)
	if err != nil {
		return err
	}
	if moved := differences(old, v.saved(b)); len(moved) > 0 {
		return &flow.Problem{Code: "plan.moved", Class: flow.ClassConflict, Text: "The world moved since the plan was saved",
			Now: []string{"nothing was done"}, Lines: moved, Retry: flow.RetrySafe, Next: []string{"ferry release --plan -o " + file}}
	}
	return nil
}

func differences(old, now planFile) (out []string) {
	for _, f := range [][3]string{{"plan", old.Plan, now.Plan}, {"project", old.Project, now.Project}, {"version", old.Version, now.Version},
		{"commit", old.Commit, now.Commit}, {"remote", old.Remote, now.Remote}, {"ref", old.Ref, now.Ref}, {"index", old.Index, now.Index},
		{"steps", fmt.Sprint(old.Steps), fmt.Sprint(now.Steps)}} {
		if f[1] != f[2] {
			out = append(out, fmt.Sprintf("%s was %s, is %s", f[0], f[1], f[2]))
		}
	}
	return out
}
