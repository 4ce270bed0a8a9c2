package gitops

import (
	"bytes"
	"context"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// maxPack is the biggest push we hold in memory. A release commit weighs a few
// kilobytes; who has to push more than this is better served by git.
const maxPack = 512 << 20

// pack appends what the remote lacks of the new tip. It looks for no
// deltas: the pack is small, and go-git's search for them can take minutes. It
// gives the number of objects.
func (p *push) pack(ctx context.Context, b *bytes.Buffer, a *advert) (int, error) {
	d := &difference{
		ctx: ctx, objects: p.objects, shallow: p.objects.shallow(),
		remote: map[plumbing.Hash]bool{}, chosen: map[plumbing.Hash]bool{},
	}
	for _, ref := range a.refs {
		d.remote[plumbing.NewHash(ref.SHA)] = true
	}
	for _, h := range p.tracked {
		d.remote[h] = true
	}
	if err := d.collect(plumbing.NewHash(p.next)); err != nil {
		return 0, fmt.Errorf("collecting what to push: %w", p.remote.repo.lacks(err))
	}
	_, err := packfile.NewEncoder(&patient{ctx, b}, p.objects, true).Encode(d.list, 0)
	return len(d.list), p.remote.repo.lacks(err)
}

// patient stops the encoder when the context ends: it knows none.
type patient struct {
	ctx context.Context
	b   *bytes.Buffer
}

func (p *patient) Write(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	if p.b.Len() > maxPack {
		return 0, fmt.Errorf("the push: %w", ErrTooBig)
	}
	return p.b.Write(b)
}
