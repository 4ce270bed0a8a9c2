package gittest

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/http"
)

// Checkout clones url into dir, without a git binary, and checks ref out: a
// branch, a full commit id, or "" for the default branch. A user and password
// in the URL serve for the clone and are not kept in the configuration.
func Checkout(dir, rawurl, ref string) error {
	u, err := url.Parse(rawurl)
	if err != nil {
		return fmt.Errorf("cloning: %w", err)
	}
	var auth transport.AuthMethod
	if u.User != nil {
		password, _ := u.User.Password()
		auth = &http.BasicAuth{Username: u.User.Username(), Password: password}
		u.User = nil
	}
	opt := &git.CloneOptions{URL: u.String(), Auth: auth, Tags: git.AllTags}
	if ref != "" && !plumbing.IsHash(ref) {
		opt.ReferenceName = plumbing.NewBranchReferenceName(strings.TrimPrefix(ref, "refs/heads/"))
	}
	repo, err := git.PlainClone(dir, false, opt)
	if err != nil {
		return fmt.Errorf("cloning %s: %w", u, err)
	}
	if !plumbing.IsHash(ref) {
		return nil
	}
	tree, err := repo.Worktree()
	if err != nil {
		return err
	}
	return tree.Checkout(&git.CheckoutOptions{Hash: plumbing.NewHash(ref)})
}

// WriteCommit writes files into the clone in dir and commits them. An author in
// the clone's own configuration is honoured.
func WriteCommit(dir string, files map[string]string, msg string, when time.Time) (string, error) {
	repo, err := git.PlainOpen(dir)
	if err != nil {
		return "", err
	}
	tree, err := repo.Worktree()
	if err != nil {
		return "", err
	}
	for _, name := range sortedKeys(files) {
		if err := write(filepath.Join(dir, filepath.FromSlash(name)), files[name]); err != nil {
			return "", err
		}
		if _, err := tree.Add(name); err != nil {
			return "", fmt.Errorf("adding %s: %w", name, err)
		}
	}
	who := &object.Signature{Name: "Ada Example", Email: "ada@example.org", When: when}
	if c, err := repo.Config(); err == nil && c.User.Email != "" {
		who.Name, who.Email = c.User.Name, c.User.Email
	}
	h, err := tree.Commit(msg, &git.CommitOptions{Author: who, Committer: who, AllowEmptyCommits: true})
	return h.String(), err
}

func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Init makes an empty checkout in dir whose origin is url, and asks nobody.
func Init(dir, url string) error {
	repo, err := git.PlainInit(dir, false)
	if err != nil {
		return err
	}
	_, err = repo.CreateRemote(&config.RemoteConfig{Name: "origin", URLs: []string{url}})
	return err
}
