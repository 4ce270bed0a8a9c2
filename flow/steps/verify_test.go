package steps_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/steps"
	"ferry/pypi/pypitest"
)

// proved is a rule of a verification: a world, the verdict in it, and the checks
// that are bad there, no more and no fewer.
type proved struct {
	says   string
	like   options
	world  []happens
	ask    steps.VerifyOptions
	want   flow.Verdict
	bad    string // ids of the bad checks
	open   string // ids of checks that decide and were not made
	tells  string
	silent string
}

func (r proved) run(t *testing.T) {
	t.Parallel()
	r.like.hasty = r.silent
	b := newBench(t, r.like)
	for _, h := range r.world {
		h(b)
	}
	before := b.state()
	v := b.world.Verify(t.Context(), b.target, r.ask)
	var bad, open []string
	for _, c := range v.Checks {
		switch {
		case c.Evidence == "":
			t.Errorf("%s without evidence", c.ID)
		case c.Result == flow.Bad:
			bad = append(bad, c.ID)
		case c.Result == flow.NotChecked && c.Decides:
			open = append(open, c.ID)
		}
	}
	if v.Verdict != r.want || strings.Join(bad, " ") != r.bad || strings.Join(open, " ") != r.open {
		t.Errorf("%s, bad %q, open %q; want %s, %q, %q\n%s", v.Verdict, bad, open, r.want, r.bad, r.open, said(v))
	}
	if !strings.Contains(said(v), r.tells) {
		t.Errorf("nothing tells %q in\n%s", r.tells, said(v))
	}
	b.wayOut(v)
	if b.state() != before {
		t.Error("proving changed the world")
	}
}

// wayOut: every verdict but "verified" has a problem with its exit code, the
// reasons, and commands that go on.
func (b *bench) wayOut(v flow.Verification) {
	b.t.Helper()
	p := b.world.Unverified(v, steps.Again{})
	if v.Verdict == flow.Verified {
		if p != nil {
			b.t.Errorf("a verified release with a problem: %+v", p)
		}
		return
	}
	if p.Class != v.Verdict.Class() || p.Code != "verify."+string(v.Verdict) || len(p.Now) == 0 || len(p.Next) == 0 || len(p.Lines) == 0 || p.Retry == "" {
		b.t.Errorf("a problem that leaves a person alone: %+v", p)
	}
}

func said(v flow.Verification) string {
	var out strings.Builder
	for _, c := range v.Checks {
		fmt.Fprintf(&out, "%-12s %-11s %s\n", c.ID, c.Result, c.Evidence)
	}
	for _, f := range v.Files {
		fmt.Fprintf(&out, "%s %v %v\n", f.Name, f.Surfaces, f.Problems)
	}
	return out.String()
}

// attested puts files on the index with a provenance.
func attested(version string, names ...string) happens {
	return func(b *bench) {
		for _, n := range names {
			f := pypitest.File{Name: n, Data: dist(n).Data}
			if version != "1.4.0" {
				f.Name, f.Data = pypitest.Sdist(project, version, day, nil)
			}
			f.Provenance = provenance(f, "acme/acme-core")
			b.index.Publish(project, version, ago(3*hour), f)
		}
	}
}

// provenance is what PyPI keeps of a file that GitHub published.
func provenance(f pypitest.File, repository string) []byte {
	statement := fmt.Sprintf(`{"predicateType":"https://docs.pypi.org/attestations/publish/v1","subject":[{"name":%q,"digest":{"sha256":"%x"}}]}`, f.Name, sha256.Sum256(f.Data))
	return fmt.Appendf(nil, `{"version":1,"attestation_bundles":[{"publisher":{"kind":"GitHub","repository":%q,"workflow":"publish.yml","environment":"pypi"},"attestations":[{"envelope":{"statement":%q}}]}]}`,
		repository, base64.StdEncoding.EncodeToString([]byte(statement)))
}

