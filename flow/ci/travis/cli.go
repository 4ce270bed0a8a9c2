package travis

import (
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"ferry/keyring"
)

// CLI is what the command line client of Travis knows: its config.yml, which is
// only ever read here.
type CLI struct {
	repos    map[string]string // the API of a repository
	usual    string            // the API where none is named
	accesses map[string]keyring.Secret
}

// maxCLI is more than any config.yml has.
const maxCLI = 1 << 20

// ReadCLI reads a config.yml. A file that is none of that client's gives nothing.
func ReadCLI(r io.Reader) (CLI, error) {
	var doc struct {
		Endpoints map[string]struct {
			Access yaml.Node `yaml:"access_token"`
		}
		Repos map[string]struct{ Endpoint string }
		Usual string `yaml:"default_endpoint"`
	}
	b, err := io.ReadAll(io.LimitReader(r, maxCLI))
	if err != nil {
		return CLI{}, fmt.Errorf("reading the configuration of the travis client: %w", err)
	}
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return CLI{}, fmt.Errorf("the configuration of the travis client is no YAML of the usual shape") // the error would quote it
	}
	out := CLI{repos: map[string]string{}, usual: trimmed(doc.Usual), accesses: map[string]keyring.Secret{}}
	for slug, r := range doc.Repos {
		out.repos[slug] = trimmed(r.Endpoint)
	}
	for api, e := range doc.Endpoints {
		if v := e.Access.Value; v != "" && !strings.ContainsFunc(v, func(c rune) bool { return c <= ' ' || c > '~' }) {
			out.accesses[trimmed(api)] = keyring.NewSecret(v)
		}
	}
	return out, nil
}

func trimmed(api string) string { return strings.TrimRight(strings.TrimSpace(api), "/") }

// Endpoint is the API that the client would ask about a repository; "" if it does
// not say, or names the one that was switched off.
func (c CLI) Endpoint(slug string) string {
	for _, api := range []string{c.repos[slug], c.usual} {
		if strings.HasPrefix(api, "https://") && api != "https://api.travis-ci.org" {
			return api
		}
	}
	return ""
}

// Token is what the client sends to an API, and to no other. A token is never
// taken for an API that is not asked by https.
func (c CLI) Token(api string) keyring.Secret {
	if !strings.HasPrefix(api, "https://") {
		return keyring.Secret{}
	}
	return c.accesses[trimmed(api)]
}
