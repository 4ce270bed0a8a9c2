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

// writePack appends a pack with what the remote lacks of tip. It looks for no
// deltas: the pack is small, and go-git's search for them can take minutes.
func writePack(ctx context.Context, b *bytes.Buffer, objects overlay, tip plumbing.Hash, a *advert, tracked []plumbing.Hash) error {
	d := &difference{
		ctx: ctx, objects: objects, shallow: objects.shallow(),
		remote: map[plumbing.Hash]bool{}, chosen: map[plumbing.Hash]bool{},
	}
	for _, ref := range a.refs {
		d.remote[plumbing.NewHash(ref.SHA)] = true
	}
	for _, h := range tracked {
		d.remote[h] = true
	}
	if err := d.collect(tip); err != nil {
		return fmt.Errorf("collecting what to push: %w", noObject(err))
	}
	_, err := packfile.NewEncoder(&patient{ctx, b}, objects, true).Encode(d.list, 0)
	return err
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
