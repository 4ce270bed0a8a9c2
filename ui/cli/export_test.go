package cli

import (
	"ferry/flow/config"
	"ferry/flow/plans"
	"ferry/ui"
)

// OnboardTokens are the tokens as onboarding has them, with a person to ask.
func OnboardTokens(a App, conf config.Config, page func(string) string, person ui.Person) plans.Tokens {
	c := newCommands(a)
	c.ask = person
	return c.onboardTokens(conf, page)
}
