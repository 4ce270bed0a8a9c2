package steps_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/keyring"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestRealIndex registers, uploads and verifies a project with the steps, on an
// index that runs somewhere (CONTRIBUTING.md). What it has no words for is logged
// as not checked; it is no failure.
func TestRealIndex(t *testing.T) {
	if os.Getenv("FERRY_INDEX_UPLOAD") == "" {
		t.Skip("FERRY_INDEX_UPLOAD names no index")
	}
	b := newBench(t, options{private: true})
	name := fmt.Sprintf("ferry-trial-steps-%d", time.Now().Unix())
	w := steps.World{Index: pypi.NewIndex(pypi.Config{Name: "trial", Upload: os.Getenv("FERRY_INDEX_UPLOAD"), Simple: os.Getenv("FERRY_INDEX_SIMPLE"), JSON: os.Getenv("FERRY_INDEX_JSON")})}
	login := func(context.Context) (string, keyring.Secret, error) {
		return os.Getenv("FERRY_INDEX_USER"), keyring.NewSecret(os.Getenv("FERRY_INDEX_PASSWORD")), nil
	}
	code := map[string]string{"trial.py": "x = 1\n"}
	files := []*pypi.Artifact{b.artifact(named(pypitest.Wheel(name, "1.0", day, code))), b.artifact(named(pypitest.Sdist(name, "1.0", day, code)))}
	registration := steps.Register{World: w, Name: name, Way: steps.BySubmit, Sdist: files[1], Login: login}
	_, err := b.attempt(registration)
	var p *flow.Problem
	if err != nil && (!errors.As(err, &p) || p.Code != flow.CodeRegisterIgnored && p.Code != flow.CodeUploadRegister) {
		t.Errorf("register: %+v", err)
	}
	t.Logf("register: %v", err)
	step := steps.Upload{World: w, Files: files, Login: login}
	if log, err := b.attempt(step); err != nil {
		t.Fatalf("upload: %s %+v", log, err)
	}
	for what, s := range map[string]flow.Step{"register": registration, "upload": step} {
		if f := s.Observe(flow.WithReading(t.Context())); f.Status != flow.Done {
			t.Errorf("%s: %s %s", what, f.Status, f.Text)
		}
	}
	v := w.Verify(t.Context(), steps.Target{Name: name, Version: "1.0"}, steps.VerifyOptions{})
	for _, c := range v.Checks {
		t.Logf("%-12s %-11s %s", c.ID, c.Result, c.Evidence)
		if c.Result == flow.Bad {
			t.Errorf("%s: %s", c.ID, c.Evidence)
		}
	}
	t.Logf("verdict: %s", v.Verdict)
	if v.Verdict != flow.Verified {
		t.Errorf("verdict %s", v.Verdict)
	}
}
