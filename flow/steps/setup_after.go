package steps

import (
	"context"
	"strings"

	"ferry/flow"
)

const afterThis = "after this: "

// awaited looks at what a step comes after. ok says that all of it is done; else
// the finding is what the step then has: not known, or still to do.
func awaited(ctx context.Context, before []flow.Step) (f flow.Finding, ok bool) {
	for _, s := range before {
		switch f := s.Observe(ctx); f.Status {
		case flow.Done:
		case flow.Unknown:
			return f, false
		default:
			return todo(afterThis+"%s", strings.TrimPrefix(f.Text, afterThis)), false
		}
	}
	return flow.Finding{}, true
}
