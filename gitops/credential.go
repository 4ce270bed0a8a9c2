package gitops

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"ferry/keyring"
)

// gitCredential is how people know the source.
const gitCredential = "git credential"

// helperTime is how long git and its credential helpers may take.
const helperTime = 30 * time.Second

// HelperLogin is what the credential helpers know that git is configured with
// for the folder. They are never allowed to ask in the terminal. As git does, it
// tells them what came of a login: the helpers keep what was accepted, and forget
// what was refused. Without a git binary it has nothing.
func HelperLogin(dir string) Source {
	return func(ctx context.Context, rawurl string) (Login, error) {
		question, err := credentialQuestion(rawurl)
		if err != nil {
			return Login{}, err
		}
		out, err := credential(ctx, dir, "fill", keyring.NewSecret(asks(ctx)+question))
		defer clear(out)
		if err != nil {
			return Login{}, nil // they have nothing, or cannot say: the next source may
		}
		user, secret := credentialAnswer(out)
		return told(Login{User: user, Secret: secret, Source: gitCredential}, dir, keyring.NewSecret(string(out))), nil
	}
}

// asksKey is where a source finds the WWW-Authenticate headers of the 401: some
// helpers know the kind of a host by nothing else.
type asksKey struct{}

func asks(ctx context.Context) string {
	var lines strings.Builder
	headers, _ := ctx.Value(asksKey{}).([]string)
	for _, h := range headers {
		if !strings.ContainsAny(h, "\n\r\x00") {
			lines.WriteString("wwwauth[]=" + h + "\n")
		}
	}
	return lines.String()
}

// told lets git's helpers know of the whole answer they gave: what else they put
// there, an expiry or a refresh token, is theirs to get back.
func told(l Login, dir string, answer keyring.Secret) Login {
	say := func(verb string) func(context.Context) {
		return func(ctx context.Context) { _, _ = credential(ctx, dir, verb, answer) }
	}
	l.Accepted, l.Refused = say("approve"), say("reject")
	return l
}

// credential runs git credential. The answer may hold a secret, and so may the
// question: it goes by standard input alone, and errors quote nothing.
func credential(ctx context.Context, dir, verb string, question keyring.Secret) (out []byte, err error) {
	path, err := lookGit()
	if err != nil {
		return nil, err
	}
	ctx, done := context.WithTimeout(ctx, helperTime)
	defer done()
	cmd := exec.CommandContext(ctx, path, "credential", verb)
	cmd.Dir, cmd.Env = dir, childEnv(helperPrefix...)
	err = question.Use(func(b []byte) error {
		cmd.Stdin = bytes.NewReader(b)
		out, err = output(ctx, cmd)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("git credential %s failed", verb)
	}
	return out, nil
}

// credentialQuestion always names the path: git itself drops it unless
// credential.useHttpPath is set.
func credentialQuestion(rawurl string) (string, error) {
	u, err := url.Parse(rawurl)
	if err != nil || u.Host == "" || strings.ContainsAny(rawurl, "\n\r\x00") {
		return "", &UnsupportedError{"credentials for something that is no http URL"}
	}
	q := fmt.Sprintf("protocol=%s\nhost=%s\n", u.Scheme, u.Host)
	if path := strings.TrimPrefix(u.Path, "/"); path != "" && !strings.ContainsAny(path, "\n\r\x00") {
		q += "path=" + path + "\n"
	}
	if user := u.User.Username(); user != "" && !strings.ContainsAny(user, "\n\r\x00") {
		q += "username=" + user + "\n"
	}
	return q + "\n", nil
}

func credentialAnswer(out []byte) (user string, secret keyring.Secret) {
	for line := range bytes.Lines(out) {
		line = bytes.TrimRight(line, "\n")
		if v, ok := bytes.CutPrefix(line, []byte("username=")); ok {
			user = string(v)
		}
		if v, ok := bytes.CutPrefix(line, []byte("password=")); ok {
			secret = keyring.NewSecret(string(v))
		}
	}
	return user, secret
}

// TypedLogin asks a person for a token or a password. Once it was accepted,
// git's helpers may store it, as they would after git's own question.
//
// A user name is not asked for. It is the one that the remote's URL or
// credential.username names; without one it is what the host wants to see beside
// a token, and most want to see anything at all.
func TypedLogin(ask keyring.Prompter, dir string) Source {
	return func(ctx context.Context, rawurl string) (Login, error) {
		question, err := credentialQuestion(rawurl)
		if err != nil {
			return Login{}, err
		}
		u, err := url.Parse(rawurl)
		if err != nil {
			return Login{}, err
		}
		user, label := u.User.Username(), fmt.Sprintf("Password or token of %s for %s", u.User.Username(), u.Host)
		if user == "" {
			user, label = TokenUser(u.Host), "Access token for "+u.Host
			question = "username=" + user + "\n" + question
		}
		secret, err := ask.Secret(ctx, label)
		if err != nil {
			return Login{}, err
		}
		l := Login{User: user, Secret: secret, Source: "what was typed"}
		err = secret.Use(func(b []byte) error {
			l = told(l, dir, keyring.NewSecret("password="+string(b)+"\n"+question))
			l.Refused = nil // the helpers know nothing of it
			return nil
		})
		return l, err
	}
}

// TokenUser is the user name that stands beside a token where nobody named one.
// GitHub, GitLab, Gitea and Azure know the owner by the token and take any name;
// Bitbucket takes this one for the tokens of a repository or a workspace.
func TokenUser(host string) string {
	switch host {
	case "github.com":
		return "x-access-token"
	case "gitlab.com":
		return "oauth2"
	case "bitbucket.org":
		return "x-token-auth"
	}
	return anyUser
}
