package travis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"ferry/flow/ci"
	"ferry/keyring"
)

// variableDoc is a variable of the settings. Travis gives the value of a public
// one with it, which is of no use here.
type variableDoc struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Branch *string `json:"branch"`
	Public *bool   `json:"public"`
}

var (
	goodID   = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
	goodName = regexp.MustCompile(`^[A-Za-z_][0-9A-Za-z_]{0,254}$`)
)

func (d variableDoc) variable() (ci.Variable, error) {
	if !goodID.MatchString(d.ID) || d.Name == "" || d.Public == nil {
		return ci.Variable{}, malformed("a variable has no id or no name, or does not say whether it is public")
	}
	v := ci.Variable{ID: d.ID, Name: d.Name, Public: *d.Public}
	if d.Branch != nil {
		v.Branch = *d.Branch
	}
	return v, nil
}

func malformed(text string) error {
	return &ci.MalformedError{Provider: name, Err: errors.New(text)}
}

// manage asks once for the settings of the repository, or for a change of them.
func (p *Provider) manage(ctx context.Context, r ci.Request) (ci.Reply, error) {
	if _, err := p.origin(); err != nil {
		return ci.Reply{}, err
	}
	if p.o.Token.IsZero() {
		return ci.Reply{}, &ci.NeedsTokenError{Provider: name, What: r.What}
	}
	if r.Body != nil {
		r.Type = "application/json"
	}
	reply, err := p.client.Do(ctx, r)
	return reply, refused(err, r.What)
}

func read(reply ci.Reply, v any) error {
	if err := json.Unmarshal(reply.Body, v); err != nil {
		return &ci.MalformedError{Provider: name, Err: err}
	}
	return nil
}

