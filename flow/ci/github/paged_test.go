package github_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"ferry/flow/ci"
)

// crowded serves a commit with 100 checks of others and then those of Travis, as
// many as make total, in pages of 100. Beyond the page named last it has no more.
func crowded(t *testing.T, total, last int) string {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/actions/runs") {
			_, _ = fmt.Fprint(w, `{"total_count":0,"workflow_runs":[]}`)
			return
		}
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		first := max(page-1, 0) * 100
		var rows []string
		for i := first; i < min(first+100, total); i++ {
			rows = append(rows, row(r.URL.Path, i))
		}
		if first+100 < total && max(page, 1) < last {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, r.URL.Path, max(page, 1)+1))
		}
		list := "check_runs"
		if strings.HasSuffix(r.URL.Path, "/status") {
			list = "statuses"
		}
		_, _ = fmt.Fprintf(w, `{"total_count":%d,%q:[%s]}`, total, list, strings.Join(rows, ","))
	}))
	t.Cleanup(web.Close)
	return web.URL
}

// row is the check or the status at a place of the list.
func row(path string, i int) string {
	switch {
	case strings.HasSuffix(path, "/status"):
		return fmt.Sprintf(`{"id":%d,"context":"c%d","state":"success"}`, i, i)
	case i < 100:
		return fmt.Sprintf(`{"id":%d,"name":"lint %d","app":{"slug":"other"},"status":"completed","conclusion":"success"}`, i+1, i)
	}
	return fmt.Sprintf(`{"id":%d,"name":"Travis CI - Branch","app":{"slug":"travis-ci"},"status":"in_progress","external_id":"%d","head_sha":"a"}`, i+1, i)
}

// TestChecksBeyondAPage are read, and those that are not read are not absent.
func TestChecksBeyondAPage(t *testing.T) {
	t.Parallel()
	q := ci.Query{Ref: "refs/heads/r", SHA: "a"}
	for _, c := range []struct{ total, last, travis int }{{100, 9, 0}, {101, 9, 1}, {203, 9, 103}, {1000, 10, 900}, {101, 1, -1}, {1001, 11, -1}} {
		t.Run(fmt.Sprintf("%d to page %d", c.total, c.last), func(t *testing.T) {
			t.Parallel()
			p := provider(t, crowded(t, c.total, c.last), token)
			travis, travisErr := p.TravisBuilds(t.Context(), q)
			all, allErr := p.Builds(t.Context(), q)
			if c.travis >= 0 {
				if travisErr != nil || allErr != nil || len(travis) != c.travis || len(all) != 2*c.total {
					t.Errorf("%d of Travis, %v; %d of anyone, %v", len(travis), travisErr, len(all), allErr)
				}
				return
			}
			var wrong *ci.MalformedError
			if !errors.As(travisErr, &wrong) || !errors.As(allErr, &wrong) || travis != nil || all != nil {
				t.Errorf("%d, %v; %d, %v", len(travis), travisErr, len(all), allErr)
			}
		})
	}
}
