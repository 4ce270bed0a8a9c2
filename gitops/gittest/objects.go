package gittest

import (
	"maps"
	"sort"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// encoder is any git object.
type encoder interface {
	Encode(plumbing.EncodedObject) error
}

// store writes an object into memory, which cannot fail for what we make here.
func store(st storer.EncodedObjectStorer, o encoder) string {
	m := &plumbing.MemoryObject{}
	if err := o.Encode(m); err != nil {
		panic("gittest: " + err.Error())
	}
	h, err := st.SetEncodedObject(m)
	if err != nil {
		panic("gittest: " + err.Error())
	}
	return h.String()
}

func (r *repository) commit(parent, msg string, files map[string]string, who object.Signature) string {
	c := &object.Commit{Author: who, Committer: who, Message: strings.TrimRight(msg, "\n") + "\n"}
	all := map[string]object.TreeEntry{}
	if parent != "" {
		c.ParentHashes = []plumbing.Hash{plumbing.NewHash(parent)}
		r.flatten(parent, all)
	}
	for path, text := range files {
		all[path] = object.TreeEntry{Mode: filemode.Regular, Hash: r.blob(text)}
	}
	c.TreeHash = r.tree(all)
	return store(r.objects, c)
}

func (r *repository) blob(text string) plumbing.Hash {
	m := &plumbing.MemoryObject{}
	m.SetType(plumbing.BlobObject)
	_, _ = m.Write([]byte(text))
	h, _ := r.objects.SetEncodedObject(m)
	return h
}

// flatten lists a commit's files by their full path.
func (r *repository) flatten(sha string, all map[string]object.TreeEntry) {
	c, err := object.GetCommit(r.objects, plumbing.NewHash(sha))
	if err != nil {
		panic("gittest: " + err.Error())
	}
	t, err := c.Tree()
	if err != nil {
		panic("gittest: " + err.Error())
	}
	w := object.NewTreeWalker(t, true, nil)
	defer w.Close()
	for {
		name, e, err := w.Next()
		if err != nil {
			return
		}
		if e.Mode != filemode.Dir {
			all[name] = e
		}
	}
}

// tree writes the tree of these files, folders first.
func (r *repository) tree(files map[string]object.TreeEntry) plumbing.Hash {
	t := &object.Tree{}
	folders := map[string]map[string]object.TreeEntry{}
	for path, e := range files {
		dir, rest, ok := strings.Cut(path, "/")
		if !ok {
			e.Name = path
			t.Entries = append(t.Entries, e)
			continue
		}
		if folders[dir] == nil {
			folders[dir] = map[string]object.TreeEntry{}
		}
		folders[dir][rest] = e
	}
	for dir := range maps.Keys(folders) {
		t.Entries = append(t.Entries, object.TreeEntry{Name: dir, Mode: filemode.Dir, Hash: r.tree(folders[dir])})
	}
	sort.Sort(object.TreeEntrySorter(t.Entries))
	return plumbing.NewHash(store(r.objects, t))
}
