package cli

import (
	"fmt"
	"time"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/flow/config"
	"ferry/flow/journal"
	"ferry/keyring"
	"ferry/ui/visible"
)

// record opens the journal. A release does not depend on it.
func (f *faces) record(v voyage) {
	dir, err := config.StateDir(f.c.Env)
	if err == nil {
		f.journal, err = journal.Open(dir, v.target.Name, v.target.Version, keyring.Hide)
	}
	if err != nil {
		f.journal = nil
		fmt.Fprintln(f.c.Err, "no journal is kept:", visible.Line(err.Error()))
		return
	}
	f.about(v)
	f.write(func(j *journal.Journal) error { return j.Plan(v.plan, time.Now()) })
}

// about keeps what is released, for whoever reads of it later.
func (f *faces) about(v voyage) {
	f.write(func(j *journal.Journal) error {
		return j.About(journal.About{Commit: v.target.Commit, Ref: v.target.Ref, Remote: v.RemoteURL, Index: v.IndexLabel}, time.Now())
	})
}

// write puts something into the journal. Where that fails the journal ends, which is
// said once; the run goes on, for nothing depends on it.
func (f *faces) write(put func(*journal.Journal) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.journal == nil {
		return
	}
	if f.lost = put(f.journal); f.lost == nil {
		return
	}
	_ = f.journal.Close()
	f.journal = nil
	if !f.drawn {
		f.sayLost()
	}
}

func (f *faces) sayLost() {
	if f.lost != nil {
		fmt.Fprintln(f.c.Err, "the journal ends here:", visible.Line(f.lost.Error()))
		f.lost = nil
	}
}

// endJournal closes it, and says what a screen kept from being said.
func (f *faces) endJournal() {
	if f.journal != nil {
		_ = f.journal.Close()
		f.journal = nil
	}
	f.sayLost()
}

// contradicted are the steps of which this machine's journal says that they were done,
// and the world that they are not. The world counts; a person should know of it.
func (c *commands) contradicted(v voyage, b board.Board) (out []flow.Fact) {
	dir, err := config.StateDir(c.Env)
	if err != nil {
		return nil
	}
	records, _ := journal.Read(journal.Path(dir, v.target.Name, v.target.Version)) // those that are whole
	last := lastSeen(records, v.target.Commit)
	for _, r := range b.Rows {
		acts := r.Node.Effect != flow.Reads || r.Node.ID == flow.ConfirmIndex
		rec, ok := last[r.Node.ID]
		if !ok || !acts || rec.Status != string(flow.Done) {
			continue
		}
		switch r.Finding.Status {
		case flow.Todo, flow.Failed, flow.Conflict:
			out = append(out, flow.Fact{Witness: "journal", About: r.Node.Title, ReadAt: rec.At,
				Says: "done, by a run on this machine at " + stamp(rec.At) + "; the world shows otherwise, and the world counts"})
		}
	}
	return out
}

// lastSeen is what each step was last seen as by the runs that released the commit.
func lastSeen(records []journal.Record, commit string) map[flow.ID]journal.Record {
	last, of := map[flow.ID]journal.Record{}, map[string]string{}
	for _, rec := range records {
		if rec.Commit != "" {
			of[rec.Run] = rec.Commit
		}
		if rec.Kind == string(flow.KindObserved) && of[rec.Run] == commit {
			last[flow.ID(rec.Step)] = rec
		}
	}
	return last
}
