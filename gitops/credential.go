package gitops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"

	"ferry/keyring"
)

// ErrNoCredentials says that git's helpers know none for the URL.
var ErrNoCredentials = errors.New("git knows no credentials")

// CredentialFill asks the credential helpers that git is configured with, and
// never a person. Without a git binary the error is ErrNoGit, which is
// exec.ErrNotFound too. Errors quote no output: it may hold the secret.
func CredentialFill(ctx context.Context, dir, rawurl string) (string, keyring.Secret, error) {
	path, err := lookGit()
	if err != nil {
		return "", keyring.Secret{}, err
	}
	question, err := credentialQuestion(rawurl)
	if err != nil {
		return "", keyring.Secret{}, err
	}
	cmd := exec.CommandContext(ctx, path, "credential", "fill")
	cmd.Dir, cmd.Env, cmd.Stdin = dir, childEnv(helperPrefix...), strings.NewReader(question)
	out, err := output(ctx, cmd)
	defer clear(out)
	if ctx.Err() != nil {
		return "", keyring.Secret{}, ctx.Err()
	}
	if err != nil {
		return "", keyring.Secret{}, ErrNoCredentials
	}
	user, secret := credentialAnswer(out)
	if secret.IsZero() {
		return "", keyring.Secret{}, ErrNoCredentials
	}
	return user, secret, nil
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
