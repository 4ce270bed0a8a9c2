package sandbox

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:embed scripts/*.txtar
var scripts embed.FS

// Scenario is one world to release in, as its script tells it. The comment of
// the script is its explanation; the file "world" sets the scene, a directive a
// line; "ci" is what CI does; the files below "1/", "2/" and so on are the
// commits of the sample package, the last of which is checked out.
type Scenario struct {
	Name, Explanation string
	Exit              int      // of a release without a terminal
	Flags             []string // that such a release needs to come to its end
	Left              []string // flags of that release where it is another maintainer's, left for others to go on with
	Provider          string   // travis or github
	Key               int      // bits of the key pair of a repository that has no CI file yet; 0 for one that has
	Token             bool     // the maintainers have a token of the index
	MaxAge            int      // seconds that the index lets a page be old
	Lag               map[string]time.Duration
	Down              []string // servers that cannot be reached: remote, ci or index
	CI                string   // what CI does, see citest.ParseScript
	Commits           []commit
	Scene             []directive // what happened before

	extra map[string]map[string]string // of the sample: files by provider
}

type commit struct{ files map[string]string }

// directive is one line of the scene. Its words are split as in a shell without
// expansions.
type directive struct {
	verb string
	args []string
}

// Scenarios gives every scenario, in the order of their names but the plain one
// first.
func Scenarios() ([]Scenario, error) {
	files, err := scripts.ReadDir("scripts")
	if err != nil {
		return nil, err
	}
	var out []Scenario
	for _, f := range files {
		s, err := read(f.Name())
		if err != nil {
			return nil, err
		}
		if s.Name != sample {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b Scenario) int {
		return strings.Compare(order(a), order(b))
	})
	return out, nil
}

func order(s Scenario) string {
	if strings.HasPrefix(s.Name, "happy") {
		return " " + s.Name
	}
	return s.Name
}

// sample is the script that holds the sample package alone; scenarios that have
// no commit 1 of their own start from it.
const sample = "sample"

// Find gives a scenario by its name.
func Find(name string) (Scenario, error) {
	all, err := Scenarios()
	if err != nil {
		return Scenario{}, err
	}
	var names []string
	for _, s := range all {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Scenario{}, fmt.Errorf("no scenario %q; there are %s", name, strings.Join(names, ", "))
}

func read(file string) (Scenario, error) {
	text, err := scripts.ReadFile("scripts/" + file)
	if err != nil {
		return Scenario{}, err
	}
	s, err := parse(strings.TrimSuffix(file, path.Ext(file)), txtar.Parse(text))
	if err != nil {
		return s, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

func parse(name string, a *txtar.Archive) (Scenario, error) {
	s := Scenario{Name: name, Explanation: explanation(a.Comment), Provider: "travis", MaxAge: 1, Lag: map[string]time.Duration{}}
	files := map[string]map[string]string{}
	for _, f := range a.Files {
		switch dir, rest, _ := strings.Cut(f.Name, "/"); {
		case f.Name == "ci":
			s.CI = string(f.Data)
		case f.Name == "world":
			if err := s.scene(string(f.Data)); err != nil {
				return s, err
			}
		case rest == "":
			return s, fmt.Errorf("file %q belongs to no commit", f.Name)
		default:
			if files[dir] == nil {
				files[dir] = map[string]string{}
			}
			files[dir][rest] = string(f.Data)
		}
	}
	for n := 1; n == 1 || files[strconv.Itoa(n)] != nil; n++ {
		s.Commits = append(s.Commits, commit{files[strconv.Itoa(n)]})
	}
	s.extra = files
	return s, nil
}

// bare says whether the repository has yet to be set up.
func (s Scenario) bare() bool { return s.Key > 0 }

func explanation(comment []byte) string {
	text := strings.TrimSpace(strings.ReplaceAll(string(comment), "#", ""))
	return strings.Join(strings.Fields(text), " ")
}

// scene reads the directives; those that only set a value are taken at once.
func (s *Scenario) scene(text string) error {
	for line := range strings.Lines(text) {
		words, err := split(line)
		if err != nil {
			return err
		}
		if len(words) == 0 {
			continue
		}
		if err := s.directive(directive{words[0], words[1:]}); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSpace(line), err)
		}
	}
	return nil
}

func (s *Scenario) directive(d directive) (err error) {
	if len(d.args) == 0 {
		return fmt.Errorf("no value")
	}
	switch d.verb {
	case "exit":
		s.Exit, err = strconv.Atoi(d.args[0])
	case "flags":
		s.Flags = d.args
	case "left":
		s.Left = d.args
	case "provider":
		s.Provider = d.args[0]
	case "bare":
		s.Provider = ""
		s.Key, err = strconv.Atoi(d.args[0])
	case "token":
		s.Token, err = strconv.ParseBool(d.args[0])
	case "max-age":
		s.MaxAge, err = strconv.Atoi(d.args[0])
	case "lag":
		if len(d.args) != 2 {
			return fmt.Errorf("want a surface and a time")
		}
		s.Lag[d.args[0]], err = time.ParseDuration(d.args[1])
	case "down":
		s.Down = d.args
	default:
		if _, ok := events[d.verb]; !ok {
			return fmt.Errorf("not a directive")
		}
		s.Scene = append(s.Scene, d)
	}
	return err
}

// split cuts a line into words; double quotes hold words together, and # starts
// a comment.
func split(line string) (words []string, err error) {
	var word strings.Builder
	quoted, any := false, false
	flush := func() {
		if any {
			words = append(words, word.String())
		}
		word.Reset()
		any = false
	}
	for _, r := range line {
		switch {
		case r == '"':
			quoted, any = !quoted, true
		case r == '#' && !quoted && !any:
			return words, nil
		case (r == ' ' || r == '\t' || r == '\n') && !quoted:
			flush()
		default:
			word.WriteRune(r)
			any = true
		}
	}
	if quoted {
		return nil, fmt.Errorf("open quote in %q", line)
	}
	flush()
	return words, nil
}
