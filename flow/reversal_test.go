package flow

import (
	"context"
	"testing"
)

type silentStep struct{}

func (silentStep) Observe(context.Context) Finding { return Finding{Status: Done} }
func (silentStep) Run(context.Context, Log) error  { return nil }

type sayingStep struct {
	silentStep
	r Reversal
}

func (s sayingStep) Reversal() Reversal { return s.r }

type undoingStep struct{ sayingStep }

func (undoingStep) Undo(context.Context, Log) error { return nil }

func TestReversal(t *testing.T) {
	none := Reversal{ReversalNone, "it stays for good"}
	for name, tt := range map[string]struct {
		step Step
		want string
	}{
		"nobody says":           {silentStep{}, ""},
		"can undo":              {undoingStep{sayingStep{r: none}}, "yes"},
		"compensated":           {sayingStep{r: Reversal{ReversalCompensated, "ferry recover"}}, "by ferry recover"},
		"none, and why":         {sayingStep{r: none}, "none, it stays for good"},
		"none":                  {sayingStep{r: Reversal{Kind: ReversalNone}}, "none"},
		"a kind that is no one": {sayingStep{r: Reversal{"odd", "x"}}, ""},
	} {
		if got := (Node{Step: tt.step}).Reversal().String(); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
