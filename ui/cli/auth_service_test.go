package cli_test

import (
	"strings"
	"testing"
)

// TestAuthOfServicesElsewhere: a server that the remote or the person names gets a
// token under its own address, and no other.
func TestAuthOfServicesElsewhere(t *testing.T) {
	const api = "https://git.example.org/api/v1"
	for says, tt := range map[string]struct {
		env   map[string]string
		toml  string
		hosts map[string]string
		name  string
		key   string // of the entry; "" if there is to be none
		says  string
	}{
		"gitea, by the remote":                   {hosts: map[string]string{"gitea": api}, name: "gitea", key: "token " + api, says: "under " + api + " for token: 15 characters"},
		"gitea, by the person":                   {env: map[string]string{"FERRY_CI_PROVIDER": "gitea", "FERRY_CI_URL": "https://other.example/api/v1/"}, hosts: map[string]string{"gitea": api}, name: "gitea", key: "token https://other.example/api/v1"},
		"gitea, bent by the project":             {toml: "[ci]\nprovider = 'gitea'\nurl = 'https://evil.example/api/v1'\n", hosts: map[string]string{"gitea": api}, name: "gitea", key: "token " + api},
		"gitea, by the project alone":            {toml: "[ci]\nprovider = 'gitea'\nurl = 'https://git.example.org/api/v1'\n", name: "gitea", key: "token " + api},
		"gitea, and nobody names it":             {name: "gitea", says: "FERRY_CI_PROVIDER=gitea FERRY_CI_URL=https://HOST/api/v1 ferry auth login gitea"},
		"the URL of another CI":                  {toml: "[ci]\nprovider = 'travis'\nurl = 'https://travis.example.org'\n", name: "gitea", says: "Which Gitea is meant"},
		"gitlab.com":                             {name: "gitlab", key: "token https://gitlab.com"},
		"gitlab, by the remote":                  {hosts: map[string]string{"gitlab": "https://gitlab.example.org"}, name: "gitlab", key: "token https://gitlab.example.org"},
		"gitlab, by the API's address":           {env: map[string]string{"FERRY_CI_PROVIDER": "gitlab", "FERRY_CI_URL": "https://gitlab.example.org/api/v4"}, name: "gitlab", key: "token https://gitlab.example.org"},
		"quickbuild, by the person":              {env: map[string]string{"FERRY_CI_PROVIDER": "quickbuild", "FERRY_CI_URL": "https://qb.example.org", "QUICKBUILD_USER": "dana"}, name: "quickbuild", key: "dana https://qb.example.org", says: "under https://qb.example.org for dana\n"},
		"quickbuild, by the project":             {env: map[string]string{"QUICKBUILD_USER": "dana"}, toml: "[ci]\nprovider = 'quickbuild'\nurl = 'https://qb.example.org/'\nconfiguration = 'root/x'\n", name: "quickbuild", key: "dana https://qb.example.org"},
		"quickbuild of nobody":                   {env: map[string]string{"FERRY_CI_PROVIDER": "quickbuild", "FERRY_CI_URL": "https://qb.example.org"}, name: "quickbuild", says: "QUICKBUILD_USER=NAME ferry auth login quickbuild"},
		"quickbuild, and nobody names the place": {env: map[string]string{"QUICKBUILD_USER": "dana"}, name: "quickbuild", says: "FERRY_CI_URL=https://HOST ferry auth login quickbuild"},
	} {
		t.Run(says, func(t *testing.T) {
			b := newBench(t)
			b.hosts = tt.hosts
			for k, v := range tt.env {
				b.env[k] = v
			}
			if tt.toml != "" {
				b.project(tt.toml)
			}
			code, out, errout := b.run("0123456789abcde\n", "auth", "login", tt.name)
			if (code == 0) != (tt.key != "") || code != 0 && code != 64 || !strings.Contains(out+errout, tt.says) {
				t.Errorf("got %d %q %q", code, out, errout)
			}
			if len(b.ring.items) > 1 || tt.key != "" && b.ring.items[tt.key].IsZero() || tt.key == "" && len(b.ring.items) > 0 {
				t.Errorf("stored: %v", b.ring.items)
			}
			if code != 0 {
				return
			}
			if _, out, _ := b.run("", "auth", "status", tt.name); !strings.Contains(out, "keyring ("+strings.Join(swapped(tt.key), " for ")+")") {
				t.Errorf("status: %q", out)
			}
			if code, out, errout := b.run("", "auth", "test", tt.name); code != 0 || !strings.Contains(out, "is valid") {
				t.Errorf("test: %d %q %q", code, out, errout)
			}
			if code, _, errout := b.run("", "auth", "logout", tt.name); code != 0 || len(b.ring.items) != 0 {
				t.Errorf("logout: %d %q", code, errout)
			}
		})
	}
}

// swapped is an entry of the ring as people read it: the service before the user.
func swapped(key string) []string {
	user, service, _ := strings.Cut(key, " ")
	return []string{service, user}
}

// TestAuthEnvOfServicesElsewhere: a variable that names no server counts only for
// one that the person named.
func TestAuthEnvOfServicesElsewhere(t *testing.T) {
	for says, tt := range map[string]struct {
		toml  string
		env   map[string]string
		name  string
		comes string
	}{
		"the project's Gitea":       {toml: "[ci]\nprovider = 'gitea'\nurl = 'https://evil.example/api/v1'\n", name: "gitea", comes: "none"},
		"the person's Gitea":        {env: map[string]string{"FERRY_CI_PROVIDER": "gitea", "FERRY_CI_URL": "https://git.example.org/api/v1"}, name: "gitea", comes: "environment (GITEA_TOKEN)"},
		"the project's QuickBuild":  {toml: "[ci]\nprovider = 'quickbuild'\nurl = 'https://evil.example'\nconfiguration = 'root/x'\n", name: "quickbuild", comes: "none"},
		"the person's QuickBuild":   {env: map[string]string{"FERRY_CI_PROVIDER": "quickbuild", "FERRY_CI_URL": "https://qb.example.org"}, name: "quickbuild", comes: "environment (QUICKBUILD_PASSWORD)"},
		"gitlab.com":                {name: "gitlab", comes: "environment (GITLAB_TOKEN)"},
		"the remote's GitLab":       {env: map[string]string{"X": "hosts"}, name: "gitlab", comes: "none"},
		"the GitLab of GITLAB_HOST": {env: map[string]string{"X": "hosts", "GITLAB_HOST": "https://gitlab.example.org/"}, name: "gitlab", comes: "environment (GITLAB_TOKEN)"},
		"another than GITLAB_HOST":  {env: map[string]string{"X": "hosts", "GITLAB_HOST": "gitlab.example.com"}, name: "gitlab", comes: "none"},
	} {
		t.Run(says, func(t *testing.T) {
			b := newBench(t)
			for k, v := range tt.env {
				b.env[k] = v
			}
			if b.env["X"] == "hosts" {
				b.hosts = map[string]string{"gitlab": "https://gitlab.example.org"}
			}
			b.env["GITEA_TOKEN"], b.env["GITLAB_TOKEN"], b.env["QUICKBUILD_PASSWORD"], b.env["QUICKBUILD_USER"] = "0123456789abcde", "glpat-0123456789", "hunter2hunter2", "dana"
			if tt.toml != "" {
				b.project(tt.toml)
			}
			code, out, errout := b.run("", "auth", "status", tt.name)
			if code != 0 || !strings.Contains(out, tt.comes) || strings.Contains(out+errout, "hunter2") {
				t.Errorf("got %d %q %q", code, out, errout)
			}
		})
	}
}