// Variables lists the variables of the settings.
func (p *Provider) Variables(ctx context.Context) ([]ci.Variable, error) {
	reply, err := p.manage(ctx, ci.Request{URL: p.repo() + "/env_vars", What: "the variables of " + p.o.Slug})
	if err != nil {
		return nil, err
	}
	var doc struct {
		Variables *[]variableDoc `json:"env_vars"`
	}
	if err := read(reply, &doc); err != nil {
		return nil, err
	}
	if doc.Variables == nil {
		return nil, malformed("the list of variables is missing")
	}
	var out []ci.Variable
	for _, d := range *doc.Variables {
		v, err := d.variable()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// CreateVariable makes a private variable for the builds of a branch; of every
// branch if it is "". Where the server made one for every branch instead, it is
// given together with a ConflictError that says so.
func (p *Provider) CreateVariable(ctx context.Context, called, branch string, value keyring.Secret) (ci.Variable, error) {
	if !goodName.MatchString(called) {
		return ci.Variable{}, &ci.ConflictError{Provider: name, What: "a variable", Text: strconv.Quote(called) + " is no name of one"}
	}
	fields := map[string]any{"env_var.name": called, "env_var.public": false}
	if branch != "" {
		fields["env_var.branch"] = branch
	}
	want := ci.Variable{Name: called, Branch: branch}
	return p.write(ctx, ci.Request{
		Method: http.MethodPost, URL: p.repo() + "/env_vars", What: "the variable " + called, Also: []int{http.StatusCreated},
	}, want, fields, value)
}

// UpdateVariable gives a variable another value, and makes it private.
func (p *Provider) UpdateVariable(ctx context.Context, v ci.Variable, value keyring.Secret) (ci.Variable, error) {
	at, err := p.variable(v)
	if err != nil {
		return ci.Variable{}, err
	}
	return p.write(ctx, ci.Request{Method: http.MethodPatch, URL: at, What: "the variable " + v.Name}, v, map[string]any{"env_var.public": false}, value)
}

// DeleteVariable removes a variable. One that is not there is a NotFoundError.
func (p *Provider) DeleteVariable(ctx context.Context, v ci.Variable) error {
	at, err := p.variable(v)
	if err != nil {
		return err
	}
	_, err = p.manage(ctx, ci.Request{Method: http.MethodDelete, URL: at, What: "the variable " + v.Name, Also: []int{http.StatusNoContent}})
	return err
}

func (p *Provider) variable(v ci.Variable) (string, error) {
	if !goodID.MatchString(v.ID) {
		return "", malformed("a variable has no id")
	}
	return p.repo() + "/env_var/" + v.ID, nil
}

// write sends a value, and believes no answer that is of something else.
func (p *Provider) write(ctx context.Context, r ci.Request, want ci.Variable, fields map[string]any, value keyring.Secret) (ci.Variable, error) {
	var err error
	if r.Body, err = body(fields, value); err != nil {
		return ci.Variable{}, err
	}
	reply, err := p.manage(ctx, r)
	if err != nil {
		return ci.Variable{}, err
	}
	var doc variableDoc
	if err := read(reply, &doc); err != nil {
		return ci.Variable{}, err
	}
	got, err := doc.variable()
	switch {
	case err != nil:
		return ci.Variable{}, err
	case got.Name != want.Name || want.ID != "" && got.ID != want.ID:
		return ci.Variable{}, malformed("it answers for another variable")
	case got.Public:
		return got, &ci.ConflictError{Provider: name, What: r.What, Text: "it is there, and public: its value shows in logs"}
	case got.Branch != want.Branch:
		return got, &ci.ConflictError{Provider: name, What: r.What, Text: "it is there, and not for its branch alone, as it was asked to be"}
	}
	return got, nil
}

// body writes a request with a value, escaped as the builds read it: they put it
// into a script as it stands.
func body(fields map[string]any, value keyring.Secret) (out []byte, err error) {
	err = value.Use(func(v []byte) error {
		if err := fit(v); err != nil {
			return err
		}
		fields["env_var.value"] = special.ReplaceAllString(string(v), `\$0`)
		out, err = json.Marshal(fields)
		return err
	})
	return out, err
}

// special are the characters that the client of Travis escapes for bash. Bash
// drops the backslash before any.
var special = regexp.MustCompile(`[^A-Za-z0-9_\-.,:+/@]`)

// refused takes what a server repeats of a value out of its words: it has heard one,
// or will. A refusal that another token would meet as well is a ConflictError.
func refused(err error, what string) error {
	var (
		conflict *ci.ConflictError
		auth     *ci.AuthError
		down     *ci.UnreachableError
		wrong    *ci.MalformedError
	)
	switch {
	case errors.As(err, &conflict):
		return &ci.ConflictError{Provider: name, What: what, Text: keyring.Hide(conflict.Text)}
	case errors.As(err, &auth) && noToken(auth.Text):
		return &ci.ConflictError{Provider: name, What: what, Text: keyring.Hide(auth.Text)}
	case errors.As(err, &auth):
		return &ci.AuthError{Provider: name, Status: auth.Status, Text: keyring.Hide(auth.Text)}
	case errors.As(err, &down) && down.Status != 0:
		return &ci.UnreachableError{Provider: name, Status: down.Status, Err: errors.New(keyring.Hide(fmt.Sprint(down.Err)))}
	case errors.As(err, &wrong):
		return malformed(keyring.Hide(fmt.Sprint(wrong.Err)))
	}
	return err
}

// SetActive lets Travis build the repository, or no longer. A ConflictError means
// that it still makes the repository's ssh key: trying again a little later helps.
func (p *Provider) SetActive(ctx context.Context, on bool) error {
	verb := map[bool]string{true: "activate", false: "deactivate"}[on]
	reply, err := p.manage(ctx, ci.Request{Method: http.MethodPost, URL: p.repo() + "/" + verb, What: "repository " + p.o.Slug})
	if err != nil {
		return err
	}
	var doc repoDoc
	if err := read(reply, &doc); err != nil {
		return err
	}
	if doc.Active == nil || *doc.Active != on {
		return malformed("it does not say that the repository is to be as was asked")
	}
	return nil
}

// SetPushBuilds sets "Build pushed branches".
func (p *Provider) SetPushBuilds(ctx context.Context, on bool) error {
	reply, err := p.manage(ctx, ci.Request{
		Method: http.MethodPatch, URL: p.repo() + "/setting/build_pushes", What: "the settings of " + p.o.Slug,
		Body: fmt.Appendf(nil, `{"setting.value":%t}`, on),
	})
	if err != nil {
		return err
	}
	var doc struct{ Value *bool }
	if err := read(reply, &doc); err != nil {
		return err
	}
	if doc.Value == nil || *doc.Value != on {
		return malformed("it does not say that the setting is as was asked")
	}
	return nil
}

// Account says who the token is of.
func (p *Provider) Account(ctx context.Context) (ci.Account, error) {
	reply, err := p.manage(ctx, ci.Request{URL: p.o.URL + "/user", What: "the account"})
	if err != nil {
		return ci.Account{}, err
	}
	var doc struct {
		ID      int64  `json:"id"`
		Login   string `json:"login"`
		Syncing bool   `json:"is_syncing"`
	}
	if err := read(reply, &doc); err != nil {
		return ci.Account{}, err
	}
	if doc.ID <= 0 || strings.TrimSpace(doc.Login) == "" {
		return ci.Account{}, malformed("the account has no id, or no name")
	}
	return ci.Account{ID: strconv.FormatInt(doc.ID, 10), Login: doc.Login, Syncing: doc.Syncing}, nil
}

// Sync lets Travis look for the repositories of the account.
func (p *Provider) Sync(ctx context.Context) error {
	a, err := p.Account(ctx)
	if err != nil {
		return err
	}
	_, err = p.manage(ctx, ci.Request{Method: http.MethodPost, URL: p.o.URL + "/user/" + a.ID + "/sync", What: "the list of repositories"})
	return err
}
