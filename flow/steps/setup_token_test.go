package steps_test

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/keyring"
	"ferry/pypi"
)

// macaroon is a token as PyPI makes them, with caveats, and signed by nobody.
func macaroon(host string, caveats ...string) keyring.Secret {
	out := []byte{2}
	packet := func(field byte, data string) {
		out = append(out, field)
		out = append(binary.AppendUvarint(out, uint64(len(data))), data...)
	}
	packet(1, host)
	packet(2, "CANARY")
	out = append(out, 0)
	for _, c := range caveats {
		packet(2, c)
		out = append(out, 0)
	}
	out = append(out, 0)
	packet(6, strings.Repeat("s", 32))
	return keyring.NewSecret("pypi-" + base64.RawURLEncoding.EncodeToString(out))
}

func token(host string, projects ...string) steps.IndexToken {
	t := steps.IndexToken{Secret: macaroon(host), Scope: "unknown"}
	if projects != nil {
		t.Secret = macaroon(host, `[1,["`+strings.Join(projects, `","`)+`"]]`)
		t.Projects, t.Limited, t.Scope = projects, true, "project "+projects[0]
	}
	return t
}

const here = "index.localhost" // as tokens of the bench's PyPI call it

// real makes the lane's index PyPI itself, as far as addresses go.
func real(y *yard) {
	y.y.Indexes["pypi"] = pypi.NewIndex(pypi.Config{Name: "pypi", Simple: "http://index.test/simple/", Upload: "https://upload.pypi.org/legacy/", Transport: wire{y.gate("index", y.index)}})
}

func TestStoreToken(t *testing.T) {
	was := func(y *yard) { existing("1.3.0")(y.bench) }
	keep := func(tok steps.IndexToken) func(*yard) { return func(y *yard) { y.keep("pypi", tok) } }
	all := func(fs ...func(*yard)) func(*yard) {
		return func(y *yard) {
			for _, f := range fs {
				f(y)
			}
		}
	}
	for name, c := range map[string]struct {
		begin  func(*yard)
		status flow.Status
		code   string
		says   string
		warns  string
	}{
		"none, a new project":        {status: flow.Todo, says: "made at https://pypi.org/manage/account/token/ (one for the whole account"},
		"none, a project":            {begin: was, status: flow.Todo, says: "made at https://pypi.org/manage/account/token/?selected_project=acme-core (one for the project acme-core)"},
		"for the account, a new one": {begin: keep(token(here)), status: flow.Done, says: "from the keyring; scope: unknown", warns: "once acme-core is there, replace it"},
		"for the account, a project": {begin: all(was, keep(token(here))), status: flow.Done, warns: "names no project: whoever has it"},
		"for the project":            {begin: all(was, keep(token(here, "acme-core"))), status: flow.Done, says: "scope: project acme-core"},
		"spelt otherwise":            {begin: all(was, keep(token(here, "Acme_Core"))), status: flow.Done},
		"of the environment":         {begin: func(y *yard) { e := token(here); e.From = "FERRY_TOKEN_PYPI"; y.purse.env["pypi"] = e }, status: flow.Done, says: "from FERRY_TOKEN_PYPI, nothing is stored"},
		"for another project":        {begin: all(was, keep(token(here, "other"))), status: flow.Failed, code: flow.CodeSetupTokenOther, says: "for another project than acme-core"},
		"limited to none": {begin: all(was, keep(steps.IndexToken{Secret: macaroon(here), Projects: []string{}, Limited: true, Scope: "nothing: its limits exclude each other"})),
			status: flow.Failed, code: flow.CodeSetupTokenOther, says: "scope: nothing"},
		"limited, and the name is free": {begin: keep(token(here, "acme-core")), status: flow.Failed, code: flow.CodeSetupTokenNew, says: "acme-core is not there yet"},
		"limited by a number": {begin: all(was, keep(steps.IndexToken{Secret: macaroon(here), Limited: true, Scope: "projects that only the index can name"})),
			status: flow.Done, says: "only the index can name"},
		"expired":              {begin: all(was, keep(steps.IndexToken{Secret: macaroon(here), Expires: time.Unix(1, 0)})), status: flow.Failed, code: flow.CodeSetupTokenExpired, says: "expired on 1970-01-01"},
		"of TestPyPI":          {begin: all(was, keep(token("test.pypi.org"))), status: flow.Failed, code: flow.CodeSetupTokenIndex, says: "is one for test.pypi.org"},
		"of PyPI, not for it":  {begin: all(was, keep(token("pypi.org"))), status: flow.Failed, code: flow.CodeSetupTokenIndex},
		"a password, at PyPI":  {begin: all(was, real, keep(plainToken(keyring.NewSecret("CANARY-hunter2")))), status: flow.Failed, code: flow.CodeSetupTokenShape, says: "is no API token of PyPI"},
		"of PyPI, at PyPI":     {begin: all(was, real, keep(token("pypi.org"))), status: flow.Done},
		"the keyring is shut":  {begin: func(y *yard) { y.purse.err = errors.New("locked") }, status: flow.Unknown, code: flow.CodeSetupTokenUnread},
		"the index is away":    {begin: func(y *yard) { y.shut("index", "500") }, status: flow.Unknown, code: flow.CodeIndexUnreachable},
		"it is TestPyPI's own": {begin: func(y *yard) { y.keep("testpypi", token(here)) }, status: flow.Todo},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := newYard(t, options{})
			if c.begin != nil {
				c.begin(y)
			}
			s := steps.NewStoreToken(y.y, y.s, y.lane("pypi"))
			f := y.see(t, s)
			if f.Status != c.status || !strings.Contains(f.Text, c.says) || !strings.Contains(f.Warning, c.warns) || c.code != "" && f.Problem.Code != c.code {
				t.Fatalf("%s %q %q %+v", f.Status, f.Text, f.Warning, f.Problem)
			}
			if _, err := y.attempt(s); c.status != flow.Todo && (err == nil || y.purse.asked > 0) {
				t.Errorf("it asked for a token: %v", err)
			}
		})
	}
}

