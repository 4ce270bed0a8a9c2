package ci_test

import (
	"testing"

	"ferry/flow/ci"
)

func TestFails(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"The command \"tox\" exited with 1.": true, "The command \"tox\" exited with 0.": false,
		"\x1b[31;1mfailed to deploy\x1b[0m": true, "2026-03-01T12:00:00.1234567Z ##[error]Process completed with exit code 1.": true,
		"ERROR    HTTPError: 403 Forbidden from https://upload.pypi.org/legacy/":                  true,
		"Skipping a deployment with the pypi provider because this branch is not permitted: main": true,
		"tests/test_core.py::test_error_handling PASSED":                                          false, "": false,
	} {
		if got := ci.Fails(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