// another is a wheel of the version with other contents.
func another(name string) pypitest.File {
	_, data := pypitest.Wheel(project, version, day, map[string]string{"acme_core/other.py": "import os\n"})
	return pypitest.File{Name: name, Data: data}
}

func TestVerifyRules(t *testing.T) {
	both, most := []string{sdist, wheel}, 3*hour
	rules := []proved{
		{says: "complete", world: released(2*hour, published(most, both...)), want: flow.Verified, tells: "2 files downloaded, sha256 as in CI log, JSON, index"},
		{says: "the job printed one hash of two", world: []happens{claim(1, ours, 9*hour), logged(ours, 2*hour, uploads(sdist)+"Uploading "+wheel+"\n", ci.StatePassed), published(most, both...)}, want: flow.Verified,
			tells: "JSON, index for " + wheel + "; CI log, JSON, index for " + sdist},
		{says: "one file without a size", world: released(2*hour, published(most, both...), page("simple", sizeless(sdist)), page("pypi", sizeless(sdist))), want: flow.Verified, tells: "how many there should be in " + sdist},
		{says: "one job's log is gone", world: []happens{claim(1, ours, 9*hour), logged(ours, 2*hour, uploads(sdist), ci.StatePassed, ci.StatePassed), published(most, sdist)}, want: flow.Verified,
			tells: "files        not-checked 1 file, as named by the publishing job's log; not every job's log could be read"},
		{says: "half", world: released(2*hour, published(most, sdist)), want: flow.Incomplete, bad: "files", tells: wheel},
		{says: "nothing", world: released(2 * hour), want: flow.Absent, bad: "files"},
		{says: "nothing, and CI has not begun", world: []happens{claim(1, ours, min5), branch(ours)}, want: flow.NotVisible, bad: "files"},
		{says: "nothing was ever done", want: flow.Absent, bad: "files"},
		{says: "one is missing, and the pages are young", world: released(min5, published(min11, sdist)), want: flow.NotVisible, bad: "files", open: "bytes"},
		{says: "other bytes than the job printed", world: released(2*hour, func(b *bench) { b.index.Publish(project, version, ago(most), dist(sdist), another(wheel)) }), want: flow.Mismatch, bad: "digests bytes contents", tells: wheel},
		{says: "other bytes than the pages say", world: released(2*hour, published(most, both...), page("packages", pypitest.Fault{Mangle: pypitest.WrongBytes})), want: flow.Mismatch, bad: "bytes", open: "metadata"},
		{says: "one page has other hashes", world: released(2*hour, published(most, both...), page("simple", pypitest.Fault{Mangle: pypitest.WrongHashes})), want: flow.Mismatch, bad: "digests bytes metadata"},
		{says: "one page has other sizes", world: released(2*hour, published(most, both...), page("simple", mangled(`"size":`, `"size":1`))), want: flow.Mismatch, bad: "size"},
		{says: "no page has a size", world: released(2*hour, published(most, both...), page("simple", mangled(`"size":`, `"length":`)), page("pypi", mangled(`"size":`, `"length":`))), want: flow.Verified, tells: "nobody says how many there should be"},
		{says: "a file more", world: []happens{claim(1, ours, 9*hour), logged(ours, 2*hour, uploads(sdist), ci.StatePassed), published(most, both...)}, want: flow.Unexpected, bad: "unexpected", tells: wheel},
		{says: "yanked", world: released(2*hour, published(most, both...), yanked), want: flow.Withdrawn, bad: "yanked", tells: "broken"},
		{says: "archived", world: released(2*hour, published(most, both...), status("archived")), want: flow.Verified, tells: "archived: by order; it takes no new file until an owner ends that; the files that are there can be installed"},
		{says: "deprecated", world: released(2*hour, published(most, both...), status("deprecated")), want: flow.Verified, tells: "deprecated: by order; its owners advise against it"},
		{says: "of a status that nobody knows", world: released(2*hour, published(most, both...), status("mothballed")), want: flow.Verified, tells: "status       not-checked the project is mothballed"},
		{says: "quarantined", world: released(2*hour, published(most, both...), status("quarantined")), want: flow.Withdrawn, bad: "files status", tells: "quarantined: by order"},
		{says: "invisible in simple", like: lagging(pypitest.Simple), world: released(2*hour, published(most, both...)), want: flow.NotVisible, bad: "simple", tells: "0 of 2 files"},
		{says: "invisible in JSON", like: lagging(pypitest.JSON), world: released(2*hour, published(most, both...)), want: flow.NotVisible, bad: "json"},
		{says: "invisible to people", world: released(2*hour, published(most, both...), page("project", pypitest.Fault{Status: 404})), want: flow.NotVisible, bad: "page"},
		{says: "invisible on the file host", world: released(2*hour, published(most, both...), page("packages", pypitest.Fault{Status: 404})), want: flow.NotVisible, bad: "host", open: "bytes"},
		{says: "provenance lost", world: released(2*hour, attested("1.3.0", "x"), published(most, both...)), want: flow.Unexpected, bad: "provenance", tells: "1.3.0 had it"},
		{says: "provenance as before", world: released(2*hour, attested("1.3.0", "x"), attested("1.4.0", both...)), want: flow.Verified, tells: "GitHub acme/acme-core publish.yml pypi"},
		{says: "another publisher than before", world: released(2*hour, attested("1.3.0", "x"), func(b *bench) {
			for _, n := range both {
				f := dist(n)
				f.Provenance = provenance(f, "mallory/acme-core")
				b.index.Publish(project, version, ago(most), f)
			}
		}), want: flow.Unexpected, bad: "provenance", tells: "mallory"},
		{says: "provenance that attests nothing", world: released(2*hour, attested("1.3.0", "x"), func(b *bench) {
			for _, n := range both {
				f := dist(n)
				f.Provenance = []byte(`{"version":1,"attestation_bundles":[]}`)
				b.index.Publish(project, version, ago(most), f)
			}
		}), want: flow.Unexpected, bad: "provenance", tells: "1.3.0 had it"},
		{says: "provenance, and that of the release before cannot be read", world: released(2*hour, attested("1.3.0", "x"), attested("1.4.0", both...), page("integrity/acme-core/1.3.0", pypitest.Fault{Status: 403})), want: flow.Verified, tells: "so nothing is compared"},
		{says: "more bytes than the pages say", world: released(2*hour, published(most, both...), page("packages", pypitest.Fault{Mangle: func(b []byte) []byte { return append(b, "more"...) }})), want: flow.Mismatch, bad: "size", open: "bytes"},
		{says: "provenance of other bytes", world: released(2*hour, func(b *bench) {
			f := dist(sdist)
			f.Provenance = provenance(another(sdist), "acme/acme-core")
			b.index.Publish(project, version, ago(most), f, dist(wheel))
		}), want: flow.Mismatch, bad: "provenance"},
		{says: "an orphan", world: []happens{published(most, both...)}, want: flow.Unexpected, bad: "origin", tells: "no claim, no tag and no build"},
		{says: "the metadata has another version", world: released(2*hour, func(b *bench) {
			_, data := pypitest.Wheel(project, "1.4.1", day, nil)
			b.index.Publish(project, version, ago(most), dist(sdist), pypitest.File{Name: wheel, Data: data})
		}), want: flow.Mismatch, bad: "digests bytes", open: "metadata"},
		{says: "too much to download by the way", world: released(2*hour, published(most, both...), page("simple", huge()), page("pypi", huge())), want: flow.Verified, tells: "--deep does more"},
		{says: "too much, and the digests differ", world: released(2*hour, published(most, both...), page("simple", huge()), page("pypi", pypitest.Fault{Mangle: func(b []byte) []byte { return pypitest.WrongHashes(huge().Mangle(b)) }})), want: flow.Mismatch, bad: "digests"},
		{says: "as much, downloaded", world: released(2*hour, published(most, both...), page("simple", huge()), page("pypi", huge())), ask: steps.VerifyOptions{Deep: true}, want: flow.Mismatch, bad: "size"},
		{says: "nobody names a sha256", like: options{noJSON: true, noCI: true}, world: []happens{branch(ours), published(most, both...), page("simple", mangled(`"sha256"`, `"md5"`))}, want: flow.VerdictUnknown, open: "bytes", tells: "--dist DIR"},
		{says: "the index shows other requirements than the wheel has", world: released(2*hour, func(b *bench) {
			f := dist(wheel)
			f.RequiresPython = ">=3.99"
			b.index.Publish(project, version, ago(most), dist(sdist), f)
		}), want: flow.Mismatch, bad: "metadata", tells: "Requires-Python"},
		{says: "the remote says nothing", world: released(2*hour, published(most, both...), down("git", "500")), want: flow.Verified, tells: "origin       ok"},
		{says: "remote and CI say nothing", world: released(2*hour, published(most, both...), down("git", "500"), down("ci", "500")), want: flow.VerdictUnknown, open: "files", tells: "origin       not-checked"},
		{says: "a wheel is missing, and CI, whose log names it, cannot be read", world: []happens{claim(1, ours, 9*hour), logged(ours, 2*hour, uploads(sdist, wheel)+"Uploading acme_core-1.4.0-cp312-cp312-manylinux_2_28_x86_64.whl\n", ci.StatePassed), published(most, both...), down("ci", "500")}, want: flow.VerdictUnknown, open: "files"},
		{says: "nothing says what to expect", like: options{noCI: true}, world: []happens{branch(ours), published(most, both...)}, want: flow.Verified, tells: "nothing says which files"},
	}
	for _, r := range rules {
		t.Run(r.says, r.run)
	}
}

