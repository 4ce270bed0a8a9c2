package rules

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// NotOneJob means that the file, once it is changed as wanted, would not have
// exactly one job deploy to an index: none or several would, or an index would
// be published to from the ref of another.
type NotOneJob struct {
	Index, Ref string // of the target; the ref in full
	Wanted     int    // 1, or 0 on the ref of another index
	Sure       []Job  // that deploy there
	Uploads    int    // of those, where one job deploys several times
	Perhaps    []Job  // of which the file does not decide it
	Other      []Job  // that do not, with the reasons in Why and in Uploads
	Open       []Reason

	server string
}

func (n *NotOneJob) Error() string {
	should := map[int]string{0: "none", 1: "one"}[n.Wanted]
	text := fmt.Sprintf("from %s to %s %s, and %s should", n.Ref, n.Index, n.deploys(), should)
	if len(n.Perhaps) > 0 {
		text += "; not decided by the file: " + jobNames(n.Perhaps)
	}
	for _, r := range n.Open {
		text += "; " + r.Text
	}
	if why := n.Why(); why != "" {
		text += "; " + why
	}
	return text
}

func (n *NotOneJob) deploys() string {
	switch jobs := n.Sure; {
	case len(jobs) == 0:
		return "no job deploys"
	case len(jobs) == 1 && n.Uploads > 1:
		return fmt.Sprintf("one job deploys %d times (%s)", n.Uploads, jobNames(jobs))
	case len(jobs) == 1:
		return "one job deploys (" + jobNames(jobs) + ")"
	}
	return fmt.Sprintf("%d jobs deploy (%s)", len(n.Sure), jobNames(n.Sure))
}

// Why gives the first reason why no job deploys: of a job that would do it if it
// ran, else of a deploy that is not done.
func (n *NotOneJob) Why() string {
	if len(n.Sure)+len(n.Perhaps) > 0 {
		return ""
	}
	text := ""
	for _, j := range n.Other {
		for _, u := range j.Uploads {
			switch {
			case !sameIndex(u.Index, n.server):
			case u.Happens == Yes && len(j.Why) > 0:
				return j.Why[0].Text
			case len(u.Why) > 0:
				text = cmp.Or(text, u.Why[0].Text)
			}
		}
	}
	return text
}

func jobNames(jobs []Job) string {
	var out []string
	for _, j := range jobs {
		out = append(out, j.Name)
	}
	return strings.Join(out, " | ")
}

// noFiles is a tree of which nothing is known but the file itself.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// prove asks the prediction for every ref which jobs deploy where.
func (w TravisSetup) prove(text []byte, e Event) error {
	root, line, wrong := parseYAML(text)
	if wrong != "" {
		return refuse(RefuseUnreadable, line, "%s", wrong)
	}
	for _, from := range w.Providers {
		e.What, e.Ref, e.Message = "push", from.ref(), ""
		p := predictTravis(root, e)
		for _, to := range w.Providers {
			wanted := 0
			if to.ref() == from.ref() {
				wanted = 1
			}
			if err := to.count(p, e.Ref, wanted); err != nil {
				return err
			}
		}
	}
	return nil
}

func predictTravis(root tree, e Event) Prediction {
	now, _ := pushed(e)
	b := newTravisBuild(&source{noFiles{}}, root, e, now)
	p := Prediction{}
	for _, c := range b.arranged() {
		p.Jobs = append(p.Jobs, b.job(c))
	}
	p.Undecided = b.open()
	return p
}

// count holds the jobs that deploy to an index against the number that is wanted.
func (t TravisTarget) count(p Prediction, ref string, wanted int) error {
	n := &NotOneJob{Index: t.index(), Ref: ref, Wanted: wanted, Open: p.Undecided, server: t.Server}
	for _, j := range p.Jobs {
		does := No
		for _, u := range j.Uploads {
			is := j.Publishes(u)
			if !sameIndex(u.Index, t.Server) {
				is = both(is, unnamed(u.Index))
			}
			if is == Yes {
				n.Uploads++
			}
			does = most(does, is)
		}
		switch does {
		case Yes:
			n.Sure = append(n.Sure, j)
		case Undecided:
			n.Perhaps = append(n.Perhaps, j)
		default:
			n.Other = append(n.Other, j)
		}
	}
	if n.Uploads == wanted && len(n.Sure) == wanted && len(n.Perhaps) == 0 && len(n.Open) == 0 {
		return nil
	}
	return n
}

// unnamed says whether an index that is called otherwise may be any index: what
// a variable names is not known.
func unnamed(index string) Answer {
	if strings.Contains(index, "$") {
		return Undecided
	}
	return No
}

// most is the answer to either of two questions.
func most(a, b Answer) Answer {
	order := []Answer{No, Undecided, Yes}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}
