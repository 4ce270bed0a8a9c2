package rules

import (
	"fmt"
	"strings"
)

// idToken finds uploads without a password in jobs that cannot mint tokens.
func (l *workflowLint) idToken(s site) {
	granted, at := idToken(s.job.value, s.w.root)
	if !s.pub.trusted || granted || s.w.gitea || l.isCalled(s.w) {
		return
	}
	line := at.line()
	if line == 0 || !s.job.value.get("permissions").ok() {
		line = s.job.line
	}
	l.say("no-id-token", Fatal, s.w.file, line,
		s.name+" publishes without a password and has no permission id-token: write: it cannot log in, and nothing is published",
		"Give the job permissions: id-token: write.", l.grant(s))
}

// stored finds uploads with a token where none is necessary.
func (l *workflowLint) stored(s site) {
	p := publisher{l.sim.s, s.w.file, s.w.root, s.job.value}
	given := s.pub.action != "" && s.step.get("with").get("password").ok() || s.pub.action == "" && p.tokenGiven(s.pub.step, s.pub.command)
	if s.w.gitea || s.pub.trusted || !given || !s.toPublic() || l.isCalled(s.w) {
		return
	}
	l.say("stored-token", Advice, s.w.file, s.pub.step.line(),
		s.name+" publishes with a stored token, which works until it is taken away and from wherever it leaks to",
		"Make the workflow a trusted publisher of the project, give the job id-token: write, and delete the token.", nil)
}

// clearTokens finds tokens of an index that stand in a file.
func (l *workflowLint) clearTokens(w *workflow) {
	for i, text := range l.lines(w.file) {
		if bareToken.MatchString(text) {
			l.say("clear-token", Fatal, w.file, i+1,
				fmt.Sprintf("a token of an index stands in clear in line %d: whoever reads the file can upload", i+1), clearFix, nil)
		}
	}
}

const clearFix = "Revoke it at the index; keep its successor as a secret of the repository, or use trusted publishing."

// clearPassword finds passwords that no secret holds.
func (l *workflowLint) clearPassword(s site) {
	at := s.pub.step.get("with").get("password")
	if text := at.text(); text != "" && !strings.Contains(text, "${{") && !bareToken.MatchString(text) {
		l.say("clear-password", Fatal, s.pub.file, at.line(), "the password of "+s.name+" stands in clear: whoever reads the file can upload", clearFix, nil)
	}
}

// isCalled says whether a workflow runs as part of another one here.
func (l *workflowLint) isCalled(w *workflow) bool {
	return w.called() && (len(w.triggers()) == 1 || l.sim.calls(w))
}

// called finds uploads without a password in called workflows. The index knows
// the workflow that starts, and not one that it calls: docs.pypi.org,
// "Trusted publishers", troubleshooting; github.com/pypi/warehouse/issues/11096.
func (l *workflowLint) called(s site) {
	if !s.pub.trusted || s.w.gitea || !l.isCalled(s.w) {
		return
	}
	l.say("trusted-in-called", Fatal, s.w.file, s.pub.step.line(),
		s.name+" publishes without a password from a workflow that others call, and trusted publishing does not work there",
		"Move the job into the workflow that calls this one.", nil)
}

// gitea finds uploads that need an issuer which the index does not know.
func (l *workflowLint) gitea(s site) {
	if s.w.gitea && s.pub.trusted && s.toPublic() {
		l.say("trusted-on-gitea", Fatal, s.w.file, s.pub.line,
			s.name+" publishes without a password, and PyPI has no trusted publishers on Gitea or Forgejo: it cannot log in",
			"Give it a token: password: with a secret.", nil)
	}
}

// index judges where an upload goes.
func (l *workflowLint) index(s site) {
	want := publicUpload(s.pub.index)
	if s.pub.index == "" || want == "" || s.pub.index == want || s.pub.named != "" {
		return
	}
	line, edits := l.rewrite(s, want)
	if s.pub.index+"/" == want {
		l.say("index-without-slash", Fatal, s.pub.file, line,
			"the index of "+s.name+" has no slash at its end: it answers 308, and the upload fails", "Write "+want+".", edits)
		return
	}
	l.say("dead-index", Fatal, s.pub.file, line,
		fmt.Sprintf("%s uploads to %s, which takes no uploads (410, or nobody answers)", s.name, s.pub.index), "Write "+want+".", edits)
}

// rewrite replaces the address of an index, where it stands in one line only.
func (l *workflowLint) rewrite(s site, want string) (int, []Edit) {
	at, lines := 0, l.lines(s.pub.file)
	for i, text := range lines {
		if before, after, ok := strings.Cut(text, s.pub.index); ok && ends(after) && !strings.Contains(before, "#") {
			if at > 0 || strings.Contains(after, s.pub.index) {
				return max(s.pub.indexAt, s.pub.line), nil
			}
			at = i + 1
		}
	}
	if at == 0 || withoutSecrets(lines.at(at)) != lines.at(at) {
		return max(s.pub.indexAt, s.pub.line), nil
	}
	return at, []Edit{{First: at, Last: at, Lines: []string{strings.Replace(lines.at(at), s.pub.index, want, 1)}}}
}

// ends says whether an address ends before a rest of its line.
func ends(rest string) bool { return rest == "" || strings.ContainsAny(rest[:1], "\"' \t,}\\") }

// skipExisting finds uploads that take a refusal for success.
func (l *workflowLint) skipExisting(s site) {
	on, line := s.pub.skipExisting()
	if !on || s.toTest() {
		return
	}
	l.say("skip-existing", Warning, s.pub.file, line,
		s.name+" skips files that exist: other bytes under the same name count as a success, and a release that published nothing is green",
		"Take it away, and compare the hashes where an upload must be tried again.", nil)
}

// attestations finds uploads that give up the proof of where files come from.
func (l *workflowLint) attestations(s site) {
	at := s.pub.step.get("with").get("attestations")
	if on, known := at.truth(); known && !on && s.pub.trusted && s.toPublic() && !s.w.gitea {
		l.say("attestations-off", Advice, s.pub.file, at.line(),
			s.name+" publishes no attestations: nobody can tell from the index which workflow made the files", "Take attestations: false away.", nil)
	}
}
