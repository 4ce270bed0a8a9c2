package gitops

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/memory"
)

// depth says how much of a commit is wanted.
type depth int

const (
	bare depth = iota // the tag object alone
	full              // with the files of the commit
)

// Fetch reads the files of a commit of the remote into memory, without its
// history where the remote can do that. The clone is not touched. It is meant
// for the metadata of somebody else's release.
func (m *Remote) Fetch(ctx context.Context, sha string) (fs.FS, error) {
	if err := checkSHA(sha); err != nil {
		return nil, err
	}
	if m.repo.Has(sha) {
		return m.repo.Tree(sha)
	}
	ctx, done := m.limit(ctx)
	defer done()
	objects, err := m.fetch(ctx, sha, full)
	if err != nil {
		return nil, fmt.Errorf("fetching %s: %w", sha, err)
	}
	c, err := object.GetCommit(objects, plumbing.NewHash(sha))
	if err != nil {
		return nil, fmt.Errorf("fetching %s: %w", sha, noObject(err))
	}
	return treeOf(objects, c)
}

func (m *Remote) fetch(ctx context.Context, sha string, d depth) (*memory.Storage, error) {
	if s := m.resume(ctx); s != nil {
		if objects, err := m.ask(ctx, s, sha, d); err == nil || ctx.Err() != nil {
			return objects, err
		}
	}
	s, err := m.dial(ctx, readService)
	if err != nil {
		return nil, err
	}
	return m.ask(ctx, s, sha, d)
}

// ask fetches one object in a session, and closes it.
func (m *Remote) ask(ctx context.Context, s session, sha string, d depth) (*memory.Storage, error) {
	defer s.close()
	request, deepened, err := m.fetchRequest(s.list(), sha, d)
	if err != nil {
		return nil, err
	}
	answer, _, err := s.exchange(ctx, upload{data: request})
	if err != nil {
		return nil, m.explain(ctx, err)
	}
	pack, err := readPack(answer, s.list().can("side-band-64k"), deepened)
	if err != nil {
		return nil, m.explain(ctx, err)
	}
	return unpack(pack)
}

// fetchRequest asks for one object. If we hold the commit behind a tag we say
// so, and the answer is the tag alone; else depth and filter keep it small.
func (m *Remote) fetchRequest(a *advert, sha string, d depth) (request []byte, deepened bool, err error) {
	want, commit, ok := wanted(a, sha)
	if !ok {
		return nil, false, ErrNoObject
	}
	held := d == bare && m.repo.Has(commit)
	filter := d == bare && !held && a.can("filter")
	deepened = !held && a.can("shallow")
	caps := []string{"side-band-64k", "ofs-delta"}
	if deepened {
		caps = append(caps, "shallow")
	}
	if filter {
		caps = append(caps, "filter")
	}
	var b bytes.Buffer
	writePkt(&b, "want %s%s\n", want, m.capabilities(a, caps...))
	if deepened {
		writePkt(&b, "deepen 1\n")
	}
	if filter {
		writePkt(&b, "filter tree:0\n")
	}
	b.WriteString(flushPkt)
	if held {
		writePkt(&b, "have %s\n", commit)
	}
	writePkt(&b, "done\n")
	return b.Bytes(), deepened, nil
}

// wanted finds what may be asked for to get sha: servers give out the tips they
// list, and a commit behind a tag comes with the tag.
func wanted(a *advert, sha string) (want, commit string, ok bool) {
	for _, ref := range a.refs {
		if ref.SHA == sha || ref.Commit == sha {
			return ref.SHA, ref.Commit, true
		}
	}
	loose := a.can("allow-reachable-sha1-in-want") || a.can("allow-tip-sha1-in-want") || a.can("allow-any-sha1-in-want")
	return sha, sha, loose
}

// readPack reads the preamble of an upload-pack answer, and the pack.
func readPack(answer io.Reader, banded, deepened bool) ([]byte, error) {
	p := newPackets(answer)
	for {
		line, flush, err := p.line()
		if err != nil {
			return nil, whole(err)
		}
		if strings.HasPrefix(line, "NAK") || strings.HasPrefix(line, "ACK ") {
			break
		}
		if !deepened || !flush && !strings.HasPrefix(line, "shallow ") && !strings.HasPrefix(line, "unshallow ") {
			return nil, fmt.Errorf("%w: %.40q instead of a pack", errMalformed, line)
		}
	}
	r := &reply{room: maxFetch}
	err := r.read(p.r, banded)
	return r.data.Bytes(), err
}
