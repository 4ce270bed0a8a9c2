package main

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"

	"ferry/flow"
	"ferry/flow/config"
	"ferry/gitops"
	"ferry/keyring"
	"ferry/pypi"
	"ferry/ui/cli"
)

func auth() cli.Auth {
	return cli.Auth{Keyring: keyring.System(os.Getenv), Decode: decodeToken,
		Other: func(ctx context.Context, name, api string) (keyring.Secret, string) {
			return keyring.FromTool(ctx, os.Getenv, name, api)
		},
		Who: func(ctx context.Context, name, api string, s keyring.Secret, debug io.Writer) (string, error) {
			return whose(ctx, client(debug), name, api, s)
		},
		Hosts: hostAPIs}
}

// hostAPIs are the places where the remote's own host would have the API of
// GitLab and of Gitea, for a host that is not known to be something else.
func hostAPIs(dir, name string) map[string]string {
	repo, _, err := checkout(dir)
	if err != nil {
		return nil
	}
	remote, err := repo.Remote(name, gitops.RemoteOptions{})
	if err != nil || remote.Hostname() == "" {
		return nil
	}
	out := map[string]string{}
	if mayBeGitLab(remote) {
		out["gitlab"] = gitlabAt(config.Config{}, remote)
	}
	if mayBeGitea(remote) {
		out["gitea"] = giteaAt(config.Config{}, remote)
	}
	return out
}

func decodeToken(s keyring.Secret) (cli.TokenFacts, error) {
	t, err := pypi.ParseToken(s)
	return cli.TokenFacts{Host: t.Host, Scope: t.Scope(), Projects: t.Projects, Limited: t.ByID || t.Publisher, NotBefore: t.NotBefore, Expires: t.Expires}, err
}

// proofs are the requests that only a valid login gets an answer to, with the
// scheme of the login; without a scheme it is a user and a password.
var proofs = map[string]struct{ path, scheme string }{
	"travis": {"/user", "token "}, "github": {"/user", "Bearer "}, "gitlab": {"/api/v4/user", "Bearer "}, "gitea": {"/user", "token "},
	"quickbuild": {"/rest/version", ""},
}

// whose asks a service's API who a token belongs to. The token goes to that address
// alone: a redirect is not followed.
func whose(ctx context.Context, client *http.Client, name, api string, s keyring.Secret) (string, error) {
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	proof := proofs[name]
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(api, "/")+proof.path, nil)
	if err != nil {
		return "", tokenProblem(flow.ClassUsage, name, "the address of its API is none")
	}
	req.Header.Set("User-Agent", userAgent())
	if name == "travis" {
		req.Header.Set("Travis-API-Version", "3")
	}
	user := os.Getenv("QUICKBUILD_USER")
	_ = s.Use(func(v []byte) error {
		if proof.scheme == "" {
			req.SetBasicAuth(user, string(v))
			return nil
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Authorization", proof.scheme+string(v))
		return nil
	})
	resp, err := client.Do(req)
	if err != nil {
		return "", tokenProblem(flow.ClassUnknown, name, req.URL.Host+" gives no answer")
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK && proof.scheme == "" {
		return user, nil
	}
	return owner(resp, name, req.URL.Host)
}

// owner is the user that an answer names.
func owner(resp *http.Response, name, host string) (string, error) {
	var user struct{ Login, Username string }
	switch {
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return "", tokenProblem(flow.ClassCredentials, name, host+" refuses it: "+resp.Status)
	case resp.StatusCode != http.StatusOK, json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&user) != nil, user.Login+user.Username == "":
		return "", tokenProblem(flow.ClassUnknown, name, host+" gives an answer that says nothing: "+resp.Status)
	}
	return cmp.Or(user.Login, user.Username), nil
}

func tokenProblem(class flow.Class, name, why string) error {
	return &flow.Problem{Code: "auth.refused", Class: class, Text: "The token for " + name + " was not proved: " + why,
		Now: []string{"nothing was changed"}, Retry: flow.RetrySafe, Next: []string{"ferry auth login " + name, "ferry auth status"}}
}
