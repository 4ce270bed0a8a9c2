package travis_test

import (
	"strings"
	"testing"

	"ferry/flow/ci/travis"
)

// configYML is what the client writes, as its own tests have it.
const configYML = `---
last_check: {etag: '"x"', version: 1.14.0, at: 1487940199}
checked_completion: true
default_endpoint: https://travis.example.com/api
repos:
  dana/demo: {endpoint: 'https://api.travis-ci.com/'}
  dana/old: {endpoint: 'https://api.travis-ci.org/'}
endpoints:
  https://api.travis-ci.com/:
    access_token: XXXXXXXXXXXX
  https://travis.example.com/api:
    access_token: "123456"
    enterprise: true
    insecure: false
  https://odd.example.com/:
    access_token: "a b"
  http://plain.example.com/:
    access_token: YYYY
`

func TestCLI(t *testing.T) {
	t.Parallel()
	c, err := travis.ReadCLI(strings.NewReader(configYML))
	if err != nil {
		t.Fatal(err)
	}
	for slug, want := range map[string]string{"dana/demo": "https://api.travis-ci.com", "dana/old": "https://travis.example.com/api", "other/one": "https://travis.example.com/api"} {
		if got := c.Endpoint(slug); got != want {
			t.Errorf("%s: got %q", slug, got)
		}
	}
	for api, want := range map[string]string{
		"https://api.travis-ci.com": "XXXXXXXXXXXX", "https://api.travis-ci.com/": "XXXXXXXXXXXX", "https://travis.example.com/api/": "123456",
		"https://travis.example.com": "", "https://odd.example.com": "", "http://plain.example.com": "", "": "",
	} {
		got := ""
		if s := c.Token(api); !s.IsZero() {
			_ = s.Use(func(v []byte) error { got = string(v); return nil })
		}
		if got != want {
			t.Errorf("%s: got %q", api, got)
		}
	}
}

// TestNoCLI: a file of another shape gives nothing, and its text is in no error.
func TestNoCLI(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "null", "- a\n", "endpoints: XXSECRET\n", "endpoints:\n  https://api.travis-ci.com/: XXSECRET\n", "a: [", "repos: {dana/demo: {endpoint: 'http://x/'}}"} {
		c, err := travis.ReadCLI(strings.NewReader(text))
		if err != nil && strings.Contains(err.Error(), "XXSECRET") || c.Endpoint("dana/demo") != "" || !c.Token("https://api.travis-ci.com").IsZero() {
			t.Errorf("%q: %v %q", text, err, c.Endpoint("dana/demo"))
		}
	}
}
