package rules

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// The upload URLs of the two public indexes.
const (
	pypiUpload     = "https://upload.pypi.org/legacy/"
	testpypiUpload = testIndex
)

// deadHosts once took uploads, or were never there and look as if.
var (
	deadPyPI = []string{"pypi.python.org", "pypi.org", "www.pypi.org", "upload.pypi.io", "pypi.io"}
	deadTest = []string{"testpypi.python.org", "pypitest.python.org", "test.pypi.python.org", "test-pypi.python.org"}
)

// publicUpload gives the URL that a public index takes uploads at, for a server
// that is meant to be that index; "" for any other server.
func publicUpload(server string) string {
	if server == "" {
		return pypiUpload
	}
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	switch host := strings.ToLower(u.Hostname()); {
	case host == "upload.pypi.org", slices.Contains(deadPyPI, host):
		return pypiUpload
	case host == "test.pypi.org", slices.Contains(deadTest, host):
		return testpypiUpload
	}
	return ""
}

// server judges where a deploy uploads to.
func (l *travisLint) server(d lintEntry) {
	want, line := publicUpload(d.index), d.line()
	if d.index == "" || want == "" || d.index == want {
		return
	}
	var edits []Edit
	if s := d.get("server"); d.pypi {
		line, edits = s.line(), l.lines.replace(s.node(), want)
	}
	if d.index+"/" == want {
		text := fmt.Sprintf("the server of %s has no slash at its end: it answers 308, and the upload fails", d.name)
		l.say("server-without-slash", Fatal, line, text, "Write "+want+".", edits)
		return
	}
	text := fmt.Sprintf("%s uploads to %s, which takes no uploads (410, or nobody answers)", d.name, d.index)
	l.say("dead-server", Fatal, line, text, "Write "+want+".", edits)
}

// options judges what dpl is told.
func (l *travisLint) options(d lintEntry) {
	if !d.pypi {
		return
	}
	for _, o := range []struct {
		key, code, text, fix string
		severity             Severity
		only, harmless       bool // only where it is true; harmless to take away from any dpl
	}{
		{"skip_cleanup", "skip-cleanup", "is an option of dpl 1; dpl 2 cleans nothing up unless cleanup: true says so", "Take it away once dpl 2 is pinned.", Advice, false, false},
		{"skip_upload_docs", "skip-upload-docs", "is an option of dpl 1; dpl 2 uploads no documentation unless upload_docs: true says so", "Take it away once dpl 2 is pinned.", Advice, false, false},
		{"upload_docs", "upload-docs", "uploads documentation, which PyPI answers with 410: the job fails after the files are published", "Take it away.", Warning, true, true},
		{"skip_existing", "skip-existing", "hides that a file was refused: other bytes under a name that exists count as a success, and a release that published nothing is green", "Leave it to the index that every push uploads to, and compare the hashes afterwards.", Warning, true, false},
	} {
		line, ok := d.own(o.key)
		if on, _ := d.get(o.key).truth(); !ok || o.only && !on {
			continue
		}
		var edits []Edit
		if o.harmless || d.dpl2() && o.severity == Advice {
			edits = l.lines.remove(d.tree, o.key)
		}
		l.say(o.code, o.severity, line, o.key+" of "+d.name+" "+o.text, o.fix, edits)
	}
}

// dpl2 says whether a deploy insists on the second version of dpl.
func (d lintEntry) dpl2() bool {
	edge, _ := d.get("edge").truth()
	return edge || strings.HasPrefix(d.get("dpl_version").text(), "2")
}

// pin finds deploys that take whatever version of dpl Travis has.
func (l *travisLint) pin(d lintEntry) {
	if !d.isMap() || d.get("edge").ok() || d.get("dpl_version").ok() {
		return
	}
	text := d.name + " names no version of dpl: which one runs, with which options, is up to Travis that day"
	l.say("dpl-not-pinned", Advice, d.line(), text, "Write dpl_version: with the 2.x that you have tried, or edge: true.", nil)
}

// failure finds deploys whose failure is not counted.
func (l *travisLint) failure(d lintEntry) {
	if is, _ := onBool(d.get("allow_failure")); is {
		text := "allow_failure of " + d.name + ": the build is green although nothing was published"
		l.say("allow-failure", Warning, d.get("allow_failure").line(), text, "Take it away.", nil)
	}
}

// project compares the deploys with what the tree can build.
func (l *travisLint) project() {
	i := slices.IndexFunc(l.entries, func(d lintEntry) bool { return d.pypi })
	if i < 0 || l.b.has("setup.py") || !l.b.has("pyproject.toml") && !l.b.has("setup.cfg") || l.makesSetup() {
		return
	}
	text := "the provider pypi runs python setup.py, and this project has none: nothing is built, and nothing is published"
	l.say("no-setup-py", Fatal, l.entries[i].line(), text, "Use provider: script with python -m build and twine upload, or add a setup.py that calls setup().", nil)
}

// makesSetup says whether a phase speaks of setup.py, and may write it.
func (l *travisLint) makesSetup() bool {
	return slices.ContainsFunc(append([]tree{l.b.root}, l.b.listed()...), func(job tree) bool {
		return slices.ContainsFunc(earlier, func(phase string) bool {
			return strings.Contains(strings.Join(job.get(phase).texts(), "\n"), "setup.py")
		})
	})
}

func (b *travisBuild) has(name string) bool {
	f, err := b.src.Open(name)
	if err != nil {
		return false
	}
	return f.Close() == nil
}
