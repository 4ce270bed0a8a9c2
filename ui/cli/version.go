package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func (c *commands) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "the version of ferry", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(c.Out, "ferry %s %s %s/%s\n", c.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