func TestStoreTokenLaws(t *testing.T) {
	law(t, flow.Local, func(y *yard) { y.purse.typed = token(here) },
		func(y *yard) flow.Step { return steps.NewStoreToken(y.y, y.s, y.lane("pypi")) },
		func(y *yard) { y.keep("pypi", token("test.pypi.org")) })
}

// TestATokenThatDoesNotFitIsNotStored: it is held against the project before.
func TestATokenThatDoesNotFitIsNotStored(t *testing.T) {
	for code, typed := range map[string]steps.IndexToken{flow.CodeSetupTokenOther: token(here, "other"), flow.CodeSetupTokenIndex: token("test.pypi.org")} {
		y := newYard(t, options{})
		existing("1.3.0")(y.bench)
		y.purse.typed = typed
		s := steps.NewStoreToken(y.y, y.s, y.lane("pypi"))
		_, err := y.attempt(s)
		var p *flow.Problem
		if !errors.As(err, &p) || p.Code != code || len(y.purse.kept) > 0 || !strings.Contains(strings.Join(p.Next, "\n"), "selected_project=acme-core") {
			t.Errorf("%v %v", err, y.purse.kept)
		}
	}
}

// TestABroadTokenIsSaidToBe: when it is stored, not only when it is looked at.
func TestABroadTokenIsSaidToBe(t *testing.T) {
	y := newYard(t, options{})
	y.purse.typed = token(here)
	log, err := y.attempt(steps.NewStoreToken(y.y, y.s, y.lane("pypi")))
	if err != nil || !strings.Contains(log, "replace it by one for the project alone, made at https://pypi.org/manage/account/token/?selected_project=acme-core") {
		t.Errorf("%v %q", err, log)
	}
}

// TestUndoOfATokenTakesBackItsOwn: what another run stored stays, and so does what
// took the place of ours.
func TestUndoOfATokenTakesBackItsOwn(t *testing.T) {
	undo := func(y *yard, s *steps.StoreToken) error {
		return s.Undo(flow.WithReading(t.Context()), func(string) {})
	}
	for name, c := range map[string]func(y *yard, s *steps.StoreToken){
		"another run": func(y *yard, _ *steps.StoreToken) { y.keep("pypi", token(here)) },
		"another token": func(y *yard, s *steps.StoreToken) {
			y.purse.typed = token(here)
			must(t, y.run(s))
			y.keep("pypi", token(here, "acme-core"))
		},
		"hidden by a variable": func(y *yard, s *steps.StoreToken) {
			y.purse.typed = token(here)
			must(t, y.run(s))
			y.purse.env["pypi"] = token(here)
		},
	} {
		t.Run(name, func(t *testing.T) {
			y := newYard(t, options{})
			s := steps.NewStoreToken(y.y, y.s, y.lane("pypi"))
			c(y, s)
			var p *flow.Problem
			if err := undo(y, s); !errors.As(err, &p) || p.Code != flow.CodeSetupTokenKept || y.purse.kept["pypi"].Secret.IsZero() || !strings.Contains(strings.Join(p.Next, "\n"), "ferry auth logout pypi") {
				t.Errorf("%v %v", err, y.purse.kept)
			}
		})
	}
	y := newYard(t, options{})
	y.purse.typed = token(here)
	s := steps.NewStoreToken(y.y, y.s, y.lane("pypi"))
	must(t, y.run(s))
	delete(y.purse.kept, "pypi")
	must(t, undo(y, s))
}
