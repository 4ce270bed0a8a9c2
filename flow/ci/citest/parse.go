package citest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ferry/flow/ci"
)

// ParseScript reads a script from text, one directive a line. Blank lines and
// lines that begin with # do not count; a word in double quotes may hold blanks.
//
//	hook off                     pushes start no build
//	queue 500ms                  how long a build waits for a machine
//	job py36 1.5s                a job that takes so long and passes; also, in any order:
//	    lines=40                 this many lines of log (20)
//	    wait=1s                  it starts later than the others
//	    fail "E  boom"           it fails, with this as last line (the text may be left out)
//	    error "…"                it ends errored, likewise
//	    cancel                   it ends cancelled
//	    state=NAME               it ends in a state of this name, which no client knows
//	    stuck                    it never ends
//	    hostile                  it prints control characters, as if to take over a terminal
//	    allow-failure            its end does not colour the build
//	approval @dana environment=pypi after=2s    GitHub: waits for a person (without after: for ever)
//	deploy                       words, in any order; a second line adds to the first:
//	    job=py36                 which job publishes (the last one)
//	    files=sdist,wheel        what it builds (what the CI file says)
//	    fail=sdist               the upload breaks off before this file; wheels go first
//	    keep=dist                what it builds is kept as an artifact of this name
//	    skip                     green, but nothing was published
//	    then fail                all is uploaded, then the job fails
//	    slow=200ms               a pause before each file
//	attempt 2:                   what follows is the second build of a ref, or a restart;
//	                             it has the jobs of the one before, passing, if it names none
//	fault KIND [times=3] [match=/log] [after=30s]
//	                             an answer goes wrong: a number is an HTTP status (429 has
//	                             after=), html, truncated, silence, state=NAME
func ParseScript(text string) (Script, error) {
	p := &parser{script: Script{Attempts: []Attempt{{}}}}
	var errs []error
	for i, line := range strings.Split(text, "\n") {
		words, err := split(line)
		if err == nil && len(words) > 0 {
			err = p.directive(words)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", i+1, err))
		}
	}
	return p.script, errors.Join(errs...)
}

type parser struct {
	script    Script
	inherited bool // the jobs of this attempt are those of the one before
}

func (p *parser) attempt() *Attempt { return &p.script.Attempts[len(p.script.Attempts)-1] }

func (p *parser) directive(words []string) error {
	args := words[1:]
	switch words[0] {
	case "hook":
		if len(args) != 1 || args[0] != "off" {
			return errors.New("hook wants the word off")
		}
		p.script.HookOff = true
		return nil
	case "queue":
		return duration(&p.script.Queue, strings.Join(args, " "))
	case "job":
		return p.job(args)
	case "deploy":
		return p.deploy(args)
	case "approval":
		return p.approval(args)
	case "attempt":
		return p.next(args)
	case "fault":
		return p.fault(args)
	}
	return fmt.Errorf("no directive is called %q", words[0])
}

func (p *parser) next(args []string) error {
	want := strconv.Itoa(len(p.script.Attempts)+1) + ":"
	if strings.Join(args, "") != want {
		return fmt.Errorf("attempt %s comes next", want)
	}
	p.script.Attempts = append(p.script.Attempts, Attempt{Jobs: healthy(p.attempt().Jobs)})
	p.inherited = true
	return nil
}

// healthy gives the same jobs, all of which pass.
func healthy(jobs []Job) []Job {
	var out []Job
	for _, j := range jobs {
		j.Fail, j.End, j.Stuck = "", "", false
		out = append(out, j)
	}
	return out
}

