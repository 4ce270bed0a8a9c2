package ci_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ferry/flow/ci"
)

// service answers in memory and counts what it is asked.
type service struct {
	asked, whole int
	body, etag   string
	then         func(http.Header) int // another status than 200
	err          error
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked++
	if s.err != nil {
		return nil, s.err
	}
	res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}, Request: r}
	body := s.body
	if s.etag != "" {
		res.Header.Set("ETag", s.etag)
	}
	switch {
	case s.then != nil:
		res.StatusCode = s.then(res.Header)
	case s.etag != "" && r.Header.Get("If-None-Match") == s.etag:
		res.StatusCode, body = http.StatusNotModified, ""
	default:
		s.whole++
	}
	res.Body = io.NopCloser(strings.NewReader(body))
	return res, nil
}

// look asks for pages of a service, as somebody who waits or as one who acts.
func look(t *testing.T, p *ci.Polite, waits bool, pages ...string) (body string, readAt time.Time, err error) {
	t.Helper()
	ctx, w := t.Context(), (*ci.Watch)(nil)
	if waits {
		ctx, w = ci.Watching(ctx)
	}
	for _, page := range pages {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://ci.test/"+page, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := p.RoundTrip(r)
		if err != nil {
			return "", time.Time{}, err
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		body += fmt.Sprint(res.StatusCode, " ", string(b))
	}
	if w != nil {
		readAt = w.ReadAt()
	}
	return body, readAt, nil
}

// TestIdle: six hours of looks every ten seconds at one, two and five pages.
func TestIdle(t *testing.T) {
	t.Parallel()
	for n, delay := range map[int]time.Duration{1: 6 * time.Minute, 2: 12 * time.Minute, 5: 30 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			s := &service{body: `{"state":"running"}`}
			p, pages := ci.NewPolite(s), strings.Split("a b c d e", " ")[:n]
			var worst time.Duration
			for hour := range 6 {
				before := s.asked
				for range 360 {
					_, at, err := look(t, p, true, pages...)
					if err != nil {
						t.Fatal(err)
					}
					if !at.IsZero() {
						worst = max(worst, time.Since(at))
					}
					time.Sleep(10 * time.Second)
				}
				if got := s.asked - before; got > 30 || got < 8 {
					t.Errorf("%d pages, hour %d: %d requests", n, hour, got)
				}
			}
			if worst > delay+10*time.Second {
				t.Errorf("%d pages: an answer was read again after %v", n, worst)
			}
			t.Logf("%d pages a look: the oldest answer was %v old", n, worst)
		})
	}
}

// TestSoonAfter: how late a change is seen grows with the quiet before it.
func TestSoonAfter(t *testing.T) {
	t.Parallel()
	for n, part := range map[int]float64{1: 0.28, 2: 0.64} {
		for _, quiet := range []time.Duration{30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute} {
			synctest.Test(t, func(t *testing.T) {
				s := &service{body: "1"}
				p, pages := ci.NewPolite(s), strings.Split("a b", " ")[:n]
				began := time.Now()
				for time.Since(began) < quiet {
					_, _, _ = look(t, p, true, pages...)
					time.Sleep(10 * time.Second)
				}
				s.body = "2"
				for changed := time.Now(); ; time.Sleep(10 * time.Second) {
					if got, _, err := look(t, p, true, pages...); err != nil || strings.Contains(got, "2002") || strings.Contains(got, " 2") {
						if late := time.Since(changed); late > time.Duration(part*float64(quiet))+20*time.Second {
							t.Errorf("%d requests a look, %v of quiet: seen %v late", n, quiet, late)
						}
						return
					}
				}
			})
		}
	}
}

// TestChange: it is seen in time, and the looks after it ask at once.
func TestChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{body: `1`}
		p := ci.NewPolite(s)
		for range 360 {
			_, _, _ = look(t, p, true, "a")
			time.Sleep(10 * time.Second)
		}
		s.body = `2`
		began := time.Now()
		for {
			if got, _, err := look(t, p, true, "a"); err != nil || got == "200 2" {
				break
			}
			time.Sleep(10 * time.Second)
		}
		if took := time.Since(began); took > 6*time.Minute+10*time.Second {
			t.Errorf("seen after %v", took)
		}
		s.body = `3`
		time.Sleep(10 * time.Second)
		if got, at, err := look(t, p, true, "a"); err != nil || got != "200 3" || !at.IsZero() {
			t.Errorf("the next change: %s, %v, %v", got, at, err)
		}
	})
}

