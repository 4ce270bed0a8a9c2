package steps_test

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/ci/citest"
	"ferry/flow/ci/travis"
	"ferry/flow/flowtest"
	"ferry/flow/steps"
	"ferry/gitops/gittest"
	"ferry/keyring"
)

const siteToken = "travis-api-token"

// canary is as long as tokens of PyPI are, and has a word to look for.
func canary(index string) steps.IndexToken {
	return steps.IndexToken{Secret: keyring.NewSecret("pypi-CANARY-" + index + strings.Repeat("x", 160)), From: "the keyring", Kept: true}
}

// keysOf are key pairs by size, made once.
var keysOf = map[int]func() *rsa.PrivateKey{1024: keyPair(1024), 2048: keyPair(2048), 2049: keyPair(2048)}

func keyPair(bits int) func() *rsa.PrivateKey {
	return sync.OnceValue(func() *rsa.PrivateKey {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		return k
	})
}

// site is a yard with Travis on loopback: the repository is known and built, has a
// key of 2048 bits, and tokens for both indexes are at hand.
type site struct {
	*yard
	api *citest.Server
	web string
}

func newSite(t testing.TB, how steps.Publishing, text string) *site {
	t.Helper()
	like := options{}
	if text == noFile {
		like = options{byTag: true, files: map[string]string{"setup.py": "from setuptools import setup\n\nsetup()\n"}}
	}
	s := &site{yard: newYard(t, like)}
	s.api = citest.New(citest.Options{Slug: slug, Token: keyring.NewSecret(siteToken), UI: "https://ci.example.test",
		After: func(_ time.Duration, f func()) { go f() }})
	t.Cleanup(s.api.Close)
	web := httptest.NewServer(s.gate("travis", s.api.Travis()))
	t.Cleanup(web.Close)
	s.web = web.URL
	s.api.UseKey(keysOf[2048](), citest.KeyPKIX)
	s.y.Service, s.y.Waits.Every, s.s.How = s.as(siteToken), time.Millisecond, how
	for _, index := range []string{"pypi", "testpypi"} {
		s.purse.kept[index] = canary(index)
	}
	if text != "" && text != noFile {
		s.commit(text)
	}
	return s
}

// as is Travis for somebody with a token; "" is none.
func (s *site) as(token string) *travis.Provider {
	p, err := travis.New(travis.Options{URL: s.web, UI: "https://ci.example.test", Slug: slug, Token: keyring.NewSecret(token), UserAgent: "ferry"})
	must(s.t, err)
	return p
}

// noFile is a repository without a .travis.yml. A workflow publishes from its tags.
const noFile = "none"

// commit makes a .travis.yml the committed one.
func (s *site) commit(text string) {
	_, err := gittest.WriteCommit(s.dir, map[string]string{".travis.yml": text}, "CI", day.Add(4*time.Hour))
	must(s.t, err)
}

func (s *site) file() string { return filepath.Join(s.dir, ".travis.yml") }

func (s *site) text() string {
	b, err := os.ReadFile(s.file())
	must(s.t, err)
	return string(b)
}

// state is everything that a step of Travis could change.
func (s *site) state() string {
	p, err := s.as(siteToken).Inspect(s.t.Context())
	pushes := p.PushBuilds != nil && *p.PushBuilds
	return fmt.Sprintln(s.yard.state(), p.Active, pushes, err, s.api.Variables())
}

// keeps judges a step by the laws.
func keeps(t *testing.T, effect flow.Effect, make func() *site, step func(*site) flow.Step, spoil func(*site)) {
	t.Helper()
	err := flowtest.Laws(t.Context(), func() (flowtest.World, error) {
		x := make()
		return flowtest.World{Step: step(x), State: x.state, Effect: effect, Spoil: func() { spoil(x) }}, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// does runs a step, and gives what it said.
func (s *site) does(step flow.Step) (string, error) {
	var log strings.Builder
	err := step.Run(flow.WithReading(s.t.Context()), func(line string) { fmt.Fprintln(&log, line) })
	return log.String(), err
}

// takesBack undoes a step.
func (s *site) takesBack(step flow.Step) error {
	return step.(flow.Undoer).Undo(flow.WithReading(s.t.Context()), func(string) {})
}

// refusedWith holds an error against a code.
func refusedWith(t *testing.T, err error, code string) {
	t.Helper()
	var p *flow.Problem
	if !errors.As(err, &p) || p.Code != code || len(p.Now) == 0 || len(p.Next) == 0 {
		t.Errorf("want %s, got %v (%+v)", code, err, p)
	}
}
