package steps_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/keyring"
	"ferry/pypi/pypitest"
)

// built puts an sdist into the package's dist folder.
func (y *yard) built(name, version string) {
	y.t.Helper()
	code := map[string]string{"acme_core.py": "x = 1\n"}
	f := named(pypitest.Sdist(name, version, day, code))
	at := filepath.Join(y.dir, y.s.Dir, "dist")
	must(y.t, os.MkdirAll(at, 0o700))
	must(y.t, os.WriteFile(filepath.Join(at, f.Name), f.Data, 0o600))
}

// enrolling is a yard whose lanes are registered by a way.
func enrolling(t testing.TB, way steps.Way) *yard {
	y := newYard(t, options{})
	for i := range y.s.Lanes {
		y.s.Lanes[i].Register = way
	}
	y.keep("pypi", steps.IndexToken{Secret: keyring.NewSecret(accountToken), Scope: "unknown"})
	return y
}

func TestRegisterLane(t *testing.T) {
	was := func(y *yard) { existing("1.3.0")(y.bench) }
	dist := func(y *yard) { y.built(project, version) }
	trusted := func(y *yard) { y.s.How = steps.PublishWorkflow }
	for name, c := range map[string]struct {
		way    steps.Way
		begin  []func(*yard)
		after  flow.Status
		status flow.Status
		code   string
		says   string
		warns  string
	}{
		"left to CI":                {status: flow.Done, says: "CI's first upload makes the project", warns: "nothing reserves the name acme-core on PyPI"},
		"left to trusted CI":        {begin: []func(*yard){trusted}, status: flow.Done, says: "by the pending publisher"},
		"there, by somebody":        {begin: []func(*yard){was}, status: flow.Done, says: "of maintainer (Owner); whether your token may upload to it, only an upload tells", warns: "go on only if you are maintainer (Owner)"},
		"there, for trusted CI":     {begin: []func(*yard){was, trusted, func(y *yard) { y.purse.err = errors.New("asked for a token") }}, status: flow.Done, says: "whether CI may upload to it"},
		"there, without a file":     {begin: []func(*yard){func(y *yard) { y.index.Publish(project, "", ago(hour)) }}, status: flow.Done, warns: "an account of yours"},
		"there, and the token says": {begin: []func(*yard){was, func(y *yard) { y.keep("pypi", token(here, project)) }}, status: flow.Done, says: "the token is one for it"},
		"quarantined":               {begin: []func(*yard){was, func(y *yard) { must(y.t, y.index.Quarantine(project, "malware")) }}, status: flow.Conflict, code: flow.CodeRegisterHidden},
		"similar":                   {begin: []func(*yard){func(y *yard) { y.index.Publish("acme-c0re", "", ago(hour)); y.s.Known = []string{"acme-c0re"} }}, status: flow.Failed, code: flow.CodeRegisterName},
		"Python's own":              {begin: []func(*yard){func(y *yard) { y.s.Name = "json" }}, status: flow.Failed, code: flow.CodeRegisterName},
		"no name":                   {begin: []func(*yard){func(y *yard) { y.s.Name = "a b" }}, status: flow.Failed, code: flow.CodeRegisterName},
		"the index is away":         {begin: []func(*yard){func(y *yard) { y.shut("index", "html") }}, status: flow.Unknown},
		"TestPyPI's is not PyPI's":  {begin: []func(*yard){func(y *yard) { y.test.Publish(project, "", ago(hour)) }}, status: flow.Done, says: "PyPI shows no project"},

		"upload":                   {way: steps.ByUpload, begin: []func(*yard){dist}, status: flow.Todo, says: "send acme_core-1.4.0.tar.gz, the first file makes the project"},
		"upload, after the token":  {way: steps.ByUpload, begin: []func(*yard){dist}, after: flow.Todo, status: flow.Todo, says: "after this: the token"},
		"upload, token not known":  {way: steps.ByUpload, begin: []func(*yard){dist}, after: flow.Unknown, status: flow.Unknown},
		"upload, there":            {way: steps.ByUpload, begin: []func(*yard){was}, after: flow.Todo, status: flow.Done},
		"upload, no sdist":         {way: steps.ByUpload, status: flow.Failed, code: flow.CodeRegisterPlaceholder, says: "no sdist of acme-core 1.4.0 in dist/"},
		"upload, another version":  {way: steps.ByUpload, begin: []func(*yard){func(y *yard) { y.built(project, "1.3.0") }}, status: flow.Failed, code: flow.CodeRegisterPlaceholder},
		"upload, another project":  {way: steps.ByUpload, begin: []func(*yard){func(y *yard) { y.built("acme", version) }}, status: flow.Failed, code: flow.CodeRegisterPlaceholder},
		"upload, by tags":          {way: steps.ByUpload, begin: []func(*yard){dist, func(y *yard) { y.s.Version = "" }}, status: flow.Todo},
		"upload, by tags, several": {way: steps.ByUpload, begin: []func(*yard){dist, func(y *yard) { y.s.Version = ""; y.built(project, "1.3.0") }}, status: flow.Failed, code: flow.CodeSetupSdists},
		"upload, damaged": {way: steps.ByUpload, begin: []func(*yard){dist, func(y *yard) {
			must(y.t, os.WriteFile(filepath.Join(y.dir, "dist", "acme_core-1.4.0.tar.gz"), []byte("x"), 0o600))
		}}, status: flow.Failed, code: flow.CodeUploadFile},
		"upload, a local version": {way: steps.ByUpload, begin: []func(*yard){func(y *yard) { y.s.Version = "1.4.0+local"; y.built(project, "1.4.0+local") }}, status: flow.Failed, code: flow.CodeUploadLocal},
		"submit":                  {way: steps.BySubmit, begin: []func(*yard){dist}, status: flow.Failed, code: flow.CodeUploadRegister},
		"publisher":               {way: steps.ByPublisher, begin: []func(*yard){trusted}, status: flow.Underway, says: "enter a pending publisher for acme-core at https://pypi.org/manage/account/publishing/"},
		"publisher, for Travis":   {way: steps.ByPublisher, status: flow.Failed, code: flow.CodeRegisterPending},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := enrolling(t, c.way)
			for _, h := range c.begin {
				h(y)
			}
			var after []flow.Step
			if c.after != "" {
				after = append(after, y.before(c.after, "the token"))
			}
			s := steps.NewRegister(y.y, y.s, y.lane("pypi"), after...)
			f := y.see(t, s)
			if f.Status != c.status || !strings.Contains(f.Text, c.says) || !strings.Contains(f.Warning, c.warns) || c.code != "" && f.Problem.Code != c.code {
				t.Fatalf("%s %q %q %+v", f.Status, f.Text, f.Warning, f.Problem)
			}
			acts := c.status == flow.Todo && c.after == ""
			if _, err := y.attempt(s); (err == nil) != acts || (len(y.index.Uploads()) > 0) != acts {
				t.Errorf("it acted: %v, %d", err, len(y.index.Uploads()))
			}
		})
	}
}

