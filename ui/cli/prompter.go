package cli

import (
	"context"
	"sync"

	"ferry/keyring"
)

// prompter is who can be asked for a passphrase: the full-screen program while
// it runs, else the terminal; nil where nobody reads a question.
func (c *commands) prompter() keyring.Prompter {
	face := c.face()
	switch {
	case c.ask != nil:
		return c.ask
	case c.flags.noInput, face == faceJSON, face == faceQuiet, !terminal(c.In), !terminal(c.Err):
		return nil
	}
	return &inTurn{Prompter: keyring.Terminal{In: c.In, Out: c.Err}}
}

// inTurn asks one thing at a time: steps look at the world side by side.
type inTurn struct {
	keyring.Prompter
	mu sync.Mutex
}

func (p *inTurn) Secret(ctx context.Context, label string) (keyring.Secret, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil {
		return keyring.Secret{}, context.Cause(ctx)
	}
	return p.Prompter.Secret(ctx, label)
}
