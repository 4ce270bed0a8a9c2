package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"ferry/flow/ci/citest"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// What a bare world adds: the second index, and both CIs behind one address, as
// it is not known yet which of them will build the repository.
//
// Travis does not build it yet, and has a key pair for it. A run of GitHub's asks
// for an identity; what a maintainer types into the forms of the indexes is typed
// there already, for the workflows that ferry writes.

func (w *World) bareIndex(ctx context.Context, wrap Wrap) (err error) {
	if !w.scenario.bare() {
		return nil
	}
	w.Test = w.index("testpypi")
	w.TestURL, err = w.serve(ctx, wrap("testpypi", w.Test))
	return err
}

func (w *World) index(audience string) *pypitest.Server {
	return pypitest.New(pypitest.Options{Issuers: w.issuers(), Audience: audience, Tokens: map[string][]string{uploadToken: {"*"}}, Lag: w.scenario.Lag,
		MaxAge: map[string]int{pypitest.Simple: w.scenario.MaxAge, pypitest.JSON: w.scenario.MaxAge}})
}

// issuers are whom the indexes believe; nobody, where no run asks for an identity.
func (w *World) issuers() map[string]pypitest.Keys {
	if w.identity == nil {
		return nil
	}
	return citest.Issuers(w.identity)
}

// bareKeys makes the key of the identities.
func (w *World) bareKeys() (err error) {
	if w.scenario.bare() {
		w.identity, err = identityKey()
	}
	return err
}

// The keys are the same in all worlds of a process: making one takes long, and what
// is tried out here hides nothing from anybody.
var (
	identityKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
	travisKeys  sync.Map // by their bits
)

func travisKey(bits int) (*rsa.PrivateKey, error) {
	if key, ok := travisKeys.Load(bits); ok {
		return key.(*rsa.PrivateKey), nil
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err == nil {
		travisKeys.Store(bits, key)
	}
	return key, err
}

// trust is what a maintainer types into the forms of both indexes.
func (w *World) trust() error {
	if !w.scenario.bare() {
		return nil
	}
	owner, name, _ := strings.Cut(Slug, "/")
	for _, t := range []struct {
		index *pypitest.Server
		name  string
	}{{w.Index, "pypi"}, {w.Test, "testpypi"}} {
		p := pypi.PendingPublisher{Provider: pypi.ProviderGitHub, Project: Project, Owner: owner, Repository: name, Workflow: "publish-" + t.name + ".yml", Environment: t.name}
		if err := t.index.Trust(pypitest.Publisher{PendingPublisher: p, OwnerID: citest.OwnerID}); err != nil {
			return err
		}
	}
	return nil
}

// uploads is where CI uploads what a file sends to TestPyPI.
func (w *World) uploads() map[string]string {
	if w.Test == nil {
		return nil
	}
	return map[string]string{"https://test.pypi.org/legacy/": w.TestURL + "/legacy/"}
}

// bareCI makes Travis one that has yet to be told of the repository.
func (w *World) bareCI() error {
	if !w.scenario.bare() {
		return nil
	}
	key, err := travisKey(w.scenario.Key)
	if err != nil {
		return err
	}
	w.CI.UseKey(key, citest.KeyPKIX)
	w.CI.Deactivate()
	return nil
}

// bothCIs tells by their headers which of the two is asked: Travis wants the
// version of its API named.
func (w *World) bothCIs() http.Handler {
	travis, github := w.CI.Travis(), w.CI.GitHub()
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Travis-API-Version") != "" {
			travis.ServeHTTP(rw, r)
			return
		}
		github.ServeHTTP(rw, r)
	})
}

// bareSettings are the second index's.
func (w *World) bareSettings() string {
	if w.Test == nil {
		return ""
	}
	return fmt.Sprintf("\n[index.testpypi]\nupload = %q\nsimple = %q\njson = %q\n", w.TestURL+"/legacy/", w.TestURL+"/simple/", w.TestURL+"/pypi/")
}

// bareEnv are the tokens of the two indexes, as a person without a keyring has them.
func (w *World) bareEnv() map[string]string {
	switch {
	case w.scenario.Token:
		return map[string]string{"FERRY_TOKEN_PYPI": uploadToken}
	case w.Test == nil:
		return nil
	}
	return map[string]string{"FERRY_TOKEN_PYPI": uploadToken, "FERRY_TOKEN_TESTPYPI": uploadToken}
}
