//go:build unix

package gitops

import (
	"os"
	"os/exec"
	"syscall"
)

// notWaiting keeps an open from waiting on a pipe.
const notWaiting = syscall.O_NONBLOCK

// apart puts a child and all that it starts into a session of their own, so that
// they end together, ctrl-C in the terminal is ours to judge, and a question that
// one of them would ask there fails at once: the screen is not its own.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// politely is apart for a program that cleans up when it is told to end.
func politely(cmd *exec.Cmd) {
	apart(cmd)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

func ownedByUs(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}
