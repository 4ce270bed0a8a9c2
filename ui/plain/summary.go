package plain

import (
	"fmt"
	"slices"
	"strings"

	"ferry/flow"
	"ferry/flow/board"
)

// Summary closes a run: the files, where to look at them, what this run
// changed and how long it took. Links come after those that the findings name.
func (l *Lines) Summary(links ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range l.board.Warnings() {
		l.row("warning", w)
	}
	for _, f := range files(l.board) {
		l.row("file", fileText(f))
	}
	for _, link := range unique(append(proofs(l.board), links...)) {
		l.row("link", link)
	}
	for _, id := range l.board.Changed {
		l.row("did", doing(l.board.Row(id).Node, ""))
	}
	if took := l.took(); took != "" {
		l.row("took", took)
	}
}

// files is what the index holds, as the last look at it showed.
func files(b board.Board) []flow.File { return b.Row(flow.ConfirmIndex).Finding.Files }

func fileText(f flow.File) string {
	text := f.Name
	if f.Size > 0 {
		text += fmt.Sprintf("  %d bytes", f.Size)
	}
	if f.SHA256 != "" {
		text += "  sha256 " + f.SHA256
	}
	if f.Yanked {
		text += "  yanked"
	}
	return text
}

// proofs gives the addresses at which the findings can be read again.
func proofs(b board.Board) []string {
	var out []string
	for _, id := range []flow.ID{flow.AwaitCI, flow.ConfirmIndex, flow.PublishRelease, flow.HostRelease} {
		for _, p := range b.Row(id).Finding.Proof {
			if strings.HasPrefix(p.Where, "https://") || strings.HasPrefix(p.Where, "http://") {
				out = append(out, p.Where)
			}
		}
	}
	return out
}

func unique(all []string) []string {
	var out []string
	for _, s := range all {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (l *Lines) took() string {
	now := l.now()
	var parts []string
	for _, s := range l.board.Stages() {
		if d := s.Took(now); d > 0 {
			parts = append(parts, l.stage[s.Rows[0].Node.ID]+" "+duration(d))
		}
	}
	return strings.Join(append(parts, "in all "+duration(now.Sub(l.start))), ", ")
}
