package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/config"
	"ferry/keyring"
)

// The users under which tokens are stored.
const (
	indexUser = "__token__" // as twine asks for
	apiUser   = "token"
)

// account is one thing that a token is for.
type account struct {
	name    string
	service string // the exact upload URL, or that of the API
	user    string
	index   bool

	vars     []string // of a service: the variables that hold the token
	password bool     // a person's own, and not made by a machine
}

// accounts are all that are known here, the indexes first.
func (c *commands) accounts() ([]account, config.Config, error) {
	if err := c.flags.check(); err != nil {
		return nil, config.Config{}, err
	}
	conf, err := c.load(projectTree(c.flags.repo))
	if err != nil {
		return nil, conf, err
	}
	var out []account
	for name, i := range conf.Index {
		if i.Upload != "" {
			out = append(out, account{name: name, service: uploadAddress(i.Upload), user: indexUser, index: true})
		}
	}
	slices.SortFunc(out, func(a, b account) int { return strings.Compare(a.name, b.name) })
	return append(out, c.services(conf)...), conf, nil
}

// uploadAddress is the address as ~/.pypirc has it: with the slash at its end
// that PyPI insists on. Under exactly that address twine asks the keyring.
func uploadAddress(upload string) string { return strings.TrimSuffix(upload, "/") + "/" }

// account finds the one that is meant; without a name the index that is released to.
func (c *commands) account(args []string) (account, error) {
	all, conf, err := c.accounts()
	if err != nil {
		return account{}, err
	}
	name := conf.Release.Index
	if len(args) == 1 {
		name = args[0]
	}
	i := slices.IndexFunc(all, func(a account) bool { return a.name == name })
	if i < 0 {
		return account{}, unknownAccount(name, all)
	}
	if !all[i].index {
		return all[i], all[i].place()
	}
	return all[i], all[i].elsewhere(conf)
}

func unknownAccount(name string, all []account) error {
	names := make([]string, len(all))
	for i, a := range all {
		names[i] = a.name
	}
	return usageError(fmt.Errorf("no index or service %s is known here; there are %s", name, strings.Join(names, ", ")), "ferry auth status")
}

// elsewhere refuses a built-in name that a project's file has bent to another
// host: who types pypi means PyPI.
func (a account) elsewhere(conf config.Config) error {
	key := "index." + a.name + ".upload"
	plain, err := config.Load(config.Sources{})
	if err != nil || !a.index || !conf.FromProject(key) {
		return err
	}
	if usual, ok := plain.Index[a.name]; ok && uploadAddress(usual.Upload) != a.service {
		return a.problem("auth.host", fmt.Sprintf("%s sends %s to %s, and not to %s; no token is kept for that name here", conf.Origin(key), a.name, a.host(), account{service: usual.Upload}.host()))
	}
	return nil
}

func (a account) host() string {
	u, err := url.Parse(a.service)
	if err != nil {
		return "the service"
	}
	return u.Host
}

// env are the variables that hold the token, the first that counts first. What
// is meant for twine counts for the index that twine would send it to.
func (a account) env(env func(string) string) []string {
	if !a.index {
		return a.vars
	}
	names := []string{a.variable()}
	if a.meantByTwine(env) {
		names = append(names, "TWINE_PASSWORD")
	}
	return names
}

func (a account) meantByTwine(env func(string) string) bool {
	if user := env("TWINE_USERNAME"); user != "" && user != indexUser {
		return false
	}
	if u := env("TWINE_REPOSITORY_URL"); u != "" {
		return uploadAddress(u) == a.service
	}
	if r := env("TWINE_REPOSITORY"); r != "" {
		return r == a.name
	}
	return a.name == "pypi"
}

// variable is the index's own: FERRY_TOKEN_PYPI.
func (a account) variable() string {
	return "FERRY_TOKEN_" + strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(a.name))
}

// projectTree is the work tree around a folder; nil where there is none.
func projectTree(dir string) fs.FS {
	dir, err := filepath.Abs(dir)
	for err == nil {
		if _, none := os.Lstat(filepath.Join(dir, ".git")); none == nil {
			return os.DirFS(dir)
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	return nil
}

// keyringProblem says what the keyring's error means for the person. now is what
// is certainly true, unless the keyring said better.
func (a account) keyringProblem(err error, now string) error {
	if errors.Is(err, flow.ErrInterrupted) || errors.Is(err, flow.ErrTerminated) {
		return err
	}
	p := &flow.Problem{Code: "keyring.failed", Class: flow.ClassCredentials, Text: fmt.Sprintf("The keyring failed for %s: %v", a.name, err),
		Now: []string{now}, Retry: flow.RetrySafe, Next: []string{"ferry auth status"}, Err: err}
	var late *keyring.TimeoutError
	var big *keyring.TooBigError
	var shape *keyring.ShapeError
	var not *keyring.NotStoredError
	again := "ferry auth login " + a.name
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		p.Code, p.Text, p.Now, p.Next = "auth.none", "The keyring holds no token for "+a.name, []string{"nothing was changed"}, []string{again}
	case errors.Is(err, keyring.ErrLocked):
		p.Code, p.Text, p.Now = "keyring.locked", "The keyring is locked, and was not unlocked", []string{"nothing was changed"}
		p.Next = []string{again, "ferry auth status"}
	case errors.Is(err, keyring.ErrNoKeyring):
		p.Code, p.Text, p.Now = "keyring.none", "This system has no keyring that can be reached; ferry keeps tokens nowhere else", []string{"nothing was changed"}
		if names := a.env(func(string) string { return "" }); len(names) > 0 {
			p.Next = []string{"read -rs " + names[0] + " && export " + names[0], "ferry auth status"}
		}
	case errors.As(err, &late):
		p.Code, p.Retry = "keyring.timeout", flow.RetrySafe
	case errors.As(err, &big):
		p.Code, p.Now = "keyring.too-big", []string{"nothing was stored"}
	case errors.As(err, &shape):
		p.Code, p.Next = "keyring.shape", []string{again, "ferry auth logout " + a.name}
	case errors.As(err, &not):
		p.Code, p.Next = "keyring.not-stored", []string{again}
	}
	return p
}