func (p *parser) job(args []string) error {
	if len(args) < 2 {
		return errors.New("job wants a name and a duration")
	}
	j := Job{Name: args[0], Lines: 20}
	if err := duration(&j.For, args[1]); err != nil {
		return err
	}
	for i := 2; i < len(args); i++ {
		key, value, _ := strings.Cut(args[i], "=")
		var err error
		switch key {
		case "lines":
			j.Lines, err = strconv.Atoi(value)
		case "wait":
			err = duration(&j.Wait, value)
		case "fail", "error":
			j.End = map[string]ci.State{"fail": ci.StateFailed, "error": ci.StateErrored}[key]
			if i+1 < len(args) && !jobWord(args[i+1]) {
				i++
				j.Fail = args[i]
			}
		case "cancel":
			j.End = ci.StateCancelled
		case "state":
			j.End = ci.State(value)
		case "stuck":
			j.Stuck = true
		case "hostile":
			j.Hostile = true
		case "allow-failure":
			j.AllowFailure = true
		default:
			err = fmt.Errorf("a job has no %q", args[i])
		}
		if err != nil {
			return err
		}
	}
	a := p.attempt()
	if p.inherited {
		a.Jobs, p.inherited = nil, false
	}
	a.Jobs = append(a.Jobs, j)
	return nil
}

// jobWord says whether a word is one of a job's own, and so not its last line.
func jobWord(w string) bool {
	key, _, _ := strings.Cut(w, "=")
	switch key {
	case "lines", "wait", "cancel", "state", "stuck", "hostile", "allow-failure", "fail", "error":
		return true
	}
	return false
}

func (p *parser) deploy(args []string) error {
	d := &p.attempt().Deploy
	for i := 0; i < len(args); i++ {
		key, value, _ := strings.Cut(args[i], "=")
		switch {
		case key == "job" && value != "":
			d.Job = value
		case key == "files":
			d.Files = strings.Split(value, ",")
		case key == "fail" && (value == "sdist" || value == "wheel"):
			d.Fail = value
		case key == "keep" && value != "":
			d.Keep = value
		case key == "skip":
			d.Skip = true
		case key == "then" && i+1 < len(args) && args[i+1] == "fail":
			d.ThenFail = true
			i++
		case key == "slow":
			if err := duration(&d.Slow, value); err != nil {
				return err
			}
		default:
			return fmt.Errorf("deploy has no %q", args[i])
		}
	}
	return nil
}

func (p *parser) approval(args []string) error {
	a := &Approval{Environment: "pypi"}
	for _, w := range args {
		key, value, _ := strings.Cut(w, "=")
		switch {
		case strings.HasPrefix(w, "@"):
			a.By = w[1:]
		case key == "environment":
			a.Environment = value
		case key == "after":
			if err := duration(&a.After, value); err != nil {
				return err
			}
		default:
			return fmt.Errorf("approval has no %q", w)
		}
	}
	if a.By == "" {
		return errors.New("approval wants a person, as in @dana")
	}
	p.attempt().Approval = a
	return nil
}

func (p *parser) fault(args []string) error {
	f := Fault{Times: 1}
	for _, w := range args {
		key, value, _ := strings.Cut(w, "=")
		var err error
		switch key {
		case "times":
			f.Times, err = strconv.Atoi(value)
		case "match":
			f.Match = value
		case "after":
			err = duration(&f.After, value)
		case "html", "truncated", "silence":
			f.Kind = FaultKind(key)
		case "state":
			f.Kind, f.State = FaultState, value
		case "status":
			f.Kind = FaultStatus
			f.Status, err = strconv.Atoi(value)
		default:
			f.Kind = FaultStatus
			f.Status, err = strconv.Atoi(key)
		}
		if err != nil {
			return fmt.Errorf("a fault has no %q", w)
		}
	}
	if f.Kind == "" {
		return errors.New("fault wants a kind")
	}
	p.script.Faults = append(p.script.Faults, f)
	return nil
}

func duration(into *time.Duration, text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a duration", text)
	}
	*into = d
	return nil
}

// split cuts a line into words, of which some are quoted.
func split(line string) ([]string, error) {
	var out []string
	line = strings.TrimSpace(line)
	for line != "" && line[0] != '#' {
		if line[0] == '"' {
			word, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, errors.New("a quote is not closed")
			}
			plain, err := strconv.Unquote(word)
			if err != nil {
				return nil, fmt.Errorf("%s cannot be read", word)
			}
			out, line = append(out, plain), strings.TrimSpace(line[len(word):])
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		out, line = append(out, word), strings.TrimSpace(rest)
	}
	return out, nil
}
