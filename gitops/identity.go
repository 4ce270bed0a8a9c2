package gitops

import (
	"os"
	"os/user"
	"strings"
)

// Identity is who makes tags here. Guessed: git knows no name and the machine's
// user and host stand in.
type Identity struct {
	Name, Email string
	Guessed     bool
}

// Identity reads the committer as git would: environment, then configuration.
func (r *Repo) Identity() (Identity, error) {
	s := r.settings()
	id := Identity{
		Name:  first(os.Getenv("GIT_COMMITTER_NAME"), s.last("committer.name"), s.last("user.name")),
		Email: first(os.Getenv("GIT_COMMITTER_EMAIL"), s.last("committer.email"), s.last("user.email"), os.Getenv("EMAIL")),
	}
	if id.Name != "" && id.Email != "" {
		return id, nil
	}
	guess := machineIdentity()
	return Identity{first(id.Name, guess.Name), first(id.Email, guess.Email), true}, nil
}

func machineIdentity() Identity {
	name, host := first(os.Getenv("USER"), os.Getenv("LOGNAME"), "unknown"), "localhost"
	full := name
	if u, err := user.Current(); err == nil {
		full, _, _ = strings.Cut(u.Name, ",") // the gecos field has more than a name
		name, full = u.Username, first(full, u.Username)
	}
	if h, err := os.Hostname(); err == nil && h != "" {
		host = h
	}
	return Identity{full, name + "@" + host, true}
}

func first(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}
