package gitops

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"ferry/keyring"
)

// sshProgram is an ssh that is run as git runs it: one that the person chose by
// core.sshCommand, GIT_SSH_COMMAND or GIT_SSH, or OpenSSH's own where its
// configuration holds what we do not speak. A chosen one decides by itself whom
// it trusts.
type sshProgram struct {
	from    string   // the setting that wants it
	line    string   // for a shell, or
	path    string   // one program
	variant string   // ssh, plink, putty, tortoiseplink, simple; "" is to be found out
	options []string // ours
}

// sshProgram is nil where the person chose none. Neither setting can come from a
// project's files; a repository of somebody else's is not obeyed.
func (m *Remote) sshProgram() (*sshProgram, error) {
	s := m.repo.settings()
	p := &sshProgram{variant: cmp.Or(os.Getenv("GIT_SSH_VARIANT"), s.last("ssh.variant"))}
	command, path := s.last("core.sshcommand"), os.Getenv("GIT_SSH")
	switch line := os.Getenv("GIT_SSH_COMMAND"); {
	case line != "":
		p.from, p.line = "GIT_SSH_COMMAND", line
	case command != "" && !m.repo.ours():
		return nil, &UnsupportedError{"core.sshCommand in a repository that belongs to somebody else and that git does not call safe (safe.directory)"}
	case command != "":
		p.from, p.line = "core.sshCommand", command
	case path != "":
		p.from, p.path = "GIT_SSH", path
	default:
		return nil, nil
	}
	if p.variant == "" || p.variant == "auto" {
		p.variant = variantOf(p.word())
	}
	return p, nil
}

// word is the program's name.
func (p *sshProgram) word() string {
	if p.line == "" {
		return p.path
	}
	line := strings.TrimLeft(p.line, " \t")
	if q := line[:min(1, len(line))]; q == `"` || q == "'" {
		word, _, _ := strings.Cut(line[1:], q)
		return word
	}
	word, _, _ := strings.Cut(line, " ")
	return word
}

func variantOf(word string) string {
	base := strings.ToLower(filepath.Base(strings.ReplaceAll(word, `\`, "/")))
	switch base = strings.TrimSuffix(base, ".exe"); base {
	case "ssh", "plink", "tortoiseplink":
		return base
	}
	return ""
}

// handOver is OpenSSH itself, told to trust no key that is not known and to ask
// nobody: it has no terminal here. A host that it jumps over is its own affair.
func handOver(host sshHost) (*sshProgram, error) {
	path, err := exec.LookPath("ssh")
	if err != nil {
		return nil, &UnsupportedError{host.beyond + " in ~/.ssh/config without the ssh program: install OpenSSH"}
	}
	options := []string{"-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "UpdateHostKeys=no", "-o", "ControlMaster=no"}
	if passwdHome() != "" {
		options = append(append(options, elsewhere()...), "-o", "UserKnownHostsFile="+strings.Join(host.knownHosts, " "))
		for _, f := range host.keyFiles {
			if _, err := os.Stat(f); err == nil {
				options = append(options, "-i", f)
			}
		}
	}
	return &sshProgram{from: "ssh (" + host.beyond + ")", path: path, variant: "ssh", options: options}, nil
}

func (p *sshProgram) dial(ctx context.Context, m *Remote, service string) (session, error) {
	if err := p.probe(ctx, m); err != nil {
		return nil, err
	}
	args, err := p.arguments(m, service)
	if err != nil {
		return nil, err
	}
	said := &tail{}
	child, cancel := context.WithCancel(ctx)
	cmd := p.command(child, args...)
	cmd.Stderr = said
	s, err := m.speak(cmd, &tail{}, cancel)
	if err != nil && ctx.Err() == nil {
		err = p.explain(m, service, said.String(), cmd, err)
	}
	return s, err
}

// probe finds out what a program is whose name does not tell, as git does.
func (p *sshProgram) probe(ctx context.Context, m *Remote) error {
	if p.variant != "" {
		return nil
	}
	said := &tail{}
	cmd := p.command(ctx, "-G", m.addr.hostname())
	cmd.Stderr = said
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		p.variant = "ssh"
	case notRun(cmd):
		return &UnsupportedError{p.from + ", which cannot be run: " + first(said.String(), err.Error())}
	default:
		p.variant = "simple"
	}
	return nil
}

// notRun tells that the program, or the one that a shell was to start, is not there.
func notRun(cmd *exec.Cmd) bool {
	if cmd.ProcessState == nil {
		return true
	}
	exit := cmd.ProcessState.ExitCode()
	return exit == exitNotRun || exit == exitMissing
}

// arguments are those of git, in its order.
func (p *sshProgram) arguments(m *Remote, service string) ([]string, error) {
	name, args := m.addr.hostname(), slices.Clone(p.options)
	if p.variant == "tortoiseplink" {
		args = append(args, "-batch")
	}
	if port := m.addr.port(); port != "" {
		switch p.variant {
		case "simple":
			return nil, &UnsupportedError{p.from + " with a port: it is no ssh that takes one (ssh.variant says which it is)"}
		case "ssh":
			args = append(args, "-p", port)
		default:
			args = append(args, "-P", port)
		}
	}
	if m.addr.user != "" {
		name = m.addr.user + "@" + name
	}
	return append(args, name, service+" "+shellQuote(m.sshPath())), nil
}

func (p *sshProgram) command(ctx context.Context, args ...string) *exec.Cmd {
	name := p.path
	if p.line != "" { // the arguments reach the shell as such, and no name in them is read by it
		args = append([]string{"-c", p.line + ` "$@"`, p.line}, args...)
		name = "sh"
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.WaitDelay = append(p.variables(), childEnv()...), hangUp
	apart(cmd)
	return cmd
}

var variable = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// variables are those that the line itself names, but for what holds a secret.
func (p *sshProgram) variables() []string {
	var env []string
	for _, match := range variable.FindAllStringSubmatch(p.line, -1) {
		if value, ok := os.LookupEnv(match[1]); ok && !keyring.Private(match[1], value) {
			env = append(env, match[1]+"="+value)
		}
	}
	return env
}
