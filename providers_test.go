package main

import (
	"errors"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/flow/config"
)

// TestOneAddressIsOneService: ci.url is one service's, and with several to watch the
// tokens of the others would go there.
func TestOneAddressIsOneService(t *testing.T) {
	for _, c := range []config.CI{
		{URL: "https://ci.example/", Provider: []string{"travis", "github"}},
		{URL: "https://ci.example/", Provider: []string{"auto"}},
	} {
		files := rules.Files{Providers: []string{"travis", "github"}}
		got, err := services{config.Config{CI: c}, nil, files, nil}.watched(t.Context())
		var p *flow.Problem
		if got != nil || !errors.As(err, &p) || p.Class != flow.ClassUsage || !strings.Contains(p.Text, "travis and github") {
			t.Errorf("%v: %v, %v", c.Provider, got, err)
		}
	}
}
