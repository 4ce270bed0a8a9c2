package steps

import (
	"io/fs"
	"slices"

	"ferry/flow"
	"ferry/flow/ci/rules"
	"ferry/pypi"
)

// events are what CI sees of a release that is set going: publishing the host's
// release pushes its tag too.
func (w World) events(by, ref, version, message string) []rules.Event {
	push := w.pushed(ref, message)
	if by != ByRelease {
		return []rules.Event{push}
	}
	release, pre := push, prerelease(version)
	release.What, release.Prerelease = "release", &pre
	return []rules.Event{release, push}
}

// prerelease says whether a version is one, by PEP 440.
func prerelease(version string) bool {
	v, err := pypi.ParseVersion(version)
	return err == nil && v.IsPrerelease()
}

// foresee is the outlook of events that come together.
func foresee(tree fs.FS, events []rules.Event, from string) (flow.Outlook, error) {
	out, err := Outlook(tree, events[0], from)
	if err != nil || len(events) == 1 {
		return out, err
	}
	out = startedBy(out, events[0])
	for _, e := range events[1:] {
		more, err := Outlook(tree, e, from)
		if err != nil {
			return out, err
		}
		out = together(out, startedBy(more, e))
	}
	return out, nil
}

// startedBy says of each job what starts it.
func startedBy(o flow.Outlook, e rules.Event) flow.Outlook {
	by := map[string]string{"release": "the release", "push": "the push of its tag"}[e.What]
	for i := range o.Deploys {
		o.Deploys[i].By = by
	}
	return o
}

// together is what two events do to one ref. A job that one of them starts is not
// skipped, and one that both start publishes twice.
func together(a, b flow.Outlook) flow.Outlook {
	a.Deploys = append(slices.Clone(a.Deploys), b.Deploys...)
	started := func(d flow.Deployment) bool {
		return slices.ContainsFunc(a.Deploys, func(o flow.Deployment) bool { return samePlace(o, d) })
	}
	var skips []flow.Deployment
	for _, d := range append(slices.Clone(a.Skips), b.Skips...) {
		known := slices.ContainsFunc(skips, func(o flow.Deployment) bool { return samePlace(o, d) })
		if !known && !started(d) {
			skips = append(skips, d)
		}
	}
	a.Skips = skips
	a.Undecided, a.Instead = union(a.Undecided, b.Undecided), union(a.Instead, b.Instead)
	if len(a.Deploys) > 0 {
		a.Instead = nil
	}
	a.Diagnostics = union(a.Diagnostics, b.Diagnostics)
	return a
}

func samePlace(a, b flow.Deployment) bool {
	return a.Provider == b.Provider && a.Job == b.Job && a.File == b.File && a.Line == b.Line
}

// union keeps the order, and one of each.
func union[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}
