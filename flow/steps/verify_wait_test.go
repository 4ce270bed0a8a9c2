package steps_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ferry/flow"
	"ferry/flow/steps"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// bare is a world of an index alone, in memory.
func bare(index *pypitest.Server) steps.World {
	return steps.World{Waits: steps.Waits{Every: 10 * time.Second}, Index: pypi.NewIndex(pypi.Config{Name: "pypi", Simple: "http://index.test/simple/",
		JSON: "http://index.test/pypi/", Transport: wire{index}, Timeout: 10 * time.Second})}
}

// TestAwaitBacksOff: a 404 is kept by caches for a minute, so that is how long it
// takes until the next look; a page that is merely late is read again sooner.
func TestAwaitBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		index := pypitest.New(pypitest.Options{Lag: map[string]time.Duration{pypitest.Simple: 25 * time.Second}})
		target := steps.Target{Name: project, Version: version}
		began, looks := time.Now(), []time.Duration{}
		v := bare(index).Await(t.Context(), target, steps.VerifyOptions{}, 20*time.Minute, func(v flow.Verification) {
			looks = append(looks, time.Since(began))
			if len(looks) == 2 {
				index.Publish(project, version, time.Now(), dist(sdist))
			}
		})
		// absent twice; a minute after the second look both pages show it
		if want := []time.Duration{0, time.Minute}; v.Verdict != flow.Verified || fmt.Sprint(looks) != fmt.Sprint(want) {
			t.Errorf("%s after looks at %v, want %v\n%s", v.Verdict, looks, want, said(v))
		}
		began = time.Now()
		v = bare(index).Await(t.Context(), steps.Target{Name: "other", Version: "1"}, steps.VerifyOptions{}, 150*time.Second, func(flow.Verification) {})
		if took := time.Since(began); v.Verdict != flow.Absent || took != 2*time.Minute {
			t.Errorf("%s after %s: a wait goes on to its limit and not beyond", v.Verdict, took)
		}
	})
}

// TestAwaitEnds: what cannot become better is not waited for, and a person may leave.
func TestAwaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		index := pypitest.New(pypitest.Options{})
		index.Publish(project, version, time.Now(), dist(sdist))
		must(t, index.Yank(project, version, "broken"))
		began := time.Now()
		v := bare(index).Await(t.Context(), steps.Target{Name: project, Version: version}, steps.VerifyOptions{}, time.Hour, func(flow.Verification) {})
		if v.Verdict != flow.Withdrawn || time.Since(began) != 0 {
			t.Errorf("%s after %s", v.Verdict, time.Since(began))
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("left")
		v = bare(index).Await(ctx, steps.Target{Name: "other", Version: "1"}, steps.VerifyOptions{}, time.Hour, func(flow.Verification) { cancel(stop) })
		if v.Verdict == flow.Verified || time.Since(began) != 0 {
			t.Errorf("%s after %s: it went on after the person left", v.Verdict, time.Since(began))
		}
	})
}

// trickle answers for the file host with a byte now and then, and no end.
type trickle struct {
	http.RoundTripper
	every time.Duration
}

func (t trickle) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.Contains(r.URL.Path, "/packages/") {
		return t.RoundTripper.RoundTrip(r)
	}
	return &http.Response{StatusCode: 200, ContentLength: -1, Header: http.Header{}, Request: r, Body: io.NopCloser(drip{r.Context(), t.every})}, nil
}

type drip struct {
	ctx   context.Context
	every time.Duration
}

