package ui

import (
	"fmt"
	"strings"

	"ferry/flow"
	"ferry/ui/widget"
)

var surfaces = []struct{ id, short, long, what string }{
	{flow.SurfaceLog, "log", "log", "the hash that the CI job printed"},
	{flow.SurfaceJSON, "JSON", "JSON", "the index's JSON page"},
	{flow.SurfaceSimple, "idx", "index", "the simple index, which pip reads"},
	{flow.SurfaceBytes, "data", "data", "the downloaded bytes, hashed here"},
}

// wideTable is from where on the table has room for words.
const wideTable = 88

// indexBody: every file on every surface, and what that means.
func (m *model) indexBody(width int) []string {
	r := m.board.Row(flow.ConfirmIndex)
	out := []string{" " + m.st.Bold(m.filesText(r.Finding.Files))}
	if r.Seen && r.Finding.Text != "" {
		out = append(out, widget.Under(" "+status(m.st, r.Finding, r.Seen, r.Running)+"  ", r.Finding.Text, width)...)
	}
	if p := r.Finding.Problem; p != nil && r.Finding.Status == flow.Underway && len(p.Lines) > 0 {
		out = append(out, m.shownLines(p, width, 2*minShown)...) // why CI failed, while the index is still waited for
	}
	out = append(out, "")
	if len(r.Finding.Files) > 0 {
		out = append(out, m.fileTable(r.Finding.Files, width)...)
		out = append(out, "")
		for _, s := range surfaces {
			name := s.short
			if width >= wideTable {
				name = s.long
			}
			out = append(out, widget.Cut(m.st, "   "+m.st.Faint(pad(name, 6)+s.what), width))
		}
	}
	out = append(out, m.legend(r.Finding.Files, width)...)
	return append(append(out, ""), m.rowTail(r, width)...)
}

func (m *model) filesText(files []flow.File) string {
	there, pip := 0, 0
	for _, f := range files {
		if f.Surfaces[flow.SurfaceJSON] == flow.SeenYes || f.Surfaces[flow.SurfaceSimple] == flow.SeenYes {
			there++
		}
		if f.Surfaces[flow.SurfaceSimple] == flow.SeenYes {
			pip++
		}
	}
	if len(files) == 0 {
		return m.s.Index + " shows no file of " + m.s.Version + " so far."
	}
	return fmt.Sprintf("%d of %s on %s. pip can install %d.", there, count(len(files), "file"), m.s.Index, pip)
}

func (m *model) fileTable(files []flow.File, width int) []string {
	wide := width >= wideTable
	hash := 12
	if wide {
		hash = 18
	}
	t := widget.Table{Cursor: -1, Columns: []widget.Column{
		{Title: "file", Max: 44, Hash: true}, {Title: "size", Right: true, Drop: 1}, {Title: "sha256", Max: hash, Hash: true, Drop: 2}}}
	for _, s := range surfaces {
		title := s.short
		if wide {
			title = s.long
		}
		t.Columns = append(t.Columns, widget.Column{Title: title})
	}
	for _, f := range files {
		row := []string{f.Name, size(f.Size), f.SHA256}
		for _, s := range surfaces {
			row = append(row, seenSign(m.st, f.Surfaces[s.id], wide))
		}
		t.Rows = append(t.Rows, row)
	}
	return t.Lines(m.st, width)
}

// legend explains only the signs that stand there and are not plain.
func (m *model) legend(files []flow.File, width int) []string {
	texts := map[flow.Seen]string{
		flow.SeenLate:       "absent, but the page may be older than the upload",
		flow.SeenNo:         "absent, read late enough to count",
		flow.SeenDiffers:    "there with other bytes",
		flow.SeenUnknown:    "could not be read",
		flow.SeenNotChecked: "not checked",
	}
	var parts []string
	for _, s := range []flow.Seen{flow.SeenLate, flow.SeenNo, flow.SeenDiffers, flow.SeenUnknown, flow.SeenNotChecked} {
		if anySays(files, s) {
			parts = append(parts, seenSign(m.st, s, false)+" "+texts[s])
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return append([]string{""}, widget.Under("   ", strings.Join(parts, "   "), width)...)
}

func anySays(files []flow.File, s flow.Seen) bool {
	for _, f := range files {
		for _, surface := range surfaces {
			if f.Surfaces[surface.id] == s {
				return true
			}
		}
	}
	return false
}
