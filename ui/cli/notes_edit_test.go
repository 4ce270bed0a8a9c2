package cli

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/plans"
	"ferry/keyring"
)

// answers is a person who has made up their mind.
type answers struct {
	yes   []bool
	asked []string
}

func (*answers) Secret(context.Context, string) (keyring.Secret, error) {
	return keyring.Secret{}, errors.New("no secret is wanted")
}

func (a *answers) Agree(_ context.Context, question string) (bool, error) {
	a.asked = append(a.asked, question)
	if len(a.yes) == 0 {
		return false, errors.New("asked once too often")
	}
	yes := a.yes[0]
	a.yes = a.yes[1:]
	return yes, nil
}

// TestEditAll: an empty text is asked about, one that cannot be published is edited
// again or given up.
func TestEditAll(t *testing.T) {
	const token = "example-of-edit-all-9w3k5h"
	_ = keyring.NewSecret(token)
	once := func(first, then string) string {
		return `if test -e "$0.once"; then ` + then + `; else : >"$0.once"; ` + first + `; fi`
	}
	for name, c := range map[string]struct {
		lines string
		yes   []bool
		want  string
		code  string
		asks  []string
	}{
		"written":                {lines: `echo "- y" >>"$1"`, want: "- x\n- y"},
		"emptied, and meant":     {lines: `echo >"$1"`, yes: []bool{true}, asks: []string{"The notes are empty."}},
		"emptied, and not meant": {lines: `: >"$1"`, yes: []bool{false}, code: flow.CodeDeclined, asks: []string{"The notes are empty."}},
		"a secret, taken out":    {lines: once("echo "+token+` >"$1"`, `grep -q `+token+` "$1" && echo "- z" >"$1"`), yes: []bool{true}, want: "- z", asks: []string{"The notes hold a secret"}},
		"a secret, given up":     {lines: "echo " + token + ` >"$1"`, yes: []bool{false}, code: flow.CodeNotesSecret, asks: []string{"The notes hold a secret"}},
		"an editor that fails":   {lines: "exit 1", code: flow.CodeDeclined},
	} {
		t.Run(name, func(t *testing.T) {
			person := &answers{yes: c.yes}
			cmd, command := without(t, ""), script(t, c.lines)
			cmd.ask = person
			cmd.Env = func(name string) string { return map[string]string{"VISUAL": command, "EDITOR": "false"}[name] }
			t.Setenv("TMPDIR", t.TempDir())
			n, err := cmd.editAll(t.Context(), voyage{target: plans.Target{Version: "1.4.0"}}, "- x")
			var p *flow.Problem
			if errors.As(err, &p) != (c.code != "") || p != nil && p.Code != c.code || err == nil && n.Text != c.want {
				t.Errorf("%+v, %+v", n, err)
			}
			if len(person.asked) != len(c.asks) || len(c.asks) == 1 && !strings.HasPrefix(person.asked[0], c.asks[0]) {
				t.Errorf("asked %q", person.asked)
			}
			if len(left(t)) != 0 {
				t.Errorf("left %v", left(t))
			}
		})
	}
}

// TestEditorOf: the one for screens comes first.
func TestEditorOf(t *testing.T) {
	for _, c := range []struct{ visual, editor, want string }{{"code --wait", "ed", "code --wait"}, {"", "ed", "ed"}, {"", "", ""}} {
		cmd := without(t, "")
		cmd.Env = func(name string) string { return map[string]string{"VISUAL": c.visual, "EDITOR": c.editor}[name] }
		if got := cmd.editorOf(t.Context(), voyage{}); got != c.want {
			t.Errorf("%q", got)
		}
	}
}

// TestNotesOver: there is nothing to edit where nothing is to be published, and the
// editor stays shut where the release would stop anyway.
func TestNotesOver(t *testing.T) {
	stop := &flow.Problem{Code: flow.CodeTreeDirty, Class: flow.ClassFailed}
	notes := []flow.Fact{{Witness: flow.NotesWitness}}
	for name, c := range map[string]struct {
		tree, release flow.Finding
		over          bool
		told          string
		code          string
	}{
		"to do":     {flow.Finding{Status: flow.Done}, flow.Finding{Status: flow.Todo, Text: "publish", Facts: notes}, false, "", ""},
		"none made": {flow.Finding{Status: flow.Done}, flow.Finding{Status: flow.Todo, Text: "none is made"}, true, "the notes are not edited: none is made\n", ""},
		"published": {flow.Finding{Status: flow.Done}, flow.Finding{Status: flow.Done, Text: "release v1.4.0 is published"}, true, "the notes are not edited: release v1.4.0 is published\n", ""},
		"stopped":   {flow.Finding{Status: flow.Failed, Problem: stop}, flow.Finding{Status: flow.Todo}, true, "", flow.CodeTreeDirty},
	} {
		cmd := without(t, "")
		plan := flow.Plan{Nodes: []flow.Node{{ID: flow.CheckTree, Effect: flow.Reads, Step: still(c.tree)},
			{ID: flow.PublishRelease, Effect: flow.Shared, Needs: []flow.ID{flow.CheckTree}, Step: still(c.release)}}}
		over, err := cmd.notesOver(t.Context(), voyage{plan: plan})
		cmd.flush()
		told, _ := os.ReadFile(cmd.App.Err.Name())
		var p *flow.Problem
		if over != c.over || string(told) != c.told || errors.As(err, &p) != (c.code != "") || p != nil && p.Code != c.code {
			t.Errorf("%s: %v, %q, %+v", name, over, told, err)
		}
	}
}

// still is a step that is as it is.
type still flow.Finding

func (s still) Observe(context.Context) flow.Finding { return flow.Finding(s) }
func (still) Run(context.Context, flow.Log) error    { return errors.New("it is not to be run") }
