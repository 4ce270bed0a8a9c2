package gitops

import (
	"context"
	"os"
	"os/exec"
	"strings"
)

// Editor is the command by which git would have a person write: core.editor, else the
// one that git was built with. It is for a shell. "" where git is not installed, or
// knows none for this terminal.
func (r *Repo) Editor(ctx context.Context) string {
	path, err := lookGit()
	if err != nil {
		return ""
	}
	cmd := exec.CommandContext(ctx, path, "var", "GIT_EDITOR")
	cmd.Dir, cmd.Env = r.root, append(childEnv(), "TERM="+os.Getenv("TERM"))
	out, err := output(ctx, cmd)
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(out), "\r\n")
}