func (d drip) Read(b []byte) (int, error) {
	select {
	case <-time.After(d.every):
		return copy(b, make([]byte, 1<<10)), nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

// TestAwaitIsOver: a look that goes on and on ends soon after the limit.
func TestAwaitIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		index := pypitest.New(pypitest.Options{})
		huge := pypitest.File{Name: sdist, Data: make([]byte, 100<<20)}
		index.Publish(project, version, time.Now(), huge)
		w := bare(index)
		w.Index = pypi.NewIndex(pypi.Config{Name: "pypi", Simple: "http://index.test/simple/", JSON: "http://index.test/pypi/", Transport: trickle{wire{index}, 500 * time.Millisecond}})
		began := time.Now()
		v := w.Await(t.Context(), steps.Target{Name: project, Version: version}, steps.VerifyOptions{}, 10*time.Minute, func(flow.Verification) {})
		if took := time.Since(began); v.Verdict != flow.VerdictUnknown || took < 10*time.Minute || took > 12*time.Minute || !strings.Contains(one(t, v, "bytes").Evidence, "the time of the wait is over") {
			t.Errorf("%s after %s\n%s", v.Verdict, took, said(v))
		}
	})
}

// TestAwaitInVain: nobody waits for what cannot change.
func TestAwaitInVain(t *testing.T) {
	for name, c := range map[string]struct {
		fault pypitest.Fault
		waits bool
	}{
		"an index that names no sha256": {pypitest.Fault{Path: "/simple/", Mangle: func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"sha256"`), []byte(`"md5"`)) }}, false},
		"a page that is too large":      {pypitest.Fault{Path: "/simple/", Flood: 17 << 20}, false},
		"a login that is wanted":        {pypitest.Fault{Path: "/packages/", Status: 401}, false},
		"a server that is down":         {pypitest.Fault{Path: "/packages/", Status: 503}, true},
		"a page for maintenance":        {pypitest.Fault{Path: "/simple/", Status: 200, Body: "<html>soon back</html>"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				index := pypitest.New(pypitest.Options{})
				index.Publish(project, version, time.Now(), dist(sdist))
				c.fault.Times = -1
				index.Fault(c.fault)
				w := bare(index)
				w.Index = pypi.NewIndex(pypi.Config{Name: "corp", Simple: "http://index.test/simple/", Transport: wire{index}})
				began := time.Now()
				v := w.Await(t.Context(), steps.Target{Name: project, Version: version}, steps.VerifyOptions{}, 20*time.Minute, func(flow.Verification) {})
				if waited := time.Since(began) > 15*time.Minute; v.Verdict != flow.VerdictUnknown || waited != c.waits {
					t.Errorf("%s after %s\n%s", v.Verdict, time.Since(began), said(v))
				}
			})
		})
	}
}

// signed is the provenance of a file whose certificate names a commit.
func signed(t *testing.T, f pypitest.File, commit string) []byte {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	value, err := asn1.MarshalWithParams(commit, "utf8")
	must(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 13}, Value: value}}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, public, private)
	must(t, err)
	statement := fmt.Sprintf(`{"predicateType":"x","subject":[{"name":%q,"digest":{"sha256":"%x"}}]}`, f.Name, sha256.Sum256(f.Data))
	return fmt.Appendf(nil, `{"version":1,"attestation_bundles":[{"publisher":{"kind":"GitHub","repository":"acme/acme-core"},"attestations":[{"verification_material":{"certificate":%q},"envelope":{"statement":%q}}]}]}`,
		base64.StdEncoding.EncodeToString(der), base64.StdEncoding.EncodeToString([]byte(statement)))
}

// TestVerifyAttestedCommit: that somebody attested proves nothing; what must be
// right is the commit.
func TestVerifyAttestedCommit(t *testing.T) {
	for who, want := range map[who]flow.Verdict{ours: flow.Verified, theirs: flow.Unexpected} {
		b := newBench(t, options{})
		for _, h := range released(2*hour, func(b *bench) {
			for _, n := range []string{sdist, wheel} {
				f := dist(n)
				f.Provenance = signed(t, f, b.commit(who))
				b.index.Publish(project, version, ago(3*hour), f)
			}
		}) {
			h(b)
		}
		if v := b.world.Verify(t.Context(), b.target, steps.VerifyOptions{}); v.Verdict != want {
			t.Errorf("commit %d: %s, want %s\n%s", who, v.Verdict, want, said(v))
		}
	}
}
