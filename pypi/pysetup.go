package pypi

import (
	"fmt"
	"slices"
)

// followSetupPy fills in what the plain look at a setup.py left open, by
// following what the file does. local says whether modules of the tree can be
// imported there. What cannot be followed stays as it is.
func (t tree) followSetupPy(src string, local bool, seen setupCall) setupCall {
	tokens, err := tokenize(pyFile, src)
	if err != nil {
		return seen
	}
	sources := t.reached(tokens)
	r := &pyRun{
		tree: t, source: src, tokens: tokens, local: local && !slices.ContainsFunc(sources, pySource.looksElsewhere), calls: map[int]pySetup{},
		assigned: assignedElsewhere(sources), suspects: suspectsOf(sources[1:]), dirt: &pyDirt{ranByImport(sources[1:]), writtenBy(sources[1:])},
	}
	s := newScope(nil)
	s.names["__name__"], s.names["__file__"] = pyText{"__main__", ""}, pyText{pyFile, ""}
	r.exec(pyLines(tokens), s)
	if seen = r.filled(seen); seen.version == (found{}) && r.wroteConfigured() {
		seen.version.dynamic = computed
	}
	return seen
}

// filled is what is seen, with what the calls say that were followed.
func (r *pyRun) filled(seen setupCall) setupCall {
	call, ok := r.agreed(setupCalls(r.tokens))
	if !ok {
		return r.asked(seen)
	}
	seen.followed = true
	if _, stated := call.args["version"]; !stated && r.dirt.all {
		seen.version.dynamic = cmpText(seen.version.dynamic, computed)
	}
	if seen.name.text == "" {
		seen.name = call.stated("name")
		seen.name.dynamic = ""
	}
	if seen.version.dynamic == computed && !call.plugged() {
		seen.version = call.stated("version")
		if _, stated := call.args["version"]; !stated && (call.spread || r.dirt.all) {
			seen.version.dynamic = computed
		}
	}
	return r.asked(seen)
}

// asked says of a version that cannot be followed whether a repository is asked
// for it, by the file or by those that it runs.
func (r *pyRun) asked(seen setupCall) setupCall {
	if seen.version.dynamic == computed && (asksRepository(r.source) || slices.ContainsFunc(r.ran, asksRepository)) {
		seen.version = askedOfRepository(pyFile)
	}
	return seen
}

// agreed is the one call of setup(), or what all of them say alike. Each must
// have been followed.
func (r *pyRun) agreed(places []int) (call pySetup, ok bool) {
	for i, at := range places {
		c, followed := r.calls[at]
		if !followed || c.differs || i > 0 && !same(c, call) {
			return call, false
		}
		call = c
	}
	for _, c := range r.calls { // under another name
		if c.differs || len(places) == 0 || !same(c, call) {
			return call, false
		}
	}
	return call, len(places) > 0 && !r.lost
}

// stated is what a call says of a field.
func (c pySetup) stated(field string) found {
	v, given := c.args[field]
	if _, none := v.(pyNone); !given || none {
		return found{}
	}
	t, known := v.(pyText)
	switch {
	case !known || t.text == "":
		return found{dynamic: computed}
	case t.from != "":
		return found{text: t.text, source: fmt.Sprintf("%s (%s:%d)", t.from, pyFile, c.line)}
	}
	return found{text: t.text, source: fmt.Sprintf("%s:%d", pyFile, c.line)}
}

// plugged says whether a plugin of setup() may give the version.
func (c pySetup) plugged() bool {
	for _, key := range []string{"use_scm_version", "pbr", "setuptools_git_versioning", "version_config", "use_calver", "use_incremental", "vcversioner"} {
		if _, given := c.args[key]; given {
			return true
		}
	}
	return false
}
