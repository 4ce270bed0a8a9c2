package steps_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/gitops/gittest"
)

// A server's no becomes a problem with a code of its own, and says the way out.
func TestServersNo(t *testing.T) {
	for _, c := range []struct {
		fault gittest.Fault
		code  string
		class flow.Class
		out   string
	}{
		{gittest.Decline("error: GH006: Protected branch update failed"), flow.CodeProtected, flow.ClassFailed, "settings of protected branches"},
		{gittest.Decline("error: GH013: Repository rule violations found"), flow.CodeRuleset, flow.ClassFailed, "settings of rules"},
		{gittest.Decline("no ships today"), flow.CodePushRefused, flow.ClassFailed, "whoever runs the server"},
		{gittest.Decline("error: GH001: Large files detected."), flow.CodeQuota, flow.ClassFailed, "large files"},
		{gittest.Status(413, "too large"), flow.CodeQuota, flow.ClassFailed, "large files"},
		{gittest.Status(403, "This repository was archived so it is read-only."), flow.CodeArchived, flow.ClassFailed, "unarchive"},
		{gittest.Status(403, "Write access to repository not granted."), flow.CodeReadOnly, flow.ClassCredentials, "may write"},
		{gittest.Status(401, "Support for password authentication was removed"), flow.CodeTwoFactor, flow.ClassCredentials, "access token"},
		{gittest.Status(403, "The `acme' organization has enabled or enforced SAML SSO."), flow.CodeSSO, flow.ClassCredentials, "authorise"},
		{gittest.Status(401, "Who are you?"), flow.CodeRemoteRefused, flow.ClassCredentials, ""},
	} {
		t.Run(c.code, func(t *testing.T) {
			b := newBench(t, options{})
			b.git.Faults(c.fault)
			err := b.run(b.step(flow.PushBranch))
			var p *flow.Problem
			if !errors.As(err, &p) || p.Code != c.code || p.Class != c.class {
				t.Fatalf("got %+v", err)
			}
			now := strings.Join(p.Now, "\n")
			if !strings.Contains(now, c.out) || !strings.Contains(now, "was not changed") || len(p.Next) == 0 || len(p.Lines) == 0 {
				t.Errorf("says too little: %+v", p)
			}
			if f := b.observe(flow.PushBranch); f.Status != flow.Todo {
				t.Errorf("afterwards: %s %s", f.Status, f.Text)
			}
		})
	}
}

// The person's own programs can stand against a push too, and nothing is sent.
func TestOwnNo(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	for _, c := range []struct {
		like   options
		step   flow.ID
		file   string
		config string
		code   string
	}{
		{options{}, flow.PushBranch, "hooks/pre-push", "", flow.CodePrePush},
		{options{byTag: true}, flow.PushTag, "signer", "[tag]\n\tgpgSign = true\n[gpg]\n\tprogram = SIGNER\n", flow.CodeTagUnsigned},
	} {
		t.Run(c.code, func(t *testing.T) {
			b := newBench(t, c.like)
			dir := filepath.Join(b.dir, ".git")
			program := filepath.Join(dir, c.file)
			config, err := os.ReadFile(filepath.Join(dir, "config"))
			config = append(config, strings.ReplaceAll(c.config, "SIGNER", program)...)
			err = errors.Join(err, os.MkdirAll(filepath.Dir(program), 0o755), os.WriteFile(filepath.Join(dir, "config"), config, 0o644),
				os.WriteFile(program, []byte("#!/bin/sh\necho not by me >&2\nexit 1\n"), 0o755))
			if err != nil {
				t.Fatal(err)
			}
			before := len(b.git.Updates())
			err = b.run(b.step(c.step))
			var p *flow.Problem
			if !errors.As(err, &p) || p.Code != c.code || !strings.Contains(strings.Join(p.Lines, "\n"), "not by me") || len(p.Now) == 0 || len(p.Next) == 0 {
				t.Fatalf("got %+v", err)
			}
			if len(b.git.Updates()) != before {
				t.Error("something was sent")
			}
		})
	}
}
