package github_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"ferry/flow/ci"
)

// TestViewer: by GraphQL, which stands beside the REST API.
func TestViewer(t *testing.T) {
	t.Parallel()
	answer := `{"data":{"viewer":{"login":"github-actions[bot]"}}}`
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/graphql" || r.Header.Get("Authorization") != "Bearer "+token {
			http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(answer))
	}))
	defer web.Close()
	if who, err := provider(t, web.URL, token).Viewer(t.Context()); err != nil || who != "github-actions[bot]" {
		t.Errorf("%q, %v", who, err)
	}
	var needs *ci.NeedsTokenError
	if _, err := provider(t, web.URL, "").Viewer(t.Context()); !errors.As(err, &needs) {
		t.Errorf("without a token: %v", err)
	}
	var none *ci.NotFoundError
	if _, err := provider(t, web.URL, "other").Viewer(t.Context()); !errors.As(err, &none) {
		t.Errorf("another: %v", err)
	}
	var wrong *ci.MalformedError
	for _, answer = range []string{`{"errors":[{"message":"no"}]}`, `{"data":{"viewer":null}}`} {
		if who, err := provider(t, web.URL, token).Viewer(t.Context()); !errors.As(err, &wrong) {
			t.Errorf("%s: %q, %v", answer, who, err)
		}
	}
}
