package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/flow/config"
	"ferry/keyring"
	"ferry/ui/plain"
)

// pypircOptions are the flags of write and remove.
type pypircOptions struct {
	indexes                  []string
	withoutPassword, migrate bool
	ephemeral                bool
}

func (c *commands) pypircWrite() *cobra.Command {
	var o pypircOptions
	cmd := &cobra.Command{
		Use: "write", Short: "write the sections of indexes, with a token or without",
		Long: "Write the sections of the named indexes; without a name those of pypi and testpypi that have a token. It\n" +
			"comes from FERRY_TOKEN_<INDEX>, from TWINE_PASSWORD, or from the keyring. What changes is shown first,\n" +
			"its secrets masked.\n\n" +
			"With --ephemeral a section is written for the release of the checked-out commit alone: a comment in it says\n" +
			"so, and ferry release takes it out when the release is confirmed. A section that is there already and does\n" +
			"not say so is somebody's to keep, and is left as it is. Writing without --ephemeral takes the comment out.",
		Example: "  ferry pypirc write\n  ferry pypirc write --index testpypi -n\n  ferry pypirc write --without-password --index pypi\n  ferry pypirc write --ephemeral --index pypi\n  ferry pypirc write --migrate",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.writePypirc(cmd.Context(), o) },
	}
	cmd.Flags().StringArrayVar(&o.indexes, "index", nil, "the index with this `NAME`; may be given several times")
	cmd.Flags().BoolVar(&o.withoutPassword, "without-password", false, "leave the token to the keyring; twine finds it there")
	cmd.Flags().BoolVar(&o.ephemeral, "ephemeral", false, "take the section out again when the checked-out commit is released")
	cmd.Flags().BoolVar(&o.migrate, "migrate", false, "give sections of closed hosts today's address; pypitest becomes testpypi")
	return cmd
}

func (c *commands) pypircRemove() *cobra.Command {
	var o pypircOptions
	cmd := &cobra.Command{
		Use: "remove", Short: "take address, name and password of indexes out",
		Long:    "Take the sections of the named indexes out, without a name those of pypi and testpypi. What else such a\nsection says stays, with the section.",
		Example: "  ferry pypirc remove\n  ferry pypirc remove --index testpypi -n",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(o.indexes) == 0 {
				o.indexes = []string{"pypi", "testpypi"}
			}
			f, err := c.beginPypirc()
			if err != nil {
				return err
			}
			return c.changePypirc(f, nil, o.indexes, false, false)
		},
	}
	cmd.Flags().StringArrayVar(&o.indexes, "index", nil, "the index with this `NAME`; may be given several times")
	return cmd
}

func (c *commands) beginPypirc() (Pypirc, error) {
	if err := c.flags.check(); err != nil {
		return nil, err
	}
	return c.openPypirc()
}

func (c *commands) writePypirc(ctx context.Context, o pypircOptions) error {
	f, err := c.beginPypirc()
	if err != nil {
		return err
	}
	conf, err := c.load(projectTree(c.flags.repo))
	if err != nil {
		return err
	}
	until, err := c.until(o)
	if err != nil {
		return err
	}
	wishes, err := c.pypircWishes(ctx, conf, o)
	if err != nil {
		return err
	}
	for i := range wishes {
		wishes[i].Until = until
	}
	ask := c.pypircAsk()
	if err := c.agreeHosts(ctx, ask, conf, wishes); err != nil {
		return err
	}
	if err := c.unchanged(ctx, conf, o, wishes); err != nil {
		return err
	}
	err = c.changePypirc(f, wishes, nil, o.migrate, c.flags.yes.set)
	var p *flow.Problem
	if errors.As(err, &p) && p.Code == "pypirc.elsewhere" {
		q := p.Text + ". Write the address of the index there instead"
		if err := asked(ctx, ask, q); err != nil {
			return err
		}
		return c.changePypirc(f, wishes, nil, o.migrate, true)
	}
	return err
}

// pypircAsk asks a person, who may have said yes beforehand.
func (c *commands) pypircAsk() flow.Ask {
	o := plain.AskOptions{YesSet: c.flags.yes.set, NoInput: c.flags.noInput || c.face() == faceJSON, Out: c.Err,
		Accessible: c.face() == faceLines, Command: "ferry pypirc write"}
	if terminal(c.In) {
		o.In = c.typed
	}
	return plain.NewAsker(o)
}

func asked(ctx context.Context, ask flow.Ask, what string) error {
	_, err := ask(ctx, flow.Question{Plan: what, Node: flow.Node{Title: what}})
	return err
}

// agreeHosts asks before a token goes to a host that a project's file names:
// whoever may send a change to the project may write that file.
func (c *commands) agreeHosts(ctx context.Context, ask flow.Ask, conf config.Config, wishes []PypircWish) error {
	for _, w := range wishes {
		key := "index." + w.Name + ".upload"
		u, err := url.Parse(w.Repository)
		if err != nil || !conf.FromProject(key) {
			continue
		}
		what := fmt.Sprintf("%s says that uploads for %s go to %s. Let that host have your token", conf.Origin(key), w.Name, u.Host)
		if err := asked(ctx, ask, what); err != nil {
			return err
		}
	}
	return nil
}