// TestWhoActsReadsAnew: and so does the watch after an act of ours.
func TestWhoActsReadsAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{body: `1`, etag: `"1"`}
		p := ci.NewPolite(s)
		for range 20 {
			_, _, _ = look(t, p, true, "a")
		}
		asked := s.asked
		if got, _, err := look(t, p, false, "a"); err != nil || got != "200 1" || s.asked != asked+1 || s.whole != 1 {
			t.Errorf("%s, %v: %d requests, %d whole", got, err, s.asked-asked, s.whole)
		}
		s.body, s.etag = `2`, `"2"`
		if got, _, _ := look(t, p, false, "a"); got != "200 2" {
			t.Errorf("got %s", got)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://ci.test/restart", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := p.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		s.body, s.etag = `3`, `"3"`
		time.Sleep(time.Second)
		if got, _, _ := look(t, p, true, "a"); got != "200 3" {
			t.Errorf("after an act: got %s", got)
		}
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*service){
		"no connection": func(s *service) { s.err = errors.New("connection refused") },
		"500":           func(s *service) { s.then = func(http.Header) int { return http.StatusInternalServerError } },
		"HTML":          func(s *service) { s.body = "<!DOCTYPE html><html>" },
		"half":          func(s *service) { s.body = `{"a":` },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &service{body: `{}`}
			p := ci.NewPolite(s)
			_, _, _ = look(t, p, true, "a")
			spoil(s)
			asked := s.asked
			for range 360 {
				time.Sleep(10 * time.Second)
				if got, _, err := look(t, p, true, "a"); err == nil && got == "200 {}" {
					t.Fatalf("%s: what was true before is told as if it were now", name)
				}
			}
			if n := s.asked - asked; n > 30 || n < 10 {
				t.Errorf("%s: %d requests in an hour", name, n)
			}
			last := p.LastAnswer()
			s.err, s.then, s.body = nil, nil, `{"well":1}`
			if got, _, err := look(t, p, false, "a"); err != nil || got != `200 {"well":1}` || !p.LastAnswer().After(last) {
				t.Errorf("%s: who acts asks at once: %s, %v", name, got, err)
			}
			if got, _, err := look(t, p, true, "a"); err != nil || got != `200 {"well":1}` {
				t.Errorf("%s: afterwards: %s, %v", name, got, err)
			}
		})
	}
}

// TestHold: whatever is said of when to come back is obeyed by everybody.
func TestHold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set  map[string]string
		wait time.Duration
	}{
		"seconds":     {map[string]string{"Retry-After": "90"}, 90 * time.Second},
		"their clock": {map[string]string{"Retry-After": "90", "Date": time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)}, 90 * time.Second},
		"nothing":     {nil, time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &service{then: func(h http.Header) int {
				for k, v := range c.set {
					h.Set(k, v)
				}
				return http.StatusTooManyRequests
			}}
			p := ci.NewPolite(s)
			_, _, _ = look(t, p, false, "a")
			s.then, s.body = nil, `{}`
			time.Sleep(c.wait - 2*time.Second)
			for _, waits := range []bool{true, false} {
				var limit *ci.RateLimitError
				if _, _, err := look(t, p, waits, "a"); !errors.As(err, &limit) || s.asked != 1 || limit.Until.Before(time.Now()) {
					t.Errorf("%s: %v after %d requests", name, err, s.asked)
				}
			}
			time.Sleep(3 * time.Second)
			if _, _, err := look(t, p, true, "a"); err != nil {
				t.Errorf("%s: afterwards: %v", name, err)
			}
		})
	}
}

// TestBudget: a watch leaves the last requests to who acts, and nobody goes
// beyond them.
func TestBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		left, reset := 60, time.Now().Add(time.Hour)
		s := &service{body: `{}`}
		s.then = func(h http.Header) int {
			left--
			h.Set("X-RateLimit-Limit", "60")
			h.Set("X-RateLimit-Remaining", fmt.Sprint(left))
			h.Set("X-RateLimit-Reset", fmt.Sprint(reset.Unix()))
			return http.StatusOK
		}
		p := ci.NewPolite(s)
		for range 24 {
			_, _, _ = look(t, p, false, "a", "b")
		}
		for range 180 {
			_, _, _ = look(t, p, true, "a", "b")
			time.Sleep(10 * time.Second)
		}
		if left != 10 || p.Budget().Limit != 60 || p.Budget().Left != 10 || !p.Budget().Reset.Equal(reset.Truncate(time.Second)) {
			t.Errorf("%d left: %+v", left, p.Budget())
		}
		var limit *ci.RateLimitError
		for range 12 {
			if _, _, err := look(t, p, false, "a"); err != nil && !errors.As(err, &limit) {
				t.Fatal(err)
			}
		}
		if left != 0 || limit == nil {
			t.Errorf("%d left, %v", left, limit)
		}
		time.Sleep(time.Hour)
		left, reset = 60, time.Now().Add(time.Hour)
		if _, _, err := look(t, p, false, "a"); err != nil {
			t.Errorf("in the next hour: %v", err)
		}
	})
}
