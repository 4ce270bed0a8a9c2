package github_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
)

// sent checks the body of a request against its operation, and leaves it to be read.
func (d *description) sent(r *http.Request) error {
	op, err := d.operation(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	described := d.resolve(op["requestBody"])
	schema := d.resolve(object(object(described["content"])["application/json"])["schema"])
	switch {
	case len(body) == 0 && described["required"] == true:
		return fmt.Errorf("%s %s: the body is missing", r.Method, r.URL.Path)
	case len(body) == 0:
		return nil
	case schema == nil:
		return fmt.Errorf("%s %s: no body is described", r.Method, r.URL.Path)
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	if err := d.valid(schema, v, "body"); err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err)
	}
	return nil
}

// TestEnvironmentsAreDescribed: making one and taking it back, with every kind of
// request and of answer.
func TestEnvironmentsAreDescribed(t *testing.T) {
	s, j, url := trial(t, described(t), true)
	p := provider(t, url, token)
	for _, before := range [][]citest.Environment{nil, {{Name: "pypi", Reviewers: []string{"dana"}, NoSelfReview: true, Wait: time.Minute}}, {{Name: "pypi", Custom: true}}, {{Name: "pypi", Policies: []string{"main"}}}} {
		s.Guard(nil, before)
		made, err := p.MakeEnvironment(t.Context(), wanted)
		if refused := len(before) > 0 && before[0].Policies != nil; err == nil == refused {
			t.Error(err)
		}
		if err := p.RemoveEnvironment(t.Context(), made); err != nil {
			t.Error(err)
		}
		if _, err := p.CompareEnvironment(t.Context(), ci.EnvironmentSpec{Name: "none", Policies: wanted.Policies}); err != nil {
			t.Error(err)
		}
	}
	for _, method := range []string{"PUT", "POST", "DELETE"} {
		if !strings.Contains(strings.Join(j.seen, "\n"), method+" ") {
			t.Errorf("no %s", method)
		}
	}
}

// TestTheJudgeReadsBodies: what is not described does not pass.
func TestTheJudgeReadsBodies(t *testing.T) {
	d := described(t)
	const one, list = "/repos/o/r/environments/e", "/repos/o/r/environments/e/deployment-branch-policies"
	for _, c := range []struct{ method, at, body, wrong string }{
		{"PUT", one, `{"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}`, ""},
		{"PUT", one, `{"deployment_branch_policy":null}`, ""},
		{"PUT", one, `{"can_admins_bypass":false}`, "not described"},
		{"PUT", one, `{"deployment_branch_policy":{"custom_branch_policies":true}}`, "has no protected_branches"},
		{"PUT", one, `{"wait_timer":"1"}`, "wait_timer"},
		{"POST", list, `{"name":"v*","type":"tag"}`, ""},
		{"POST", list, `{"name":"v*","type":"tags"}`, "none of"},
		{"POST", list, `{"type":"tag"}`, "has no name"},
		{"POST", list, ``, "missing"},
		{"DELETE", one, `{}`, "no body"},
	} {
		err := d.sent(httptest.NewRequest(c.method, c.at, strings.NewReader(c.body)))
		if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s %s %s: %v", c.method, c.at, c.body, err)
		}
	}
}