// sizeless takes the size of one file off a page.
func sizeless(name string) pypitest.Fault {
	return pypitest.Fault{Mangle: func(b []byte) []byte {
		var doc any
		if err := json.Unmarshal(b, &doc); err != nil {
			panic(err)
		}
		var walk func(any)
		walk = func(node any) {
			switch n := node.(type) {
			case []any:
				for _, child := range n {
					walk(child)
				}
			case map[string]any:
				if n["filename"] == name {
					delete(n, "size")
				}
				for _, child := range n {
					walk(child)
				}
			}
		}
		walk(doc)
		out, err := json.Marshal(doc)
		if err != nil {
			panic(err)
		}
		return out
	}}
}

// huge makes every size on a page so large that their sum is no number any more.
func huge() pypitest.Fault { return mangled(`"size":`, `"size":900000000000000`) }

func status(word string) happens {
	return func(b *bench) { must(b.t, b.index.SetStatus(project, word, "by order")) }
}

// TestVerifyHostile: a witness that lies badly, or never ends, proves nothing.
func TestVerifyHostile(t *testing.T) {
	both := []string{sdist, wheel}
	answers := map[string]pypitest.Fault{
		"HTML with 200": {Status: 200, Body: "<html>maintenance</html>"},
		"too much":      {Flood: 17 << 20},
		"wrong types":   mangled(`"files":`, `"files":7,"f":`),
		"500":           {},
	}
	for name, f := range answers {
		for path, open := range map[string]string{"simple": "simple", "pypi": "json", "packages": "bytes"} {
			if path != "simple" && name == "wrong types" {
				continue
			}
			r := proved{says: path + ": " + name, world: released(2*hour, published(3*hour, both...), page(path, f)), want: flow.VerdictUnknown, open: open}
			t.Run(r.says, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, r.like)
				for _, h := range r.world {
					h(b)
				}
				v := b.world.Verify(t.Context(), b.target, r.ask)
				if v.Verdict == flow.Verified || !slices.ContainsFunc(v.Checks, func(c flow.Check) bool { return c.ID == open && c.Result != flow.Good }) {
					t.Errorf("%s\n%s", v.Verdict, said(v))
				}
				b.wayOut(v)
			})
		}
	}
}
