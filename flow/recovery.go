package flow

import "time"

// Recovery is what is true of a release that is in flight, and the ways out of it.
type Recovery struct {
	Project, Version, Commit string
	State                    string // as status spells it
	Summary                  string // one sentence
	Who                      string // started it, by its claim or tag; "" if nobody says
	Since                    time.Time
	Plan                     string // the name of the plan that fits
	Witnesses                []Fact
	Done, Missing            []string // in words: what is there, what is not
	Files                    []File
	Deadline                 time.Time // until when the index takes files of the version; zero if it does not say
	Options                  []WayOut
	NotOffered               []NotOffered
}

// WayOut is one way out of a release that is half done.
type WayOut struct {
	ID          string // resume, clean-up, restart, complete, supersede, abandon, wait
	Text        string
	Consequence string // one line
	Command     []string
	Effect      Effect
	Recommended bool
	Why         string // why it is recommended
	Plan        Plan   // what carries it out; no nodes where a person does
}

// NotOffered is a way out that is none here, and why.
type NotOffered struct{ ID, Why string }
