package citest

import "ferry/flow/ci"

// What jobs print on GitLab: its runner's words, and those of the script.

func gitlabOpening(slug string, b *build) []string {
	return []string{
		"\x1b[0KRunning with gitlab-runner 18.5.0 (bda84871)\x1b[0;m", "section_start:1700000000:get_sources\r\x1b[0K\x1b[0K\x1b[36;1mGetting source from Git repository\x1b[0;m\x1b[0;m",
		"Initialized empty Git repository in /builds/" + slug + "/.git/", "\x1b[32;1mChecking out " + b.sha[:min(8, len(b.sha))] + " as detached HEAD (ref is " + shortName(b.ref) + ")...\x1b[0;m",
		"section_end:1700000001:get_sources\r\x1b[0K",
	}
}

func gitlabPassing() []string { return []string{"\x1b[32;1mJob succeeded\x1b[0;m"} }

func gitlabFailing(text string, end ci.State) []string {
	if end == ci.StateErrored {
		return []string{text, "\x1b[31;1mERROR: Job failed (system failure): prepare environment: waiting for pod running\x1b[0;m"}
	}
	return []string{text, "\x1b[31;1mERROR: Job failed: exit code 1\x1b[0;m"}
}
