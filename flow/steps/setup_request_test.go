package steps_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"ferry/flow"
	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/flow/steps"
)

// onHost is a bench on which the branch is on the remote.
func onHost(t testing.TB) *bound {
	y := newBound(t)
	c, p, _ := y.chain()
	y.run(c, p)
	return y
}

// mute is a host that opens no requests.
type mute struct{}

func (mute) Name() string                                { return "mute" }
func (mute) Inspect(context.Context) (ci.Project, error) { return ci.Project{}, nil }

func TestOpenRequestFinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world func(*bound)
		want  flow.Status
		code  string
		tells []string
	}{
		"none":           {nil, flow.Todo, "", []string{"ask to merge " + setupBranch + " into main"}},
		"opened by hand": {func(y *bound) { y.ci.AddPull(citest.Pull{Head: setupBranch, Base: "main", Title: "x"}) }, flow.Done, "", []string{"https://"}},
		"into another":   {func(y *bound) { y.ci.AddPull(citest.Pull{Head: setupBranch, Base: "next", Title: "x"}) }, flow.Todo, "", nil},
		"closed": {func(y *bound) {
			y.ci.AddPull(citest.Pull{Head: setupBranch, Base: "main", Title: "x", State: ci.RequestClosed})
		}, flow.Todo, "", nil},
		"a fork's": {func(y *bound) {
			y.ci.AddPull(citest.Pull{Head: setupBranch, Base: "main", Title: "x", Fork: "eve/acme-core"})
		}, flow.Todo, "", nil},
		"merged":   {func(y *bound) { y.git("push", "-q", "origin", "HEAD:main") }, flow.Done, "", []string{"nothing is left to ask for"}},
		"no token": {func(y *bound) { y.yard.Host = y.host("") }, flow.Failed, flow.CodeSetupNoRequest, []string{"there is none", "ferry auth login github", "https://github.example/acme/acme-core/compare/main...ferry-setup"}},
		"by hand, no token": {func(y *bound) {
			y.yard.Host = y.host("")
			y.ci.AddPull(citest.Pull{Head: setupBranch, Base: "main", Title: "x"})
		}, flow.Done, "", nil},
		"no host":           {func(y *bound) { y.yard.Host = nil }, flow.Failed, flow.CodeSetupNoRequest, []string{"no API of the host"}},
		"no such API":       {func(y *bound) { y.yard.Host = mute{} }, flow.Failed, flow.CodeSetupNoRequest, []string{"mute opens none"}},
		"the host is down":  {func(y *bound) { y.shut("host", "500") }, flow.Unknown, flow.CodeCIUnreachable, []string{"on a guess"}},
		"it makes no sense": {func(y *bound) { y.shut("host", "html") }, flow.Unknown, flow.CodeCIUnreachable, nil},
	} {
		y := onHost(t)
		if c.world != nil {
			c.world(y)
		}
		_, _, request := y.chain()
		y.found(y.see(request), c.want, c.code, c.tells...)
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestOpenRequestRefused: the host's no has its reason and a way out.
func TestOpenRequestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world func(*bound)
		class flow.Class
		tells string
	}{
		"read only":   {func(y *bound) { y.ci.Host(citest.Hosted{ReadOnly: true}) }, flow.ClassCredentials, "Pull requests: write"},
		"no way in":   {func(y *bound) { y.setup.Default = "gone" }, flow.ClassConflict, "base invalid"},
		"wrong token": {func(y *bound) { y.yard.Host = &stale{y.host("token")} }, flow.ClassCredentials, "refused access"},
	} {
		y := onHost(t)
		c.world(y)
		_, _, request := y.chain()
		request.After = nil
		before := y.all()
		var p *flow.Problem
		err := request.Run(flow.WithReading(t.Context()), func(string) {})
		if !errors.As(err, &p) || p.Code != flow.CodeSetupNoRequest || p.Class != c.class || !strings.Contains(p.Text, c.tells) || len(p.Next) == 0 || len(p.Now) == 0 {
			t.Errorf("%s: %v %+v", name, err, p)
		}
		if y.all() != before {
			t.Errorf("%s: something was changed", name)
		}
		if err := request.Undo(t.Context(), func(string) {}); !errors.As(err, &p) || p.Code != flow.CodeSetupNotOurs {
			t.Errorf("%s: undo gives %v", name, err)
		}
	}
}

// TestOpenRequestLostAnswer: what landed unheard is found, and can be taken back.
func TestOpenRequestLostAnswer(t *testing.T) {
	t.Parallel()
	y := onHost(t)
	before := y.all()
	host := &deaf{y.host("token")}
	y.yard.Host = host
	_, _, request := y.chain()
	if err := request.Run(flow.WithReading(t.Context()), func(string) {}); err == nil {
		t.Fatal("the answer was not lost")
	}
	y.found(y.see(request), flow.Done, "")
	must(t, request.Undo(flow.WithReading(t.Context()), func(string) {}))
	if y.all() != before {
		t.Error("something is left behind")
	}
}

// deaf does not hear what the host answers to a new request.
type deaf struct{ listener }

type listener interface {
	ci.Host
	ci.Requester
}

func (d *deaf) Request(ctx context.Context, want ci.RequestSpec) (ci.MergeRequest, error) {
	_, err := d.listener.Request(ctx, want)
	return ci.MergeRequest{}, errors.Join(&ci.UnreachableError{Provider: "github", Err: errors.New("cut off")}, err)
}

// stale has a token that serves for reading alone any more.
type stale struct{ listener }

func (*stale) Request(context.Context, ci.RequestSpec) (ci.MergeRequest, error) {
	return ci.MergeRequest{}, &ci.AuthError{Provider: "github", Status: 401, Text: "Bad credentials"}
}

func TestCanRequest(t *testing.T) {
	t.Parallel()
	y := newBound(t)
	for _, c := range []struct {
		host ci.Host
		want string
	}{{y.host("token"), ""}, {y.host(""), "there is none"}, {nil, "no API"}, {mute{}, "opens none"}} {
		got := steps.Yard{World: steps.World{Host: c.host, Remote: y.yard.Remote}}.CanRequest()
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
