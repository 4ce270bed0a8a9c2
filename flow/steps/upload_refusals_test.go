package steps_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/keyring"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// packed is an sdist with what a test wants in its metadata.
func (b *bench) packed(name, version, headers string) *pypi.Artifact {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	stem := pypi.FileStem(name) + "-" + version
	metadata := "Metadata-Version: 2.4\n"
	if strings.HasPrefix(headers, "Metadata-Version") {
		metadata = ""
	}
	for path, text := range map[string]string{"PKG-INFO": metadata + "Name: " + name + "\nVersion: " + version + "\n" + headers, "a.py": "x"} {
		must(b.t, w.WriteHeader(&tar.Header{Name: stem + "/" + path, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}))
		_, err := w.Write([]byte(text))
		must(b.t, err)
	}
	must(b.t, errors.Join(w.Close(), z.Close()))
	return b.artifact(named(stem+".tar.gz", out.Bytes()))
}

// refusalCase brings one refusal about.
type refusalCase struct {
	like  options
	begin happens
	file  func(*bench) *pypi.Artifact // nil: the bench's wheel
	user  string
	class flow.Class
	way   string // is in what the problem says is true, or next
}

func meta(headers string) func(*bench) *pypi.Artifact {
	return func(b *bench) *pypi.Artifact { return b.packed(project, version, headers) }
}

func other(name, version string) func(*bench) *pypi.Artifact {
	return func(b *bench) *pypi.Artifact { return b.packed(name, version, "") }
}

func fault(f pypitest.Fault) happens {
	f.Path = "/legacy/"
	return func(b *bench) { b.index.Fault(f) }
}

func spoilt(how string) options { return options{spoilt: map[string]string{accountToken: how}} }

func refusalCases() map[pypi.Refusal]refusalCase {
	const f, c, k, w, u = flow.ClassFailed, flow.ClassConflict, flow.ClassCredentials, flow.ClassWaiting, flow.ClassUnknown
	older := func(b *bench) {
		b.index.Publish(project, version, ago(15*24*hour), dist(linux))
	}
	return map[pypi.Refusal]refusalCase{
		pypi.RefusedToken:           {like: spoilt(pypitest.Forged), class: k, way: "ferry auth login corp"},
		pypi.RefusedPassword:        {user: "ada", class: k, way: "__token__"},
		pypi.RefusedProject:         {begin: both(existing("1.3.0"), ownedBy("eve")), class: k, way: "An owner can add"},
		pypi.RefusedScope:           {user: scopedToken, class: k, way: "for the whole account"},
		pypi.RefusedExpired:         {like: spoilt(pypitest.Expired), class: k, way: "past its time"},
		pypi.RefusedAccount:         {like: spoilt(pypitest.OneFactor), class: k, way: "second factor"},
		pypi.RefusedPublisher:       {like: spoilt(pypitest.Minted), class: k, way: "the same"},
		pypi.RefusedReadOnly:        {begin: func(b *bench) { b.index.SetMode(pypitest.ReadOnly) }, class: w, way: "administrators"},
		pypi.RefusedName:            {file: other("kept-back", version), class: f, way: "another name"},
		pypi.RefusedNameStdlib:      {file: other("json", version), class: f, way: "another name"},
		pypi.RefusedNameSimilar:     {begin: func(b *bench) { b.index.Publish("acme-c0re", "", ago(hour)) }, class: f, way: "another name"},
		pypi.RefusedNameTaken:       {begin: func(b *bench) { b.index.Race(project) }, class: c, way: "somebody else"},
		pypi.RefusedProjectRate:     {like: options{maxNew: -1}, class: w, way: "20 new projects an hour"},
		pypi.RefusedMetadataVersion: {file: meta("Metadata-Version: 2.6\n"), class: f, way: "build-system.requires"},
		pypi.RefusedLocalVersion:    {file: other(project, version+"+g123"), class: f, way: "drop what follows the +"},
		pypi.RefusedDirectURL:       {file: meta("Requires-Dist: b @ https://x/b.whl\n"), class: f, way: "Depend on a version"},
		pypi.RefusedMetadata:        {file: meta("Classifier: Private :: Do Not Upload\n"), class: f, way: "python3 -m build"},
		pypi.RefusedDescription:     {file: meta("\nTitle that is long\n=====\n"), class: f, way: "twine check"},
		pypi.RefusedExists:          {like: options{lag: map[string]time.Duration{"simple": hour, "json": hour}}, begin: published(0, wheel), class: u, way: "not known"},
		pypi.RefusedDeleted: {begin: func(b *bench) {
			uploaded(1)(b)
			must(b.t, b.index.DeleteFile(project, wheel))
		}, class: c, way: "new version"},
		pypi.RefusedOld: {begin: older, class: f, way: "cannot be completed"},
		pypi.RefusedSdist: {begin: func(b *bench) {
			b.index.Publish(project, version, ago(hour), named("acme_core-1.4.0.zip", []byte("x")))
		}, file: meta(""), class: c, way: "another sdist"},
		pypi.RefusedFilename:    {file: func(b *bench) *pypi.Artifact { return b.renamed("Acme_Core-1.4.0-py3-none-any.whl") }, class: f, way: "newer backend"},
		pypi.RefusedPlatform:    {file: plainLinux, class: f, way: "auditwheel"},
		pypi.RefusedSize:        {like: options{maxFile: 10}, class: f, way: "higher limit"},
		pypi.RefusedProjectSize: {like: options{maxProject: 10}, begin: existing("1.3.0"), class: f, way: "delete old releases"},
		pypi.RefusedDigest: {file: func(b *bench) *pypi.Artifact {
			b.dist[0].BLAKE2 = strings.Repeat("0", 64)
			return b.dist[0]
		}, class: f, way: "hashed here"},
		pypi.RefusedArchive: {file: meta("License-File: COPYING\n"), class: f, way: "Build it anew"},
		pypi.RefusedAddress: {begin: func(b *bench) { b.upTo("http://index.localhost/pypi") }, class: flow.ClassUsage, way: "git grep --untracked -n upload -- :/ferry.toml :/pyproject.toml"},
		pypi.RefusedRate:    {begin: fault(pypitest.Fault{Status: 429, Body: "slowly", Header: map[string]string{"Retry-After": "90"}}), class: w, way: "wait 1m30s"},
		pypi.RefusedServer:  {begin: fault(pypitest.Fault{Status: 503, Body: "later"}), class: u, way: "send the same bytes again is safe"},
		pypi.RefusedOther:   {begin: fault(pypitest.Fault{Status: 400, Body: "because"}), class: f, way: "own words"},
	}
}

