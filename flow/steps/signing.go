package steps

import (
	"ferry/flow"
	"ferry/gitops"
)

// unlock is how to go on where a tag could not be signed.
func unlock(e *gitops.SignError) []string {
	look := []string{"git config --get-regexp '^(gpg|tag|user)[.]'", "ferry status"}
	if len(e.Unlock) == 0 {
		return look
	}
	return append([]string{flow.Shell(e.Unlock)}, look...)
}
