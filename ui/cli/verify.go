package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ferry/flow"
	"ferry/flow/plans"
	"ferry/ui/plain"
	"ferry/ui/visible"
)

func (c *commands) verify() *cobra.Command {
	var o plans.VerifyOptions
	var wait time.Duration
	cmd := &cobra.Command{
		Use: "verify [NAME] [VERSION]", Short: "prove a release on an index, file by file; read only",
		Long: "Prove what is on the index: the exact files, the sha256 of what is downloaded, on which pages they are seen,\n" +
			"whether they were withdrawn, who published them, and whether anybody meant to. Without NAME it is the\n" +
			"release of this checkout; elsewhere NAME alone means its newest version. What was not checked is said.\n" +
			"Exit: 0 verified; 1 incomplete, absent or withdrawn; 3 mismatch or unexpected; 8 not visible yet; 9 unknown.",
		Example: "  ferry verify\n  ferry verify acme-core 1.4.0\n  ferry verify --dist dist --wait 20m   # the last job of a CI\n  ferry verify acme-core 1.4.0 --json",
		Args:    cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if slices.Contains(args, "") { // a variable that a CI did not set
				return usageError(errors.New("NAME and VERSION must not be empty"), "ferry verify --help")
			}
			name, version := words2(args)
			o.Again = again(cmd, wait)
			return c.runVerify(cmd.Context(), name, version, o, wait)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.flags.index, "index", "", "the index, by its `NAME`: pypi, testpypi, or a configured one")
	f.StringVar(&o.Dist, "dist", "", "compare with the distributions in `DIR`, which are then all that there must be")
	f.BoolVar(&o.Rebuild, "rebuild", false, "build an sdist from the released commit and compare it, member by member")
	f.BoolVar(&o.Install, "install", false, "install it into a clean environment, from that index, and import it")
	f.BoolVar(&o.Deep, "deep", false, "download also what is above 200 MB in all")
	f.DurationVar(&wait, "wait", 0, "look again for this long while it may still become visible, e.g. 20m")
	return cmd
}

// sensible refuses what would be found to be in vain only after the downloads.
func sensible(o plans.VerifyOptions, wait time.Duration) error {
	if wait < 0 {
		return fmt.Errorf("--wait %s is negative", wait)
	}
	if o.Dist == "" {
		return nil
	}
	info, err := os.Stat(o.Dist)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", o.Dist)
	}
	if err != nil {
		return fmt.Errorf("--dist: %w", err)
	}
	return nil
}

func words2(args []string) (first, second string) {
	args = append(args, "", "")
	return args[0], args[1]
}

func (c *commands) runVerify(ctx context.Context, name, version string, o plans.VerifyOptions, wait time.Duration) error {
	if c.flags.repo != "" && o.Dist != "" && !filepath.IsAbs(o.Dist) {
		o.Dist = filepath.Join(c.flags.repo, o.Dist)
	}
	if err := sensible(o, wait); err != nil {
		return usageError(err, "ferry verify --help")
	}
	ctx = flow.WithReading(ctx)
	d, err := c.openFor(ctx, name)
	if err != nil {
		return err
	}
	w, t, err := d.World.ToVerify(ctx, c.intent(d.Config, ""), d.Head, name, version, o.Again)
	if err != nil {
		return err
	}
	o.Log = c.aside()
	began := time.Now()
	v := w.Await(ctx, t, o, wait, func(v flow.Verification) { stillWaiting(o.Log, v, time.Since(began)) })
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return c.showVerification(w, v, o.Again, version == "" && w.Remote == nil)
}

// again are the flags that were given, for the commands that go on.
func again(cmd *cobra.Command, wait time.Duration) plans.Again {
	a := plans.Again{Wait: wait}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		words := []string{"--" + f.Name, f.Value.String()}
		switch {
		case f.Name == "wait", f.Name == "yes", f.Name == "help": // said anew, or of no use to a proof
			return
		case f.Value.Type() == "bool" && f.Value.String() == "true":
			words = words[:1]
		case f.Value.Type() == "bool", strings.HasPrefix(words[1], "-"):
			words = []string{words[0] + "=" + words[1]}
		}
		a.Flags = append(a.Flags, words...)
		if slices.Contains([]string{"repo", "remote", "config", "package", "by"}, f.Name) {
			a.Where = append(a.Where, words...)
		}
	})
	return a
}

// openFor opens the checkout, or the index alone where a name was given and there
// is no checkout that could be opened.
func (c *commands) openFor(ctx context.Context, name string) (Desk, error) {
	d, err := c.open(ctx)
	var p *flow.Problem
	switch {
	case !errors.As(err, &p), p.Class == flow.ClassUsage:
		return d, err
	case name == "":
		p.Now = append(p.Now, "with a NAME, ferry verify needs no checkout")
		p.Next = append([]string{"ferry verify --help"}, slices.DeleteFunc(p.Next, toFillIn)...)
		return d, err
	}
	debug, err := c.debugFile()
	if err != nil {
		return d, err
	}
	return c.Index(ctx, OpenOptions{Dir: c.flags.repo, Load: c.load, Debug: debug})
}

// toFillIn: a command that does not work as it is, because a word stands for
// something.
func toFillIn(command string) bool { return wordToFillIn.MatchString(command) }

var wordToFillIn = regexp.MustCompile(` [A-Z]+$`)

// aside says on standard error what takes long; several may speak at once.
func (c *commands) aside() flow.Log {
	var mu sync.Mutex
	if c.face() == faceQuiet {
		return nil
	}
	return func(line string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(c.Err, time.Now().Format("15:04:05")+"  "+visible.Line(line))
	}
}

// stillWaiting is a line of a wait, for a log.
func stillWaiting(tell flow.Log, v flow.Verification, elapsed time.Duration) {
	if tell == nil {
		return
	}
	why := ""
	for _, check := range v.Checks {
		if check.Result == flow.Bad || check.Decides && check.Result == flow.NotChecked {
			why = "; " + check.ID + ": " + check.Evidence
			break
		}
	}
	tell(fmt.Sprintf("%s %s is %s after %s%s", v.Name, v.Version, v.Verdict, elapsed.Round(time.Second), why))
}

// showVerification writes the document; the verdict is the exit code.
func (c *commands) showVerification(w plans.World, v flow.Verification, again plans.Again, newest bool) error {
	d := plain.Verify{Verification: v, Newest: newest, Problem: w.Unverified(v, again)}
	var err error
	switch face := c.face(); face {
	case faceJSON:
		err = d.WriteJSON(c.Out)
	case faceQuiet:
	default:
		err = d.WriteText(c.Out, plain.VerifyFace{Accessible: face == faceLines, ASCII: c.ascii()})
	}
	if err != nil {
		return outputError(err)
	}
	if d.Problem == nil {
		return nil
	}
	c.told = true
	return d.Problem
}
