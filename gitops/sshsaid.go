package gitops

import (
	"errors"
	"os/exec"
	"regexp"
	"strings"
)

var (
	fingerprint = regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}`)
	badHostKey  = regexp.MustCompile(`(?i)host key verification failed|host identification has changed|host key is not cached|host key does not match|no \S+ host key is known`)
	changedKey  = regexp.MustCompile(`(?i)identification has changed|does not match`)
	notLetIn    = regexp.MustCompile(`(?i)permission denied \(|too many authentication failures|no supported authentication|agent refused operation`)
)

const (
	exitSSH     = 255 // ssh's own: the far end's command never ran
	exitNotRun  = 126
	exitMissing = 127
)

// explain gives the failure of an ssh program its type. It has ended. What it
// prints comes from it as well as from the far end: the exit status tells which.
func (p *sshProgram) explain(m *Remote, service, said string, cmd *exec.Cmd, err error) error {
	exit := 0
	if cmd.ProcessState != nil {
		exit = cmd.ProcessState.ExitCode()
	}
	text := first(said, err.Error())
	switch {
	case notRun(cmd) && !strings.Contains(said, service): // else it is the far end that lacks it
		return &UnsupportedError{p.from + ", which cannot be run: " + text}
	case badHostKey.MatchString(said):
		return &HostKeyError{Host: m.addr.hostname(), Port: m.addr.port(), Fingerprint: fingerprint.FindString(said), Changed: changedKey.MatchString(said), Text: p.from + ": " + said}
	case notLetIn.MatchString(said):
		return &AuthError{Host: m.place(), Text: p.from + ": " + said}
	case exit == exitSSH || said == "":
		return &UnreachableError{Host: m.place(), Err: errors.New(p.from + ": " + text)}
	}
	return m.said(said, err)
}
