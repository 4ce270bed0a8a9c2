package gitops

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// RemoteOptions say how a remote is spoken to.
type RemoteOptions struct {
	Logins     []Source      // for http and https, asked in this order at a 401; at most two logins are tried
	Timeout    time.Duration // of one operation, everything included but a person's time; 0: 30 s
	PersonTime time.Duration // of one question to a person, besides Timeout; 0: 2 min
	Passphrase Passphrase    // asked for encrypted ssh keys; nil: those serve only from the agent
	HookTime   time.Duration // of a pre-push hook or a signing program, besides Timeout; 0: 10 min
	UserAgent  string
}

const (
	defaultTimeout    = 30 * time.Second
	defaultPersonTime = 2 * time.Minute
)

// Remote is one remote repository, at its push URL: what is read must be what
// is written to. It keeps no connection and no cache.
type Remote struct {
	repo    *Repo
	name    string
	addr    address
	web     webSettings
	options RemoteOptions
	logins  *logins // for http

	ownPushURL bool // the remote has a push URL of its own
	movedTo    atomic.Pointer[string]

	// heard is the list that Refs read last over http. It serves only to ask for
	// an object by its id, which no list can change the meaning of.
	heard  atomic.Pointer[heard]
	opened sync.Map // encrypted ssh keys that were opened: path → *lock
	found  sync.Map // where deletions of ours found the refs: command{ref, old} → true
}

// Found says whether a deletion of ours found ref at sha. What became of it is
// for Refs to say; but no list shows any more where a ref stood that is gone.
func (m *Remote) Found(ref, sha string) bool {
	_, ok := m.found.Load(command{ref: ref, old: sha})
	return ok
}

// Remotes lists the names of the remotes there are.
func (r *Repo) Remotes() ([]string, error) {
	names := r.settings().subsections("remote", "url")
	slices.Sort(names)
	return names, nil
}

// Remote opens a remote by its name. Nothing is sent yet.
func (r *Repo) Remote(name string, opt RemoteOptions) (*Remote, error) {
	s := r.settings()
	names := s.subsections("remote", "url")
	if !slices.Contains(names, name) {
		slices.Sort(names)
		return nil, &NoRemoteError{name, names}
	}
	if vcs := s.last("remote." + name + ".vcs"); vcs != "" {
		return nil, &UnsupportedError{"a remote that is spoken to by a helper program (remote." + name + ".vcs=" + vcs + ")"}
	}
	addr, err := r.pushAddress(s, name)
	if err != nil {
		return nil, err
	}
	web, err := r.webSettings(s, name, addr)
	if err != nil {
		return nil, err
	}
	if opt.Timeout <= 0 {
		opt.Timeout = defaultTimeout
	}
	if opt.PersonTime <= 0 {
		opt.PersonTime = defaultPersonTime
	}
	if opt.HookTime <= 0 {
		opt.HookTime = defaultHookTime
	}
	return &Remote{repo: r, name: name, addr: addr, web: web, options: opt, ownPushURL: len(s.all("remote."+name+".pushurl")) > 0,
		logins: newLogins(Login{User: addr.user, Secret: addr.secret, Source: "the remote's URL"}, opt.Logins)}, nil
}

// pushAddress is where `git push NAME` goes. Where it would go to several places
// at once, none is taken: a release is one place's, and all must be named.
func (r *Repo) pushAddress(s settings, name string) (address, error) {
	var all []address
	var shown []string
	for _, raw := range r.pushURLs(s, name) {
		a, err := parseAddress(raw, r.root)
		if err != nil {
			return address{}, err
		}
		all, shown = append(all, a), append(shown, a.String())
	}
	if len(all) != 1 {
		return address{}, &UnsupportedError{fmt.Sprintf("a remote that pushes to several places at once (%s): give the one to release to a name of its own (git remote add NAME URL)", strings.Join(shown, ", "))}
	}
	return all[0], nil
}

func (r *Repo) pushURLs(s settings, name string) []string {
	out, err := ask(r.root, "remote", "get-url", "--push", "--all", name)
	if lines := strings.TrimRight(string(out), "\r\n"); err == nil && lines != "" {
		return strings.Split(lines, "\n")
	}
	if push := s.all("remote." + name + ".pushurl"); len(push) > 0 {
		return each(push, func(u string) string { return s.rewrite(u, "insteadof") })
	}
	return each(s.all("remote."+name+".url"), func(fetch string) string {
		if to := s.rewrite(fetch, "pushinsteadof"); to != fetch {
			return to
		}
		return s.rewrite(fetch, "insteadof")
	})
}

func each(urls []string, f func(string) string) []string {
	out := make([]string, len(urls))
	for i, u := range urls {
		out[i] = f(u)
	}
	return out
}

// rewrite applies url.BASE.insteadOf: the longest matching prefix wins.
func (s settings) rewrite(url, kind string) string {
	best, base := "", ""
	for _, e := range s {
		to, ok := strings.CutPrefix(e.key, "url.")
		if !ok {
			continue
		}
		to, ok = strings.CutSuffix(to, "."+kind)
		if ok && len(e.value) > len(best) && strings.HasPrefix(url, e.value) {
			best, base = e.value, to
		}
	}
	if best == "" {
		return url
	}
	return base + url[len(best):]
}

// Name is what the person calls the remote.
func (m *Remote) Name() string { return m.name }

// URL is the push URL without userinfo, safe to show.
func (m *Remote) URL() string { return m.addr.String() }

// HasSecret says whether the configured URL carries a password or a token.
func (m *Remote) HasSecret() bool { return m.addr.tokens }

// Slug is owner/repo as the URL has it, "" if it has none.
func (m *Remote) Slug() string { return m.addr.slug() }

// Host is the host that the URL names, "" for a local path.
func (m *Remote) Host() string { return m.addr.host }

// limit puts the deadline on one operation.
func (m *Remote) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return startClock(ctx, m.options.Timeout)
}

// place names the far end in errors.
func (m *Remote) place() string {
	if m.addr.host == "" {
		return m.addr.path
	}
	return m.addr.host
}
