package steps

import (
	"fmt"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
)

// low says whether so little is left of a budget, now, that a person should know.
func low(b ci.Budget) bool {
	return b.Limit > 0 && b.Left < (b.Limit+3)/4 && time.Now().Before(b.Reset)
}

// budgetFacts is what the CIs still grant: of one that is asked without a token as
// soon as it tells, of any other when less than a quarter is left.
func (w World) budgetFacts() (out []flow.Fact) {
	for _, p := range w.CI {
		c, ok := p.(ci.Budgeter)
		if !ok {
			continue
		}
		b := c.Budget()
		if low(b) || b.Limit > 0 && withoutToken(p) != "" {
			out = append(out, flow.Fact{Witness: "ci." + p.Name(), About: "requests", ReadAt: time.Now().Round(0),
				Says: fmt.Sprintf("%d of %d requests left until %s", b.Left, b.Limit, clock(b.Reset))})
		}
	}
	return out
}

// withoutToken is what a provider withholds for want of a token; "" if nothing.
func withoutToken(p ci.Provider) string {
	if a, ok := p.(ci.Anonymous); ok {
		return a.WithoutToken()
	}
	return ""
}

// anonymous says, before anything is pushed, what following the release will lack.
func (w World) anonymous() (out string) {
	for _, p := range w.CI {
		if less := withoutToken(p); less != "" {
			out += fmt.Sprintf("; %s is asked without a token: %s (ferry auth login %s)", p.Name(), less, p.Name())
		}
	}
	return out
}
