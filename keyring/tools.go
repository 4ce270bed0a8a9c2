package keyring

import (
	"bufio"
	"context"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// FromTool gives the token that another tool keeps for an API, and where: gh's
// for github, the Travis client's for travis. The zero Secret if there is none.
func FromTool(ctx context.Context, env func(string) string, name, api string) (s Secret, where string) {
	switch name {
	case "github":
		return fromGH(ctx, env, api)
	case "travis":
		f, err := os.Open(filepath.Join(env("HOME"), ".travis", "config.yml"))
		if err != nil || env("HOME") == "" {
			return Secret{}, ""
		}
		defer f.Close()
		return fromTravis(f, api), "~/.travis/config.yml"
	}
	return Secret{}, ""
}

func fromGH(ctx context.Context, env func(string) string, api string) (Secret, string) {
	u, err := url.Parse(api)
	if err != nil {
		return Secret{}, ""
	}
	ctx, cancel := context.WithTimeout(ctx, verdict)
	defer cancel()
	cmd := exec.CommandContext(ctx, "gh", "auth", "token", "--hostname", strings.TrimPrefix(u.Hostname(), "api."))
	cmd.Env = Only(env, "PATH", "HOME", "USER", "XDG_CONFIG_HOME", "GH_CONFIG_DIR", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY", "APPDATA", "SYSTEMROOT")
	out, err := cmd.Output()
	value := strings.TrimSpace(string(out))
	if err != nil || checkShape([]byte(value)) != nil {
		return Secret{}, ""
	}
	return NewSecret(value), "gh auth token"
}

// Only is the environment of a child: what it needs, and no token of another. It
// is never nil, for that would mean everything.
func Only(env func(string) string, names ...string) []string {
	out := []string{}
	for _, n := range names {
		if v := env(n); v != "" {
			out = append(out, n+"="+v)
		}
	}
	return out
}

// fromTravis reads the one form that the Travis client writes: endpoints, the
// address of the API, its token. It is no reader of YAML; what it does not know is no token.
func fromTravis(r io.Reader, api string) Secret {
	ours := false
	for lines := bufio.NewScanner(io.LimitReader(r, 1<<20)); lines.Scan(); {
		key, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), ": ")
		key = strings.Trim(strings.TrimSuffix(key, ":"), `"'`)
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		switch {
		case strings.HasPrefix(key, "https://"):
			ours = value == "" && strings.TrimRight(key, "/") == strings.TrimRight(api, "/")
		case ours && key == "access_token" && checkShape([]byte(value)) == nil:
			return NewSecret(value)
		}
	}
	return Secret{}
}
