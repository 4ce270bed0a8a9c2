package ci_test

import (
	"errors"
	"net/url"
	"testing"

	"ferry/flow/ci"
)

// TestAnAddressInAReason: the server is told, and not what was asked of it.
func TestAnAddressInAReason(t *testing.T) {
	asked := &url.Error{Op: "Get", URL: "https://ci.example.org/repo/a%2Fb/builds?limit=25", Err: errors.New("EOF")}
	for want, err := range map[string]error{
		"travis cannot be reached: ci.example.org: EOF":     asked,
		"travis cannot be reached: EOF":                     &url.Error{Op: "Get", URL: "%", Err: errors.New("EOF")},
		"travis cannot be reached: no route that leads out": errors.New("no route that leads out"),
	} {
		if got := ci.Unreachable("travis", err); got.Error() != want || !errors.Is(got, err) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
