package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"ferry/flow/ci"
	"ferry/pypi"
)

// Kept are files that were taken out of CI's artifacts while this process runs, each
// below its sha256 in a private folder. Nothing decides from what is there: what has
// other bytes than its folder says is not used. The zero Kept is ready, and its folder
// is made with the first file.
type Kept struct {
	mu       sync.Mutex
	dir      string
	searched map[string]searched // by the artifact
}

// searched is what was found in an artifact, whose bytes do not change: the sha256 of
// each file that was looked for by its name.
type searched map[string][]string

// Close takes the folder away.
func (k *Kept) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	dir := k.dir
	k.dir, k.searched = "", nil
	if dir == "" {
		return nil
	}
	return os.RemoveAll(dir)
}

// How much is searched for one file, and for how long.
const (
	maxSearched = 20 // artifacts
	searchTime  = 10 * time.Minute
)

// wanted is a file that is looked for.
type wanted struct{ name, sha256 string }

// unfit: the name is that of no distribution, or might be taken for a path.
func (f wanted) unfit() bool {
	_, err := pypi.ParseFilename(f.name)
	return err != nil || f.name != filepath.Base(f.name) || strings.ContainsAny(f.name, `/\:`)
}

// keptAt is an artifact of a build.
type keptAt struct {
	build build
	ci.Artifact
}

// said is how people find it.
func (p keptAt) said() string {
	return fmt.Sprintf("the artifact %q of %s build %s", p.Name, p.build.provider.Name(), p.build.ID)
}

// errNotKept says why a file is not to be had; its text follows on a comma. Without
// one no CI was asked.
type errNotKept struct{ why string }

func (e errNotKept) Error() string { return e.why }

// find looks for a file in what CI keeps of builds, the smallest artifact first, and
// gives where its bytes lie now and where they are from. What is taken out of an
// artifact on the way is all that is lacking, so that each is read once.
func (k *Kept) find(ctx context.Context, builds []build, lacking []wanted, f wanted) (path, from string, err error) {
	if f.unfit() {
		return "", "", errNotKept{"and that is no name of a distribution"}
	}
	lacking = slices.DeleteFunc(slices.Clone(lacking), wanted.unfit)
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	places, err := artifactsOf(ctx, builds)
	if err != nil {
		return "", "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var other, unread []string
	for _, p := range places {
		if p.Expired {
			continue
		}
		sums, err := k.search(ctx, p, lacking, f)
		switch {
		case err != nil:
			unread = append(unread, fmt.Sprintf("%s cannot be read: %v", p.said(), err)) // another one may have it
		case slices.Contains(sums, f.sha256):
			return k.path(f), p.said(), nil
		case len(sums) > 0:
			other = append(other, fmt.Sprintf("the one in %s has other bytes: its sha256 is %s", p.said(), strings.Join(sums, " or ")))
		}
	}
	if len(unread) > 0 {
		return "", "", errNotKept{"and " + strings.Join(unread, ", ")}
	}
	return "", "", notKept(places, other, f)
}

// notKept says what was looked at in vain.
func notKept(places []keptAt, other []string, f wanted) error {
	var names, old []string
	for _, p := range places {
		if p.Expired {
			old = append(old, p.said()+" has expired")
		} else {
			names = append(names, p.said())
		}
	}
	switch {
	case len(other) > 0:
		return errNotKept{fmt.Sprintf("and %s, and CI printed %s", strings.Join(other, ", "), f.sha256)}
	case len(old) > 0:
		return errNotKept{"and " + strings.Join(old, ", ")}
	case len(names) > 0:
		return errNotKept{"nor in " + strings.Join(names, ", ")}
	}
	return errNotKept{"and CI keeps no artifact of the build"}
}

// artifactsOf are the artifacts of the builds, the smallest first. The error says why they
// cannot be searched, if nothing can.
func artifactsOf(ctx context.Context, builds []build) (out []keptAt, err error) {
	none := errNotKept{}
	for _, b := range builds {
		keeper, ok := b.provider.(ci.Keeper)
		if !ok {
			continue
		}
		none = errNotKept{"and CI keeps no artifact of the build"}
		all, failed := keeper.Artifacts(ctx, b.Build)
		var no *ci.UnsupportedError
		switch {
		case errors.As(failed, &no):
			err = cmp.Or(err, error(errNotKept{"and " + failed.Error()}))
		case failed != nil:
			return nil, errNotKept{fmt.Sprintf("and CI's artifacts cannot be listed: %v", failed)}
		}
		for _, a := range all {
			out = append(out, keptAt{b, a})
		}
	}
	switch {
	case len(out) > maxSearched:
		return nil, errNotKept{fmt.Sprintf("and CI keeps %d artifacts of it, more than are searched", len(out))}
	case len(out) == 0:
		return nil, cmp.Or(err, error(none))
	}
	slices.SortStableFunc(out, func(a, b keptAt) int { return cmp.Compare(a.Size, b.Size) })
	return out, nil
}

// search gives the sha256 of every file of the name in an artifact, and puts all that
// is lacking and in it into the folder. The caller holds the lock.
func (k *Kept) search(ctx context.Context, p keptAt, lacking []wanted, f wanted) ([]string, error) {
	at := p.build.provider.Name() + " " + p.build.ID + " " + p.ID
	if sums, ok := k.searched[at][f.name]; ok && (!slices.Contains(sums, f.sha256) || k.holds(f)) {
		return sums, nil
	}
	archive, err := k.fetch(ctx, p)
	if err != nil {
		return nil, err
	}
	defer func() {
		_ = archive.Close()
		_ = os.Remove(archive.Name())
	}()
	found, err := k.unpack(ctx, archive, lacking)
	if err != nil {
		return nil, err
	}
	if k.searched == nil {
		k.searched = map[string]searched{}
	}
	k.searched[at] = found
	return found[f.name], nil
}

// path is where a file lies once it was found.
func (k *Kept) path(f wanted) string { return filepath.Join(k.dir, f.sha256, f.name) }

func (k *Kept) holds(f wanted) bool {
	if k.dir == "" {
		return false
	}
	_, err := os.Stat(k.path(f))
	return err == nil
}

// fetch reads an artifact into a file of our own.
func (k *Kept) fetch(ctx context.Context, p keptAt) (_ *os.File, err error) {
	if k.dir == "" {
		if k.dir, err = os.MkdirTemp("", "ferry-kept-"); err != nil { // for us alone
			return nil, err
		}
	}
	in, err := p.build.provider.(ci.Keeper).OpenArtifact(ctx, p.Artifact)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	out, err := os.CreateTemp(k.dir, "archive-")
	if err != nil {
		return nil, err
	}
	if _, err = io.Copy(out, in); err != nil {
		_ = out.Close()
		_ = os.Remove(out.Name())
		return nil, err
	}
	return out, nil
}
