package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"ferry/flow"
	"ferry/keyring"
	"ferry/ui/visible"
)

// Auth is what main hands to the commands about tokens.
type Auth struct {
	Keyring Keyring
	Decode  func(keyring.Secret) (TokenFacts, error) // reads an index's token without asking anyone
	Other   func(ctx context.Context, name, api string) (s keyring.Secret, where string)
	Who     func(ctx context.Context, name, api string, s keyring.Secret, debug io.Writer) (string, error)
	Hosts   func(dir, remote string) map[string]string // where a checkout's own host has the API of a service
}

// Keyring is the system's keyring.
type Keyring interface {
	Look(ctx context.Context, service, user string) (keyring.Item, error)
	Set(ctx context.Context, service, user string, s keyring.Secret) error
	Delete(ctx context.Context, service, user string) error
	Probe(ctx context.Context) error
}

// TokenFacts are what an index's token says of itself.
type TokenFacts struct {
	Host      string
	Scope     string // in words; "unknown" for what it does not say
	Projects  []string
	Limited   bool // in a way that names no project
	NotBefore time.Time
	Expires   time.Time
}

// unlockTime is how long a person may take for the keyring's own window.
const unlockTime = 2 * time.Minute

func (c *commands) auth() *cobra.Command {
	cmd := &cobra.Command{
		Use: "auth", Short: "tokens: for pypi, testpypi, other indexes, CI services and git hosts",
		Long: "Keep tokens in the keyring of this system, where Python's keyring and twine find them too. A token is\n" +
			"never written anywhere else, and never shown.\n\n" +
			"An index's token is stored under its exact upload URL for the user __token__. The services are travis,\n" +
			"github, gitlab, gitea and quickbuild; their tokens are stored under the URL of the API for the user token,\n" +
			"https://api.github.com for one, and QuickBuild's password under the server's URL for QUICKBUILD_USER. Which\n" +
			"Gitea or GitLab is meant, the remote or ci.url says.",
		Example: "  ferry auth login pypi\n  ferry auth login testpypi --token-file - < token\n  ferry auth status\n  ferry auth logout pypi",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.authStatus(cmd.Context(), nil) },
	}
	var file string
	login := c.authCommand("login", "store a token: typed without echo, or from standard input", func(ctx context.Context, a account) error { return c.login(ctx, a, file) })
	login.Flags().StringVar(&file, "token-file", "", "read the token from `FILE`; - is standard input")
	cmd.AddCommand(login,
		c.authCommand("test", "what a token can tell without an upload", c.testToken),
		c.authCommand("logout", "remove every entry of a token from the keyring", c.logout),
		&cobra.Command{Use: "status [NAME]", Short: "where each token comes from, its scope and age; never its value", Args: cobra.MaximumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.authStatus(cmd.Context(), args) }})
	for _, sub := range cmd.Commands() {
		wrapArgs(sub)
	}
	return cmd
}

// authCommand is a command about one account; without a name the index that is released to.
func (c *commands) authCommand(name, short string, do func(context.Context, account) error) *cobra.Command {
	return &cobra.Command{
		Use: name + " [NAME]", Short: short, Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.account(args)
			if err != nil {
				return err
			}
			return do(cmd.Context(), a)
		},
	}
}

// loggedIn is the document of login.
type loggedIn struct {
	V       int        `json:"v"`
	Kind    string     `json:"kind"`
	Name    string     `json:"name"`
	Service string     `json:"service"`
	User    string     `json:"user"`
	Stored  bool       `json:"stored"`
	Length  int        `json:"length"`
	Ends    string     `json:"ends,omitempty"`
	Scope   string     `json:"scope,omitempty"`
	Expires *time.Time `json:"expires,omitempty"`
	Broad   bool       `json:"broad,omitempty"`     // it names no project that it would be limited to
	Hidden  string     `json:"hidden_by,omitempty"` // the variable that comes first
}

func (c *commands) login(ctx context.Context, a account, file string) error {
	s, err := c.readToken(ctx, a, file)
	if err != nil {
		return err
	}
	facts, err := c.fits(a, s, time.Now())
	if err != nil {
		return err
	}
	if !c.flags.dryRun {
		if err := c.Auth.Keyring.Set(c.patient(ctx), a.service, a.user, s); err != nil {
			return a.keyringProblem(err, "nothing is known to be stored")
		}
	}
	d := loggedIn{V: 1, Kind: "auth-login", Name: a.name, Service: a.service, User: a.user, Stored: !c.flags.dryRun, Scope: facts.Scope, Expires: instant(facts.Expires)}
	d.Broad = facts.Host != "" && len(facts.Projects) == 0 && !facts.Limited
	if !a.password { // of what a person made up, not even the length is shown
		d.Length, d.Ends = keyring.Ends(s)
	}
	if _, name, ok := keyring.FromEnv(c.Env, a.env(c.Env)...); ok {
		d.Hidden = name
	}
	return c.document(d, d.lines())
}

