package travis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"ferry/flow/ci"
)

// Log gives the log of a job, also while it runs: the API then holds it in parts,
// and only those are asked for that follow the last one given.
func (p *Provider) Log(ctx context.Context, job ci.Job, offset int64) (ci.LogChunk, error) {
	if text, ok := p.logs.Recall(ctx, job); ok {
		return ci.LogChunk{Text: text[min(max(offset, 0), int64(len(text))):], Next: int64(len(text)), Complete: true}, nil
	}
	if t, ok := p.tails.get(job.ID); ok && offset > 0 && t.offset == offset && !job.State.Final() {
		return p.more(ctx, job, t)
	}
	return p.whole(ctx, job, offset)
}

func (p *Provider) whole(ctx context.Context, job ci.Job, offset int64) (ci.LogChunk, error) {
	var doc logDoc
	if err := p.client.Get(ctx, p.o.URL+"/job/"+job.ID+"/log", "the log of job "+job.ID, &doc); err != nil {
		return ci.LogChunk{Next: offset}, err
	}
	text, final := doc.text()
	if offset > int64(len(text)) || offset < 0 {
		offset = 0 // the job was restarted, and its log began anew
	}
	out := ci.LogChunk{Text: []byte(text[offset:]), Next: int64(len(text)), Complete: job.State.Final() || final}
	switch n := len(doc.Parts); {
	case out.Complete:
		p.tails.drop(job.ID)
		p.logs.Keep(job, []byte(text))
	case n > 0:
		p.tails.put(job.ID, tail{offset: out.Next, part: doc.Parts[n-1].Number, started: job.Started})
	}
	return out, nil
}

// more gives the parts that follow. Where there are none the job may have ended,
// its log made whole and its parts dropped, or it may have begun anew.
func (p *Provider) more(ctx context.Context, job ci.Job, t tail) (ci.LogChunk, error) {
	out := ci.LogChunk{Next: t.offset}
	var doc logDoc
	err := p.client.Get(ctx, fmt.Sprintf("%s/job/%s/log_parts?after=%d", p.o.URL, job.ID, t.part), "the log of job "+job.ID, &doc)
	if err != nil {
		return out, err
	}
	slices.SortFunc(doc.Parts, byNumber)
	for _, part := range doc.Parts {
		if part.Number != t.part+1 {
			break // one is missing, and comes later
		}
		t.part++
		out.Text = append(out.Text, part.Content...)
		out.Complete = out.Complete || part.Final
	}
	if len(out.Text) == 0 && !out.Complete {
		t.empty++
		p.tails.put(job.ID, t)
		if t.empty%asksJob != 1 {
			return out, nil
		}
		return p.silent(ctx, job, t)
	}
	t.empty = 0
	t.offset += int64(len(out.Text))
	out.Next = t.offset
	p.tails.put(job.ID, t)
	return out, nil
}

// silent asks what became of a job whose log does not grow.
func (p *Provider) silent(ctx context.Context, job ci.Job, t tail) (ci.LogChunk, error) {
	var doc jobDoc
	if err := p.client.Get(ctx, p.o.URL+"/job/"+job.ID, "job "+job.ID, &doc); err != nil {
		return ci.LogChunk{Next: t.offset}, err
	}
	job.State = state(doc.State)
	switch started := moment(doc.Started); {
	case !started.Equal(t.started) && !started.IsZero() && !t.started.IsZero():
		job.Started = started
		return p.whole(ctx, job, 0)
	case job.State.Final():
		return p.whole(ctx, job, t.offset)
	}
	return ci.LogChunk{Next: t.offset}, nil
}

func byNumber(a, b partDoc) int { return cmp.Compare(a.Number, b.Number) }

func (d logDoc) text() (text string, final bool) {
	if d.Content != nil && *d.Content != "" {
		text = *d.Content
	}
	slices.SortFunc(d.Parts, byNumber)
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

// tail is how far the log of a running job was read.
type tail struct {
	offset  int64
	part    int       // the last one read
	empty   int       // how many looks have brought nothing since
	started time.Time // the job, when its log was first read
}

// asksJob is after how many looks that bring nothing the job is asked for too; the
// first one is among them.
const asksJob = 4

// tails remembers where reading ended, by the job.
type tails struct {
	mu sync.Mutex
	of map[string]tail
}

const maxTails = 64

func (t *tails) get(job string) (tail, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	got, ok := t.of[job]
	return got, ok
}

func (t *tails) put(job string, at tail) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil || len(t.of) >= maxTails {
		t.of = map[string]tail{}
	}
	t.of[job] = at
}

func (t *tails) drop(job string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.of, job)
}