// pypircWishes are the sections to write, each with its secret.
func (c *commands) pypircWishes(ctx context.Context, conf config.Config, o pypircOptions) ([]PypircWish, error) {
	names := o.indexes
	if len(names) == 0 {
		names = []string{"pypi", "testpypi"}
	}
	var out []PypircWish
	missing := error(noToken("pypi"))
	for _, name := range slices.Compact(names) {
		index, ok := conf.Index[name]
		if !ok {
			return nil, usageError(fmt.Errorf("no index %q is configured: it needs [index.%s] with its upload address", name, name), "ferry pypirc write --help")
		}
		a := account{name: name, service: uploadAddress(index.Upload), user: indexUser, index: true}
		secret, err := c.pypircToken(ctx, a)
		switch {
		case err != nil && len(o.indexes) == 0:
			if name == names[0] { // one is told of, the one that most people mean
				missing = err
			}
			continue
		case err != nil && !o.withoutPassword:
			return nil, err
		case secret.IsZero() && len(o.indexes) == 0:
			continue
		case secret.IsZero() && !o.withoutPassword:
			return nil, noToken(name)
		case o.withoutPassword:
			secret = keyring.Secret{}
		}
		if err := c.fitting(a, secret); err != nil {
			return nil, err
		}
		out = append(out, PypircWish{Name: name, Repository: a.service, Password: secret})
	}
	if len(out) == 0 && !o.migrate {
		return nil, missing
	}
	return out, nil
}

// unchanged reads the tokens once more, last thing before they are written: a
// question may have stood open for long, and a token that was revoked meanwhile
// must not come back.
func (c *commands) unchanged(ctx context.Context, conf config.Config, o pypircOptions, wishes []PypircWish) error {
	now, err := c.pypircWishes(ctx, conf, o)
	if err != nil {
		return err
	}
	equal := func(a, b PypircWish) bool { return a.Name == b.Name && keyring.Same(a.Password, b.Password) }
	if slices.EqualFunc(now, wishes, equal) {
		return nil
	}
	return &flow.Problem{Code: "pypirc.token-changed", Class: flow.ClassConflict, Text: "A token changed while this ran: the keyring has another one now",
		Now: []string{"the file is as it was"}, Retry: flow.RetrySafe, Next: []string{"ferry auth status", "ferry pypirc write"}}
}

func noToken(name string) *flow.Problem {
	variable := account{name: name}.variable()
	return &flow.Problem{Code: "pypirc.no-token", Class: flow.ClassCredentials, Text: "No token for " + name + ": " + variable + " is not set, and the keyring has none",
		Now: []string{"the file is as it was"}, Retry: flow.RetrySafe,
		Next: []string{"ferry auth login " + name, "ferry pypirc write --without-password --index " + name}}
}

// pypircToken is the environment's, else the keyring's.
func (c *commands) pypircToken(ctx context.Context, a account) (keyring.Secret, error) {
	variables := a.env(c.Env)
	secret, variable, ok := keyring.FromEnv(c.Env, variables...)
	switch {
	case ok:
		return secret, nil
	case variable != "":
		return secret, &flow.Problem{Code: "pypirc.value", Class: flow.ClassCredentials, Text: variable + " has a control character or a line break in it",
			Now: []string{"the file is as it was"}, Retry: flow.RetrySafe, Next: []string{"ferry pypirc show"}}
	case c.Auth.Keyring == nil:
		return secret, nil
	}
	item, err := c.Auth.Keyring.Look(c.patient(ctx), a.service, a.user)
	if err != nil && !errors.Is(err, keyring.ErrNotFound) {
		p := noToken(a.name)
		p.Text, p.Err = fmt.Sprintf("No token for %s: %s is not set, and the keyring cannot be asked: %v", a.name, variables[0], err), err
		return secret, p
	}
	return item.Secret, nil
}

// fitting refuses what auth login would refuse: what is no token for that index.
func (c *commands) fitting(a account, s keyring.Secret) error {
	if s.IsZero() {
		return nil
	}
	_, err := c.fits(a, s, time.Now())
	var p *flow.Problem
	if errors.As(err, &p) {
		p.Now = []string{"the file is as it was"}
	}
	return err
}

// changePypirc shows what changes, and writes it. It is a step of this machine
// alone, and asks nothing.
func (c *commands) changePypirc(f Pypirc, write []PypircWish, remove []string, migrate, replace bool) error {
	change, err := f.Plan(write, remove, migrate, replace)
	if err != nil {
		return pypircProblem(err)
	}
	v := f.View()
	p := printer{to: c.Err}
	if len(change.Diff) > 0 {
		p.line("--- %s", v.Target)
		p.line("+++ %s", v.Target)
	}
	for _, l := range change.Diff {
		p.line("%s", l)
	}
	for _, l := range terms(v.Indexes, write) {
		p.line("note: %s", l)
	}
	if p.err != nil {
		return outputError(p.err)
	}
	return c.carryOut(change, v)
}

func (c *commands) carryOut(change PypircChange, v PypircView) error {
	p := printer{to: c.Err}
	if c.flags.dryRun || c.flags.plan {
		p.line("nothing was written")
		return nil
	}
	for _, f := range v.Findings {
		if f.Code == "hard-link" {
			p.line("note: %s", f.Text)
		}
	}
	lost, err := change.Write()
	if err != nil {
		return pypircProblem(err)
	}
	if len(lost) > 0 {
		p.line("note: not taken over from the old file: %s", strings.Join(lost, ", "))
	}
	p.line("%s", map[bool]string{true: v.Target + " is written, and read back", false: "nothing to change in " + v.Target}[len(change.Diff) > 0])
	return nil
}