func (d loggedIn) lines() []string {
	did := "is stored in the keyring"
	if !d.Stored {
		did = "would be stored in the keyring"
	}
	out := []string{fmt.Sprintf("The token for %s %s, under %s for %s%s", d.Name, did, d.Service, d.User, measure(d.Length, d.Ends))}
	if d.Scope != "" {
		out = append(out, "  scope: "+d.Scope)
	}
	if d.Broad {
		out = append(out, "  it names no project: whoever has it may upload to every project of its user; one that is limited to a project is safer")
	}
	if d.Expires != nil {
		out = append(out, "  expires: "+d.Expires.Format(time.RFC3339))
	}
	if d.Hidden != "" {
		out = append(out, "  but "+d.Hidden+" is set, and comes first")
	}
	return out
}

func measure(length int, ends string) string {
	switch {
	case length == 0:
		return ""
	case ends == "":
		return fmt.Sprintf(": %d characters", length)
	}
	return fmt.Sprintf(": %d characters, the last four %s", length, ends)
}

// patient lets a person who is there unlock the keyring, and says that it waits.
func (c *commands) patient(ctx context.Context) context.Context {
	if !terminal(c.Err) || c.flags.noInput {
		return ctx
	}
	return keyring.Patient(ctx, unlockTime, func() {
		fmt.Fprintln(c.Err, "waiting for the keyring: unlock it in its window; ctrl-c stops")
	})
}

func (c *commands) logout(ctx context.Context, a account) error {
	if !c.flags.dryRun {
		if err := c.Auth.Keyring.Delete(c.patient(ctx), a.service, a.user); err != nil {
			return a.keyringProblem(err, "the entry may still be there")
		}
	}
	type gone struct {
		V       int    `json:"v"`
		Kind    string `json:"kind"`
		Name    string `json:"name"`
		Service string `json:"service"`
		Removed bool   `json:"removed"`
	}
	text := "The token for " + a.name + " is removed from the keyring; it stays valid until it is deleted at " + a.host()
	if c.flags.dryRun {
		text = "The token for " + a.name + " would be removed from the keyring"
	}
	return c.document(gone{1, "auth-logout", a.name, a.service, !c.flags.dryRun}, []string{text})
}

func (c *commands) testToken(ctx context.Context, a account) error {
	f := c.lookUp(c.patient(ctx), c.Auth.Keyring, a)
	switch {
	case f.err != nil:
		return a.keyringProblem(f.err, "nothing was changed")
	case f.secret.IsZero():
		return a.problem("auth.none", "There is no token for "+a.name, "ferry auth login "+a.name)
	}
	facts, err := c.fits(a, f.secret, time.Now())
	if err != nil {
		return err
	}
	type tested struct {
		V       int        `json:"v"`
		Kind    string     `json:"kind"`
		Name    string     `json:"name"`
		Source  string     `json:"source"`
		Account string     `json:"account,omitempty"`
		Scope   string     `json:"scope,omitempty"`
		Expires *time.Time `json:"expires,omitempty"`
		Proved  bool       `json:"proved"` // the service itself took it
	}
	d := tested{1, "auth-test", a.name, f.source, "", facts.Scope, instant(facts.Expires), false}
	lines := []string{fmt.Sprintf("The token for %s (%s) has the right form; scope: %s. Whether the index takes it, only an upload tells", a.name, f.source, facts.Scope)}
	if !a.index {
		if d.Account, err = c.who(ctx, a, f.secret); err != nil {
			return err
		}
		d.Proved = true
		lines = []string{fmt.Sprintf("The token for %s (%s) is valid: %s", a.name, f.source, d.Account)}
	}
	return c.document(d, lines)
}

func (c *commands) who(ctx context.Context, a account, s keyring.Secret) (string, error) {
	debug, err := c.debugFile()
	if err != nil {
		return "", err
	}
	return c.Auth.Who(ctx, a.name, a.service, s, debug)
}

// document writes one JSON document, or lines for people.
func (c *commands) document(d any, lines []string) error {
	if c.face() == faceJSON {
		if err := json.NewEncoder(c.Out).Encode(d); err != nil {
			return outputError(err)
		}
		return nil
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(c.Out, visible.Line(l)); err != nil {
			return outputError(err)
		}
	}
	return nil
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (a account) problem(code, text string, next ...string) *flow.Problem {
	return &flow.Problem{Code: code, Class: flow.ClassCredentials, Text: text, Now: []string{"nothing was stored"}, Retry: flow.RetrySafe, Next: append(next, "ferry auth status")}
}
