//go:build unix

package pypi

import (
	"os/exec"
	"syscall"
)

// apart puts the child and all that it starts into a session of their own, so
// that a build that is stopped leaves nothing behind, and can ask nothing on a
// terminal that is not its own.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// leaveNothing ends what a child that is over left running.
func leaveNothing(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}
