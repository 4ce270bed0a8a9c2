package main

import (
	"os"
	"path/filepath"
	"testing"

	"ferry/flow/config"
)

func TestTravisAPI(t *testing.T) {
	home, other := t.TempDir(), t.TempDir()
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(home, ".travis", "config.yml"), "default_endpoint: https://usual.test/api/\nrepos: {dana/demo: {endpoint: 'https://one.test/'}}\nendpoints: {'https://one.test/': {access_token: abc}}\n")
	write(filepath.Join(other, "config.yml"), "default_endpoint: https://elsewhere.test/\n")
	var configured config.Config
	configured.CI.URL = "https://configured.test/"
	for name, tt := range map[string]struct {
		env  map[string]string
		conf config.Config
		slug string
		want string
	}{
		"the service":        {want: "https://api.travis-ci.com"},
		"of the repository":  {env: map[string]string{"HOME": home}, slug: "dana/demo", want: "https://one.test"},
		"the usual one":      {env: map[string]string{"HOME": home}, slug: "dana/x", want: "https://usual.test/api"},
		"another folder":     {env: map[string]string{"HOME": home, "TRAVIS_CONFIG_PATH": other}, slug: "dana/demo", want: "https://elsewhere.test"},
		"by the environment": {env: map[string]string{"HOME": home, "TRAVIS_ENDPOINT": "https://env.test/"}, slug: "dana/demo", want: "https://env.test"},
		"configured":         {env: map[string]string{"HOME": home, "TRAVIS_ENDPOINT": "https://env.test/"}, conf: configured, slug: "dana/demo", want: "https://configured.test"},
	} {
		env := func(k string) string { return tt.env[k] }
		if got := travisAPI(env, tt.conf, travisCLI(env), tt.slug); got != tt.want {
			t.Errorf("%s: got %q", name, got)
		}
	}
	env := func(k string) string { return map[string]string{"HOME": home}[k] }
	if cli := travisCLI(env); cli.Token("https://one.test").IsZero() || !cli.Token("https://usual.test/api").IsZero() {
		t.Error("a token goes to the API that it was made for")
	}
}