// renamed is the bench's wheel under another name.
func (b *bench) renamed(name string) *pypi.Artifact {
	data, err := os.ReadFile(b.dist[0].Path)
	must(b.t, err)
	return b.artifact(named(name, data))
}

func plainLinux(b *bench) *pypi.Artifact {
	return b.artifact(named(pypitest.TaggedWheel(project, version, "cp312-cp312-linux_x86_64", day, nil)))
}

// upTo gives the index another upload address.
func (b *bench) upTo(address string) {
	b.world.Index = pypi.NewIndex(pypi.Config{Name: "corp", Simple: "http://index.test/simple/", Upload: address, Transport: wire{b.gates["index"]}})
}

// TestEveryRefusal: each kind of refusal is a Problem of its own, with the index's
// words and a way out, and the index has taken nothing.
func TestEveryRefusal(t *testing.T) {
	cases := refusalCases()
	for why, c := range cases {
		t.Run(string(why), func(t *testing.T) {
			t.Parallel()
			c.like.private = true // no rule is known before
			b := newBench(t, c.like)
			if c.begin != nil {
				c.begin(b)
			}
			s := steps.Upload{World: b.world, Files: b.dist[:1], Login: b.login}
			if c.file != nil {
				s.Files = []*pypi.Artifact{c.file(b)}
			}
			if c.user != "" {
				s.Login = loginAs(c.user)
			}
			refusedAs(t, b, s, why, c)
		})
	}
	for _, why := range allRefusals(t) {
		if _, ok := cases[why]; !ok && why != pypi.RefusedRegister { // TestRegisterBySubmit
			t.Errorf("nothing brings %q about", why)
		}
	}
}

func loginAs(user string) steps.Login {
	if user == scopedToken {
		return func(context.Context) (string, keyring.Secret, error) {
			return pypi.TokenUser, keyring.NewSecret(scopedToken), nil
		}
	}
	return func(context.Context) (string, keyring.Secret, error) { return user, keyring.NewSecret("secret"), nil }
}

func refusedAs(t *testing.T, b *bench, s steps.Upload, why pypi.Refusal, c refusalCase) {
	t.Helper()
	if f := s.Observe(flow.WithReading(t.Context())); f.Status != flow.Todo {
		t.Fatalf("before: %s %s", f.Status, f.Text)
	}
	_, err := b.attempt(s)
	code := "upload." + string(why)
	if why == pypi.RefusedOther {
		code = flow.CodeUploadRefused
	}
	var p *flow.Problem
	var said *pypi.RefusedError
	if !errors.As(err, &p) || p.Code != code || p.Class != c.class || !errors.As(err, &said) || said.Why != why {
		t.Fatalf("%+v", err)
	}
	if !strings.Contains(p.Text, s.Files[0].File) || !strings.Contains(p.Text, said.Text) || p.Retry == "" || len(p.Next) == 0 ||
		!strings.Contains(fmt.Sprintln(p.Now, p.Next), c.way) || strings.Contains(fmt.Sprint(p.Now, p.Next), "CMD") || strings.Contains(fmt.Sprint(p.Now), "TOKENPAGE") {
		t.Errorf("says too little: %+v", p)
	}
	if len(b.taken()) > 0 {
		t.Errorf("taken: %v", b.taken())
	}
}

// allRefusals reads the kinds where they are declared.
func allRefusals(t *testing.T) (all []pypi.Refusal) {
	t.Helper()
	source, err := os.ReadFile("../../pypi/upload_refused.go")
	must(t, err)
	for _, m := range regexp.MustCompile(`Refused\w+ +Refusal = "([a-z-]*)"`).FindAllStringSubmatch(string(source), -1) {
		all = append(all, pypi.Refusal(m[1]))
	}
	if len(all) < 30 {
		t.Fatalf("%d kinds", len(all))
	}
	return all
}
