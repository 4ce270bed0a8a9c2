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
	Problem                  *Problem  // what stands in the way, or what is waited for; nil if nothing does
	Options                  []WayOut
	NotOffered               []NotOffered
}

// The ways out.
const (
	WayResume    = "resume"    // the plan goes on: wait, confirm, clean up
	WayCleanUp   = "clean-up"  // published, and the branch is left
	WayRestart   = "restart"   // CI builds the same commit again
	WayComplete  = "complete"  // the missing files are uploaded from here
	WaySupersede = "supersede" // the next version, by hand
	WayAbandon   = "abandon"   // the branch is deleted, and the attempt given up
	WayWait      = "wait"      // nothing is changed
)

// Option finds a way by its ID, nil if it is not offered.
func (r Recovery) Option(id string) *WayOut {
	for i := range r.Options {
		if r.Options[i].ID == id {
			return &r.Options[i]
		}
	}
	return nil
}

// Recommended is the way to take; nil if there is none.
func (r Recovery) Recommended() *WayOut {
	for i := range r.Options {
		if r.Options[i].Recommended {
			return &r.Options[i]
		}
	}
	return nil
}

// WayOut is one way out of a release that is half done.
type WayOut struct {
	ID          string // one of the ways above
	Text        string
	Consequence string // one line
	Command     []string
	Effect      Effect
	Recommended bool
	Why         string // why it is recommended
	Page        string // where a person does by hand what it leaves to them; "" if nowhere
	Plan        Plan   // what carries it out; no nodes where a person does
}

// NotOffered is a way out that is none here, and why.
type NotOffered struct{ ID, Why string }
