package plain

import (
	"io"

	"ferry/flow"
	"ferry/flow/board"
	"ferry/ui/visible"
)

// Found writes what was found before anything is asked.
func Found(w io.Writer, facts []flow.Fact, accessible bool) error {
	return rows(w, accessible, func(v voice) {
		for _, f := range facts {
			v.row("found", visible.Line(f.About+": "+f.Says))
		}
	})
}

// Leftovers writes what a setup leaves to a person: the values of a form that
// only they can fill in.
func Leftovers(w io.Writer, b board.Board, accessible bool) error {
	return rows(w, accessible, func(v voice) {
		page := ""
		for _, r := range b.Rows {
			for _, f := range r.Finding.Facts {
				if f.Witness == "form" {
					if f.Where != page {
						v.row("page", visible.Line(f.Where))
					}
					page = f.Where
					v.row("form", visible.Line(f.About+": "+f.Says))
				}
			}
		}
	})
}

func rows(w io.Writer, accessible bool, write func(voice)) error {
	out := &output{w: w}
	if accessible {
		write(sentences{out})
	} else {
		write(columns{out})
	}
	return out.err
}
