package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

const defaultScenario = "happy"

func (c *commands) sandbox() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sandbox [SCENARIO] [flags] [-- COMMAND...]", Short: "try everything against a world on this machine, no account needed",
		Long: "Start a git remote, a CI and an index on loopback ports, make a sample package in a temporary folder, and\n" +
			"open this program on it. Nothing outside that folder is read or written. Without a terminal, or with\n" +
			"--plain or --json, the release runs to its end. With -- COMMAND any command runs in that world.",
		Example:            "  ferry sandbox\n  ferry sandbox list\n  ferry sandbox ci-red --plain\n  ferry sandbox happy -- status\n  ferry sandbox happy -- sh -c \"git log; ferry release --plan\"",
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			scenario, flags, command := words(args)
			switch {
			case slices.Contains(flags, "-h"), slices.Contains(flags, "--help"):
				return cmd.Help()
			case scenario == "list":
				return c.listScenarios()
			}
			code, err := c.Sandbox.Run(cmd.Context(), scenario, flags, command)
			if err == nil && code != 0 {
				err = exitCode(code)
			}
			return err
		},
	}
	return cmd
}

// words sorts the arguments: the scenario's name, the flags for the program, and
// the command behind "--".
func words(args []string) (scenario string, flags, command []string) {
	if i := slices.Index(args, "--"); i >= 0 {
		args, command = args[:i], args[i+1:]
	}
	for i, arg := range args {
		if i == 0 && !strings.HasPrefix(arg, "-") {
			scenario = arg
			continue
		}
		flags = append(flags, arg)
	}
	if scenario == "" {
		scenario = defaultScenario
	}
	return scenario, flags, command
}

func (c *commands) listScenarios() error {
	for _, line := range c.Sandbox.List() {
		if _, err := fmt.Fprintln(c.Out, line); err != nil {
			return outputError(err)
		}
	}
	return nil
}
