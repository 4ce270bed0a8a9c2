package gitops

import (
	"errors"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/memory"
)

var errReadOnly = errors.New("the repository is only read")

// readOnly fills up go-git's storage interface for a storage that nothing may
// write to.
type readOnly struct{}

func (readOnly) NewEncodedObject() plumbing.EncodedObject { return &plumbing.MemoryObject{} }
func (readOnly) AddAlternate(string) error                { return errReadOnly }

func (readOnly) SetEncodedObject(plumbing.EncodedObject) (plumbing.Hash, error) {
	return plumbing.ZeroHash, errReadOnly
}

func (readOnly) IterEncodedObjects(plumbing.ObjectType) (storer.EncodedObjectIter, error) {
	return nil, errReadOnly
}

// overlay holds new objects in memory in front of the person's repository, so
// that a tag can be made and pushed without leaving a trace in the checkout.
type overlay struct {
	*store
	fresh *memory.Storage
}

func newOverlay(s *store) overlay { return overlay{s, memory.NewStorage()} }

func (o overlay) SetEncodedObject(obj plumbing.EncodedObject) (plumbing.Hash, error) {
	return o.fresh.SetEncodedObject(obj)
}

func (o overlay) EncodedObject(t plumbing.ObjectType, h plumbing.Hash) (plumbing.EncodedObject, error) {
	if obj, err := o.fresh.EncodedObject(t, h); err == nil {
		return obj, nil
	}
	return o.store.EncodedObject(t, h)
}
