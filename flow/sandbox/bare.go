package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"

	"ferry/flow/ci/citest"
	"ferry/pypi/pypitest"
)

// What a bare world adds: the second index, and both CIs behind one address, as
// it is not known yet which of them will build the repository.
//
// Travis does not build it yet, and has a key pair for it.

func (w *World) bareIndex(ctx context.Context, wrap Wrap) (err error) {
	if !w.scenario.bare() {
		return nil
	}
	w.Test = w.index()
	w.TestURL, err = w.serve(ctx, wrap("testpypi", w.Test))
	return err
}

func (w *World) index() *pypitest.Server {
	return pypitest.New(pypitest.Options{Tokens: map[string][]string{uploadToken: {"*"}}, Lag: w.scenario.Lag,
		MaxAge: map[string]int{pypitest.Simple: w.scenario.MaxAge, pypitest.JSON: w.scenario.MaxAge}})
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
	key, err := rsa.GenerateKey(rand.Reader, w.scenario.Key)
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
	if w.Test == nil {
		return nil
	}
	return map[string]string{"FERRY_TOKEN_PYPI": uploadToken, "FERRY_TOKEN_TESTPYPI": uploadToken}
}
