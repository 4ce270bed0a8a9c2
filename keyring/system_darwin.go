package keyring

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
)

func system(env func(string) string) vault {
	return macVault{securityIn(Only(env, "HOME", "USER", "LOGNAME"))}
}

// securityIn runs Apple's own program in an environment. No secret is in its
// words or its environment; what it prints is read here and goes nowhere.
func securityIn(env []string) security {
	return func(ctx context.Context, stdin string, args ...string) (stdout, stderr []byte, code int, err error) {
		cmd := exec.CommandContext(ctx, "/usr/bin/security", args...)
		var out, errout bytes.Buffer
		cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, strings.NewReader(stdin), &out, &errout
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
}
