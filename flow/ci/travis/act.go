package travis

import (
	"context"
	"errors"
	"strings"

	"ferry/flow/ci"
)

// Restart begins all jobs of a build anew, under its old number. Travis restarts
// no build that goes on, and none of an account without credits.
func (p *Provider) Restart(ctx context.Context, b ci.Build) error { return p.act(ctx, b, "restart") }

// Cancel stops the jobs of a build that have not ended.
func (p *Provider) Cancel(ctx context.Context, b ci.Build) error { return p.act(ctx, b, "cancel") }

func (p *Provider) act(ctx context.Context, b ci.Build, what string) error {
	if p.o.Token.IsZero() {
		return &ci.NeedsTokenError{Provider: name, What: "a " + what}
	}
	err := p.client.Post(ctx, p.o.URL+"/build/"+b.ID+"/"+what, "build "+b.ID)
	var auth *ci.AuthError
	if errors.As(err, &auth) && noToken(auth.Text) {
		return &ci.ConflictError{Provider: name, What: "build " + b.ID, Text: auth.Text}
	}
	return err
}

// noToken says whether another token would be refused with the same words: Travis
// answers 403 also where the account, and not who asks, is the obstacle.
func noToken(text string) bool {
	text = strings.ToLower(text)
	for _, word := range []string{"abuse", "balance", "credit", "migrated"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
