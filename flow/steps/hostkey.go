package steps

import (
	"errors"
	"fmt"

	"ferry/flow"
	"ferry/gitops"
)

// hostKeyProblem says that an ssh host is not, or may not be, the one it was.
// Nothing of ours adds a key: a person compares the fingerprint first.
func (w World) hostKeyProblem(p *flow.Problem, host *gitops.HostKeyError) {
	p.Code, p.Class = flow.CodeHostKey, flow.ClassCredentials
	p.Text = fmt.Sprintf("The remote %s cannot be trusted: %v", w.Remote.URL(), host)
	p.Now = append(p.Now, "nothing was sent to it", "compare the fingerprint with what the host's owner publishes, never with what the host itself shows")
	see := sshCommand(w.Remote.Host())
	if host.Revoked || len(host.Known) == 0 {
		p.Next = []string{see, "ferry status"} // ssh shows the same fingerprint, and asks before it adds the key
		return
	}
	name := host.Host
	if host.Port != "" && host.Port != "22" {
		name = "[" + host.Host + "]:" + host.Port
	}
	p.Next = []string{flow.Shell([]string{"ssh-keygen", "-R", name, "-f", host.Known[0].File}), see, "ferry status"}
}

// unsupported says that the remote cannot be spoken to as it is set up here:
// trying again will not help, and nobody else is to blame.
func unsupported(p *flow.Problem, err error) {
	var what *gitops.UnsupportedError
	if errors.As(err, &what) {
		p.Class = flow.ClassFailed
	}
}
