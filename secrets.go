package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"

	"ferry/flow"
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
		}}
}

func decodeToken(s keyring.Secret) (cli.TokenFacts, error) {
	t, err := pypi.ParseToken(s)
	return cli.TokenFacts{Host: t.Host, Scope: t.Scope(), Projects: t.Projects, Limited: t.ByID || t.Publisher, NotBefore: t.NotBefore, Expires: t.Expires}, err
}

// whose asks a CI's API who a token belongs to. The token goes to that address
// alone: a redirect is not followed.
func whose(ctx context.Context, client *http.Client, name, api string, s keyring.Secret) (string, error) {
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(api, "/")+"/user", nil)
	if err != nil {
		return "", tokenProblem(flow.ClassUsage, name, "the address of its API is none")
	}
	scheme := map[string]string{"travis": "token ", "github": "Bearer "}[name]
	_ = s.Use(func(v []byte) error { req.Header.Set("Authorization", scheme+string(v)); return nil })
	req.Header.Set("User-Agent", userAgent())
	req.Header.Set("Accept", "application/json")
	if name == "travis" {
		req.Header.Set("Travis-API-Version", "3")
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", tokenProblem(flow.ClassUnknown, name, req.URL.Host+" gives no answer")
	}
	defer resp.Body.Close()
	var user struct{ Login string }
	switch {
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return "", tokenProblem(flow.ClassCredentials, name, req.URL.Host+" refuses it: "+resp.Status)
	case resp.StatusCode != http.StatusOK, json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&user) != nil, user.Login == "":
		return "", tokenProblem(flow.ClassUnknown, name, req.URL.Host+" gives an answer that says nothing: "+resp.Status)
	}
	return user.Login, nil
}

func tokenProblem(class flow.Class, name, why string) error {
	return &flow.Problem{Code: "auth.refused", Class: class, Text: "The token for " + name + " was not proved: " + why,
		Now: []string{"nothing was changed"}, Retry: flow.RetrySafe, Next: []string{"ferry auth login " + name, "ferry auth status"}}
}
