package citest

import (
	"cmp"
	"errors"
	"fmt"

	"ferry/flow/ci"
)

// What jobs print. The lines look like those of Travis with dpl, and of
// gh-action-pypi-publish, as far as a reader of logs looks at them.

func opening(slug string, b *build) []string {
	if actions(b.provider) {
		return []string{
			"Current runner version: '2.331.0'", "##[group]Operating System", "Ubuntu", "##[endgroup]",
			"##[group]Run actions/checkout@v6", "##[endgroup]", "Syncing repository: " + slug, b.sha,
		}
	}
	if b.provider == onGitLab {
		return gitlabOpening(slug, b)
	}
	return []string{
		"travis_fold:start:worker_info\r\x1b[0K\x1b[33;1mWorker information\x1b[0m", "hostname: worker-linux", "travis_fold:end:worker_info\r\x1b[0K",
		"travis_fold:start:git.checkout\r\x1b[0Ktravis_time:start:0a1b2c3d\r\x1b[0K$ git clone --depth=50 --branch=" + shortName(b.ref) + " https://github.com/" + slug + ".git",
		"travis_time:end:0a1b2c3d:start=1,finish=2,duration=1\r\x1b[0Ktravis_fold:end:git.checkout\r\x1b[0K",
	}
}

func cloneFailed(branch string) []string {
	return []string{
		"warning: Could not find remote branch " + branch + " to clone.", "fatal: Remote branch " + branch + " not found in upstream origin",
		`The command "eval git clone --depth=50 --branch=` + branch + `" failed 3 times.`, `The command "git clone" failed and exited with 128 during .`,
		"Your build has been stopped.",
	}
}

// hostile is what no terminal must get to see: it sets the title, clears the
// screen, overwrites the line, turns the reading order and changes colours.
func hostile() []string {
	return []string{
		"\x1b]0;owned\x07\x1b[2J\x1b[1;1HAll files are on PyPI", "tests failed\r\x1b[2KUploaded OK", "\u202eIPyP no si ti\u202c", "\x9b31m\xff\xfe\x00\x08\x08red",
	}
}

func testLine(j Job, n int) string {
	if h := hostile(); j.Hostile && n < len(h) {
		return h[n]
	}
	return fmt.Sprintf("tests/test_core.py::test_%02d PASSED %*s[%3d%%]", n+1, 20, "", 100*(n+1)/max(1, j.Lines))
}

func passing(provider string) []string {
	if actions(provider) {
		return []string{"Post job cleanup."}
	}
	if provider == onGitLab {
		return gitlabPassing()
	}
	return []string{"travis_time:end:0d0e0f00:start=3,finish=4,duration=1\r\x1b[0K\x1b[32;1mThe command \"tox\" exited with 0.\x1b[0m", "", "Done. Your build exited with 0."}
}

func failing(provider string, j Job) []string {
	text := cmp.Or(j.Fail, "E   AssertionError")
	switch {
	case provider == onGitLab:
		return gitlabFailing(text, j.End)
	case j.End == ci.StateCancelled:
		return []string{"Done: Job Cancelled"}
	case actions(provider):
		return []string{text, "##[error]Process completed with exit code 1."}
	}
	return []string{text, "\x1b[31;1mThe command \"tox\" exited with 1.\x1b[0m", "", "Done. Your build exited with 1."}
}

func skipping(provider, why string) []string {
	if actions(provider) {
		return []string{"The step that publishes was skipped."}
	}
	return []string{"\x1b[33;1mSkipping a deployment with the pypi provider because " + why + "\x1b[0m"}
}

// notDeployed explains why nothing is published from a ref.
func notDeployed(b *build) []string {
	if actions(b.provider) {
		return nil
	}
	return skipping(b.provider, "this branch is not permitted: "+shortName(b.ref))
}

func deploying(provider string, ps []parcel) []string {
	var out []string
	switch provider {
	case onTravis:
		out = append(out, "", "travis_fold:start:dpl_0\r\x1b[0KInstalling deploy dependencies", "Preparing deploy", "Authenticated as __token__", "Deploying application")
		for _, p := range ps {
			out = append(out, "Checking dist/"+p.name+": PASSED")
		}
	case onGitLab:
		out = append(out, "\x1b[32;1m$ twine upload dist/*\x1b[0;m")
	default:
		out = append(out, "##[group]Run pypa/gh-action-pypi-publish@release/v1", "##[endgroup]", "Showing hash values of files to be uploaded:")
		for _, p := range ps {
			out = append(out, "/github/workspace/dist/"+p.name, "", "SHA256: "+p.sha256Hex(), "")
		}
	}
	if len(ps) > 0 {
		out = append(out, "Uploading distributions to "+ps[0].shown)
	}
	return out
}

func uploadingLine(p parcel) []string {
	return []string{"Uploading " + p.name, "SHA256 hash: " + p.sha256Hex(), "\r  0%|          | 0.00/3.1k\r100%|##########| 3.1k/3.1k [00:00<00:00, 12.3MB/s]"}
}

func brokenOff(p parcel) []string {
	return []string{"WARNING  Retryable error while uploading " + p.name + ": HTTP 502", "ERROR    HTTPError: 502 Bad Gateway from " + p.shown, "PypiError: Twine upload failed.", "failed to deploy"}
}

func refused(err error) []string {
	return []string{"ERROR    HTTPError: " + err.Error(), "PypiError: Twine upload failed.", "failed to deploy"}
}

// notBegun is why nothing could be sent.
func notBegun(provider string, err error) []string {
	var no *untrusted
	switch {
	case !errors.As(err, &no):
		return []string{"error: " + err.Error(), "failed to deploy"}
	case provider == onGitLab:
		return gitlabFailing(err.Error(), ci.StateFailed)
	}
	return append(no.lines, "##[error]Process completed with exit code 1.")
}

func deployed(provider string) []string {
	if actions(provider) {
		return passing(provider)
	}
	return []string{"travis_fold:end:dpl_0\r\x1b[0K", "Done. Your build exited with 0."}
}

func afterDeployFailed(provider string) []string {
	if actions(provider) {
		return []string{"Error: the step after publishing failed", "##[error]Process completed with exit code 1."}
	}
	return []string{"travis_fold:end:dpl_0\r\x1b[0K", `The command "after_deploy" exited with 1.`, "failed to deploy", "Done. Your build exited with 1."}
}
