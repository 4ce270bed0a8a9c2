package gitops

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-billy/v5/memfs"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// store reads go-git's storage under a lock, because steps observe in parallel
// and go-git builds its indexes lazily. It asks the configuration nothing: that
// is where go-git refuses to open what git opens.
type store struct {
	readOnly
	mu       sync.Mutex
	disk     *filesystem.Storage
	packs    string    // the folder of packs
	seen     time.Time // its time when the packs were last indexed
	borrowed []*store  // alternates; go-git would index them anew for each object
}

func newStore(gitDir, common string, depth int) *store {
	fs := osfs.New(gitDir)
	if common != gitDir {
		fs = dotgit.NewRepositoryFilesystem(fs, osfs.New(common))
	}
	disk := filesystem.NewStorageWithOptions(fs, cache.NewObjectLRUDefault(),
		filesystem.Options{AlternatesFS: memfs.New()})
	s := &store{disk: disk, packs: filepath.Join(common, "objects", "pack")}
	s.seen = s.packTime()
	if depth < maxAlternates {
		s.borrow(filepath.Join(common, "objects"), depth+1)
	}
	return s
}

const maxAlternates = 5 // as git has it

func (s *store) borrow(objects string, depth int) {
	b, _ := os.ReadFile(filepath.Join(objects, "info", "alternates"))
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		dir := filepath.Dir(configPath(line, objects))
		s.borrowed = append(s.borrowed, newStore(dir, dir, depth))
	}
}

// EncodedObject gives a copy in memory whose hash is computed, so that it can
// be read after the lock is gone.
func (s *store) EncodedObject(t plumbing.ObjectType, h plumbing.Hash) (plumbing.EncodedObject, error) {
	o, err := s.own(t, h)
	for i := 0; err != nil && i < len(s.borrowed); i++ {
		o, err = s.borrowed[i].EncodedObject(t, h)
	}
	return o, err
}

func (s *store) own(t plumbing.ObjectType, h plumbing.Hash) (plumbing.EncodedObject, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, err := s.disk.EncodedObject(t, h)
	if err != nil && s.renewed() {
		o, err = s.disk.EncodedObject(t, h)
	}
	if err != nil {
		return nil, err
	}
	return inMemory(o)
}

// HasEncodedObject says whether h can be read here.
func (s *store) HasEncodedObject(h plumbing.Hash) error {
	_, err := s.EncodedObject(plumbing.AnyObject, h)
	return err
}

// EncodedObjectSize gives the size of an object.
func (s *store) EncodedObjectSize(h plumbing.Hash) (int64, error) {
	o, err := s.EncodedObject(plumbing.AnyObject, h)
	if err != nil {
		return 0, err
	}
	return o.Size(), nil
}

// renewed indexes the packs again if they changed: the person may fetch or
// collect garbage while ferry runs.
func (s *store) renewed() bool {
	now := s.packTime()
	if now.Equal(s.seen) {
		return false
	}
	s.seen = now
	s.disk.Reindex()
	return true
}

func (s *store) packTime() time.Time {
	info, err := os.Stat(s.packs)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

func (s *store) reference(name plumbing.ReferenceName) (*plumbing.Reference, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.disk.Reference(name)
}

// references lists every ref; one that is unreadable is left out.
func (s *store) references() []*plumbing.Reference {
	s.mu.Lock()
	defer s.mu.Unlock()
	iter, err := s.disk.IterReferences()
	if err != nil {
		return nil
	}
	var refs []*plumbing.Reference
	_ = iter.ForEach(func(ref *plumbing.Reference) error {
		refs = append(refs, ref)
		return nil
	})
	return refs
}

// shallow are the commits whose parents this clone does not hold.
func (s *store) shallow() map[plumbing.Hash]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := map[plumbing.Hash]bool{}
	list, _ := s.disk.Shallow()
	for _, h := range list {
		set[h] = true
	}
	return set
}

// prefixed lists the objects whose name starts with the bytes.
func (s *store) prefixed(b []byte) []plumbing.Hash {
	s.mu.Lock()
	hashes, _ := s.disk.HashesWithPrefix(b)
	s.mu.Unlock()
	for _, other := range s.borrowed {
		hashes = append(hashes, other.prefixed(b)...)
	}
	return hashes
}

func inMemory(o plumbing.EncodedObject) (plumbing.EncodedObject, error) {
	m, ok := o.(*plumbing.MemoryObject)
	if !ok {
		r, err := o.Reader()
		if err != nil {
			return nil, err
		}
		m = &plumbing.MemoryObject{}
		m.SetType(o.Type())
		_, err = io.Copy(m, r)
		if err = errors.Join(err, r.Close()); err != nil {
			return nil, err
		}
	}
	m.Hash() // go-git computes it on first use: let that be now
	return m, nil
}
