package keyring

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
)

func system(func(string) string) vault { return macVault{runSecurity} }

// runSecurity runs Apple's own program. No secret is in its words or its
// environment; what it prints is read here and goes nowhere.
func runSecurity(ctx context.Context, stdin string, args ...string) (stdout, stderr []byte, code int, err error) {
	cmd := exec.CommandContext(ctx, "/usr/bin/security", args...)
	var out, errout bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errout
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		return out.Bytes(), errout.Bytes(), exit.ExitCode(), nil
	}
	if err != nil {
		err = &SystemError{"start", "/usr/bin/security does not run"}
	}
	return out.Bytes(), errout.Bytes(), 0, err
}
