package pypi

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// ErrNoTwine says that whether a description renders could not be asked.
var ErrNoTwine = errors.New("twine is not installed here")

// RenderError is a description that an index would refuse to render. Text is
// what twine says of it; it may quote the description.
type RenderError struct{ File, Text string }

func (e *RenderError) Error() string { return "the description of " + e.File + " does not render" }

// renderTime bounds twine, which starts in a second or two.
const renderTime = time.Minute

// Markup says whether a description has to be rendered to be judged: it is
// reStructuredText, or names no markup and is taken for it. Others cannot fail.
func (a *Artifact) Markup() bool {
	kind, _, _ := strings.Cut(a.Metadata.Get("Description-Content-Type"), ";")
	kind = strings.TrimSpace(kind)
	return strings.TrimSpace(a.Metadata.Description) != "" && (kind == "" || kind == "text/x-rst")
}

// CheckRendering lets twine render a description as PyPI does. The error is a
// *RenderError, ErrNoTwine, a context's own, or why twine said neither yes nor no.
func CheckRendering(ctx context.Context, a *Artifact) error {
	twine, err := exec.LookPath("twine")
	if err != nil {
		return ErrNoTwine
	}
	limited, cancel := context.WithTimeout(ctx, renderTime)
	defer cancel()
	cmd := exec.CommandContext(limited, twine, "check", "--", a.Path)
	cmd.Env = twineEnv()
	out, err := heard(cmd)
	text := strings.TrimSpace(colour.ReplaceAllString(out, ""))
	line := strings.Join(strings.Fields(text), " ") // twine breaks lines where it likes
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil:
		return nil
	case strings.Contains(line, "would not be rendered"):
		return &RenderError{a.File, shortened(text, 2000)}
	}
	return errors.New("twine check: " + shortened(line, 300)) // an old one chokes on newer metadata
}

var colour = regexp.MustCompile(`\x1b\[[0-9;]*m`) // twine paints for pipes too

// twineEnv is what twine needs to run, and no token.
func twineEnv() []string {
	env := []string{"NO_COLOR=1", "COLUMNS=500", "LC_ALL=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "VIRTUAL_ENV", "SystemRoot", "USERPROFILE", "TEMP", "APPDATA"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

func shortened(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
