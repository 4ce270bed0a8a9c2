package travis

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"ferry/flow/ci"
)

// Log gives the log of a job, also while it runs: the API then holds it in
// parts, and as one text later.
func (p *Provider) Log(ctx context.Context, job ci.Job, offset int64) (ci.LogChunk, error) {
	var doc logDoc
	if err := p.client.Get(ctx, p.o.URL+"/job/"+job.ID+"/log", "the log of job "+job.ID, &doc); err != nil {
		return ci.LogChunk{Next: offset}, err
	}
	text, final := doc.text()
	if offset > int64(len(text)) || offset < 0 {
		offset = 0 // the job was restarted, and its log began anew
	}
	return ci.LogChunk{
		Text: []byte(text[offset:]), Next: int64(len(text)), Complete: job.State.Final() || final,
	}, nil
}

func (d logDoc) text() (text string, final bool) {
	if d.Content != nil && *d.Content != "" {
		text = *d.Content
	}
	slices.SortFunc(d.Parts, func(a, b partDoc) int { return cmp.Compare(a.Number, b.Number) })
	var parts strings.Builder
	for _, p := range d.Parts {
		parts.WriteString(p.Content)
		final = final || p.Final
	}
	if parts.Len() > len(text) {
		text = parts.String()
	}
	return text, final
}
