package rules

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Signs that a step or a job may upload although no file shows the upload.
var (
	indexCredential = regexp.MustCompile(`(?i)pypi.*(?:token|pass|secret|key|auth)|(?:token|pass|secret|key|auth).*pypi`)
	indexSecret     = regexp.MustCompile(`(?i)^\s*\$\{\{\s*secrets\.\w*(?:pypi|twine)\w*\s*\}\}\s*$`)
	secretInLine    = regexp.MustCompile(`(?i)\$\{\{\s*secrets\.\w*(?:pypi|twine)\w*\s*\}\}`)
	// releasers are actions that may upload, among other things.
	releasers = regexp.MustCompile(`(?i)^(?:relekang/python-semantic-release|jupyter-server/jupyter_releaser/\S*(?:finalize|publish)-release)@`)
	// otherwise are actions and commands that say what else an OIDC token is for.
	otherwise = regexp.MustCompile(`(?i)^(?:actions/(?:deploy-pages|attest\S*)|aws-actions/\S+|google-github-actions/\S+|azure/\S+|hashicorp/vault-action|sigstore/\S+|codecov/\S+|rust-lang/crates-io-auth-action|rubygems/\S+)@|\b(?:npm|yarn|pnpm|cargo|gem|docker|helm)\s[^\n]*\b(?:publish|push)\b`)
)

// suspects are the steps of the job that may upload although nothing here shows
// that they do. Where an upload was found, there is nothing to suspect, but for
// one to TestPyPI: another step may go on to PyPI.
func (p publisher) suspects(found []publication) []publication {
	if slices.ContainsFunc(found, func(f publication) bool { return f.named != "" || publicUpload(f.index) != testIndex }) {
		return nil
	}
	var out []publication
	for _, step := range p.job.get("steps").list() {
		known := slices.ContainsFunc(found, func(f publication) bool { return f.step.n == step.n })
		if why := stepSign(step); why != "" && !known {
			out = append(out, p.suspected(step, why))
		}
	}
	if len(out)+len(found) > 0 {
		return out
	}
	return p.suspectedByJob()
}

// stepSign says what of a step hints at an upload, in words.
func stepSign(step tree) string {
	uses, run := step.get("uses").text(), step.get("run").text()
	if strings.Contains(run, trial) {
		return ""
	}
	for _, v := range step.get("with").pairs() {
		off, known := v.value.truth()
		if strings.Contains(strings.ToLower(v.key), "pypi") && v.value.words() != "" && (off || !known) || indexSecret.MatchString(v.value.text()) {
			return "it is given " + v.key
		}
	}
	switch {
	case releasers.MatchString(uses):
		return "by its name it releases"
	case secretInLine.MatchString(run):
		return "it is given a secret of an index"
	}
	return envSign(step)
}

// envSign names a variable with a credential of an index.
func envSign(place tree) string {
	for _, v := range place.get("env").pairs() {
		if v.value.words() != "" && (slices.Contains(tokenVariables, v.key) || indexCredential.MatchString(v.key) || indexSecret.MatchString(v.value.text())) {
			return "it is given " + v.key
		}
	}
	return ""
}

// suspectedByJob goes by what the whole job has: the steps that are named after
// releases, else, where the job is made for it, the last that may be anything.
func (p publisher) suspectedByJob() []publication {
	token := mintsTokens(p.job, p.root)
	why := cmp.Or(envSign(p.job), envSign(p.root))
	if why == "" && token {
		why = "the job has id-token: write"
	}
	if why == "" {
		return nil
	}
	var last tree
	var out []publication
	for _, step := range p.job.get("steps").list() {
		if _, ok := p.s.suspect(step.get("run").text(), byWord); ok {
			out = append(out, p.suspected(step, why))
		}
		if run := step.get("run"); run.ok() && !strings.Contains(run.text(), trial) || step.get("uses").ok() && !strings.HasPrefix(step.get("uses").text(), "actions/") {
			last = step
		}
	}
	made := envSign(p.job) != "" || token && p.job.get("environment").ok() && !p.tokenForOther()
	if len(out) == 0 && made && last.ok() {
		out = append(out, p.suspected(last, why))
	}
	return out
}

// tokenForOther says whether the job's token serves something else.
func (p publisher) tokenForOther() bool {
	if p.job.get("permissions").get("pages").ok() {
		return true
	}
	return slices.ContainsFunc(p.job.get("steps").list(), func(s tree) bool {
		return otherwise.MatchString(s.get("uses").text()) || otherwise.MatchString(s.get("run").text())
	})
}

// suspected is a step that may upload.
func (p publisher) suspected(step tree, why string) publication {
	uses := step.get("uses").text()
	pub := publication{step: step, file: p.file, line: step.line(), action: uses, guess: true}
	if uses == "" {
		lines := scriptLines(step.get("run"))
		at := slices.IndexFunc(lines, func(l scriptLine) bool { return p.s.suspicious(strings.TrimSpace(l.text), byRunning) })
		if at < 0 {
			at = slices.IndexFunc(lines, func(l scriptLine) bool { return strings.TrimSpace(l.text) != "" })
		}
		if at >= 0 {
			pub.line, pub.command = lines[at].line, strings.TrimSpace(lines[at].text)
		}
	}
	pub.index, pub.indexAt = environmentIndex(step, p.job, p.root), pub.line
	pub.trusted = mintsTokens(p.job, p.root) && strings.Contains(why, "id-token")
	pub.doubt = why + ", and may upload; no file here says so"
	return pub
}