func TestRegisterLaneLaws(t *testing.T) {
	law(t, flow.Permanent, func(y *yard) {
		y.s.Lanes[1].Register = steps.ByUpload
		y.keep("pypi", steps.IndexToken{Secret: keyring.NewSecret(accountToken)})
		y.built(project, version)
	}, func(y *yard) flow.Step { return steps.NewRegister(y.y, y.s, y.lane("pypi")) }, func(y *yard) {
		published(hour, sdist)(y.bench)
		must(t, y.index.Quarantine(project, "malware"))
	})
	law(t, flow.Reads, func(*yard) {}, func(y *yard) flow.Step { return steps.NewNameCheck(y.y, y.s, y.lane("pypi")) },
		func(y *yard) { y.index.Publish(project, "", ago(hour)); must(t, y.index.Quarantine(project, "x")) })
}

// TestRegisterLaneInAFolder: of a repository of several packages.
func TestRegisterLaneInAFolder(t *testing.T) {
	y := enrolling(t, steps.ByUpload)
	y.s.Dir = "packages/core"
	s := steps.NewRegister(y.y, y.s, y.lane("pypi"))
	if f := y.see(t, s); f.Status != flow.Failed || f.Problem.Next[0] != "python3 -m build --sdist packages/core" || flow.Shell(s.Command()) != f.Problem.Next[0] {
		t.Errorf("%+v %v", f.Problem, s.Command())
	}
	y.built(project, version)
	if f := y.see(t, s); f.Status != flow.Todo || !strings.HasPrefix(flow.Shell(s.Command()), "twine upload ") || !strings.HasSuffix(flow.Shell(s.Command()), "packages/core/dist/acme_core-1.4.0.tar.gz") {
		t.Errorf("%s %s %v", f.Status, f.Text, s.Command())
	}
}

// TestRegisterLaneWithoutAToken sends nothing.
func TestRegisterLaneWithoutAToken(t *testing.T) {
	y := enrolling(t, steps.ByUpload)
	y.built(project, version)
	delete(y.purse.kept, "pypi")
	_, err := y.attempt(steps.NewRegister(y.y, y.s, y.lane("pypi")))
	var p *flow.Problem
	if !errors.As(err, &p) || p.Code != flow.CodeSetupTokenNone || len(y.index.Uploads()) > 0 {
		t.Errorf("%v", err)
	}
}
