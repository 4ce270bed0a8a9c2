package pypi_test

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"ferry/keyring"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestRealIndex takes a project through an index that runs somewhere: name check,
// registration, upload, reading, proof. It is asked for by the addresses in the
// environment (CONTRIBUTING.md) and leaves a project ferry-trial-… there. What
// indexes differ in is logged and not judged; what none may do is.
func TestRealIndex(t *testing.T) {
	if os.Getenv("FERRY_INDEX_UPLOAD") == "" {
		t.Skip("FERRY_INDEX_UPLOAD names no index")
	}
	x := pypi.NewIndex(pypi.Config{Name: "trial", Upload: os.Getenv("FERRY_INDEX_UPLOAD"), Simple: os.Getenv("FERRY_INDEX_SIMPLE"), JSON: os.Getenv("FERRY_INDEX_JSON")})
	r := &realIndex{t: t, x: x, depot: newDepot(t, pypitest.Options{}), name: fmt.Sprintf("ferry-trial-%d", time.Now().Unix())}
	sdist := r.open(pypitest.Sdist(r.name, "1.0", r.now, map[string]string{"a.py": "x"}))
	wheel := r.open(pypitest.Wheel(r.name, "1.0", r.now, map[string]string{"trial.py": "x"}))
	r.free()
	r.stranger(wheel)
	r.says("submit", x.Submit(t.Context(), sdist, r.user(), r.password()))
	for _, a := range []*pypi.Artifact{wheel, sdist} {
		if err := r.upload(a); err != nil {
			t.Fatal(err)
		}
	}
	r.holds(wheel, sdist)
	r.says("the same bytes again", r.upload(wheel))
	r.holds(wheel, sdist)
	other := r.open(pypitest.Wheel(r.name, "1.0", r.now, map[string]string{"trial.py": "y"}))
	r.says("other bytes under the name", r.upload(other))
}

type realIndex struct {
	*depot
	t    *testing.T
	x    *pypi.Index
	name string
}

func (r *realIndex) user() string { return os.Getenv("FERRY_INDEX_USER") }
func (r *realIndex) password() keyring.Secret {
	return keyring.NewSecret(os.Getenv("FERRY_INDEX_PASSWORD"))
}

func (r *realIndex) upload(a *pypi.Artifact) error {
	return r.x.Send(r.t.Context(), a, r.user(), r.password(), nil)
}

// free: nobody has the name yet.
func (r *realIndex) free() {
	r.t.Helper()
	if f, err := r.x.CheckName(r.t.Context(), r.name); err != nil || f.State != pypi.NameFree {
		r.t.Fatalf("%+v %v", f, err)
	}
}

// stranger: a wrong password is known for what it is.
func (r *realIndex) stranger(a *pypi.Artifact) {
	r.t.Helper()
	err := r.x.Send(r.t.Context(), a, r.user(), keyring.NewSecret("not the password"), nil)
	var no *pypi.RefusedError
	if !errors.As(err, &no) || no.Why != pypi.RefusedToken && no.Why != pypi.RefusedProject {
		r.t.Errorf("a wrong password: %+v", err)
	}
	r.says("a wrong password", err)
}

// says logs an answer that depends on the index. An answer without a kind would
// be one that nobody gets a way out of.
func (r *realIndex) says(what string, err error) {
	r.t.Helper()
	var no *pypi.RefusedError
	switch {
	case err == nil:
		r.t.Logf("%s: taken", what)
	case errors.As(err, &no) && no.Why != pypi.RefusedOther:
		r.t.Logf("%s: %d %s: %s", what, no.Status, no.Why, no.Text)
	default:
		r.t.Errorf("%s: %+v", what, err)
	}
}

// holds: the files are there, with these bytes.
func (r *realIndex) holds(all ...*pypi.Artifact) {
	r.t.Helper()
	page, err := r.x.Simple(r.t.Context(), r.name)
	files := page.Of("1.0")
	if err != nil || len(files) != len(all) {
		r.t.Fatalf("%+v %v", page, err)
	}
	for i, a := range all {
		d, err := r.x.Download(r.t.Context(), files[i])
		if err != nil || d.SHA256 != a.SHA256 || files[i].SHA256 != "" && files[i].SHA256 != a.SHA256 {
			r.t.Errorf("%s: %+v %+v %v", a.File, files[i], d, err)
		}
		r.t.Logf("%s: sha256 named %t, size named %t, time named %t", files[i].Name, files[i].SHA256 != "", files[i].Size > 0, !files[i].Uploaded.IsZero())
	}
}
