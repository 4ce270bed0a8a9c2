package gittest

import (
	"fmt"
	"io/fs"
	"maps"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/memory"

	"ferry/gitops"
)

const zero = "0000000000000000000000000000000000000000"

// repository is one bare repository. The server's lock guards it.
type repository struct {
	objects *memory.Storage
	refs    map[string]string
	head    string // the ref HEAD stands for
}

// CommitOption says who makes the first commit of a repository, and when.
type CommitOption func(*object.Signature)

// By names the author.
func By(name, email string) CommitOption {
	return func(s *object.Signature) { s.Name, s.Email = name, email }
}

// At dates the commit.
func At(when time.Time) CommitOption {
	return func(s *object.Signature) { s.When = when }
}

func (s *Server) author(opts []CommitOption) object.Signature {
	who := object.Signature{Name: "Ada Example", Email: "ada@example.org", When: s.options.Now()}
	for _, o := range opts {
		o(&who)
	}
	return who
}

// Repo makes a repository, OWNER/REPO, with one commit on main, and gives the
// commit. Without files it stays empty, and the commit is "".
func (s *Server) Repo(path string, files map[string]string, opts ...CommitOption) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &repository{memory.NewStorage(), map[string]string{}, "refs/heads/main"}
	s.repos[clean(path)] = r
	if len(files) == 0 {
		return ""
	}
	sha := r.commit("", "first commit", files, s.author(opts))
	r.refs[r.head] = sha
	return sha
}

// Commit adds a commit to a branch, which it makes from main if it is not
// there. The files are put over those of the parent.
func (s *Server) Commit(path, branch, msg string, files map[string]string, when time.Time) string {
	ref := "refs/heads/" + branch
	s.mu.Lock()
	r := s.must(path)
	old, parent := r.at(ref), r.refs[ref]
	if parent == "" {
		parent = r.refs[r.head]
	}
	sha := r.commit(parent, msg, files, s.author([]CommitOption{At(when)}))
	r.refs[ref] = sha
	s.mu.Unlock()
	s.note(Update{Repo: clean(path), Ref: ref, Old: old, New: sha, At: s.options.Now()})
	return sha
}

// must finds a repository that a test or a scenario named. The name is theirs,
// so a wrong one is a bug in them.
func (s *Server) must(path string) *repository {
	r := s.repos[clean(path)]
	if r == nil {
		panic("gittest: no repository " + path)
	}
	return r
}

func (s *Server) has(path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repos[path] != nil
}

func (r *repository) at(ref string) string {
	if sha := r.refs[ref]; sha != "" {
		return sha
	}
	return zero
}

// Peel is the commit behind an annotated tag; any other id is its own.
func (s *Server) Peel(path, sha string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if target := s.must(path).peeled(sha); target != "" {
		return target
	}
	return sha
}

// Refs are all refs of a repository.
func (s *Server) Refs(path string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.must(path).refs)
}

// SetRef puts a ref somewhere, whatever was there: what another person's forced
// push does.
func (s *Server) SetRef(path, ref, sha string) { s.move(path, ref, sha) }

// NewRef puts a ref somewhere unless it is there already, and gives what it is at: what
// a host does for a person who has pushed nothing.
func (s *Server) NewRef(path, ref, sha string) (at string, made bool) {
	s.mu.Lock()
	r := s.must(path)
	at, made = r.refs[ref], r.refs[ref] == ""
	if made {
		at = sha
		r.set(ref, sha)
	}
	s.mu.Unlock()
	if made {
		s.note(Update{Repo: clean(path), Ref: ref, Old: zero, New: sha, At: s.options.Now()})
	}
	return at, made
}

// DeleteRef takes a ref away.
func (s *Server) DeleteRef(path, ref string) { s.move(path, ref, zero) }

func (s *Server) move(path, ref, sha string) {
	s.mu.Lock()
	r := s.must(path)
	old := r.at(ref)
	r.set(ref, sha)
	s.mu.Unlock()
	if old != sha {
		s.note(Update{Repo: clean(path), Ref: ref, Old: old, New: sha, At: s.options.Now()})
	}
}

func (r *repository) set(ref, sha string) {
	if sha == zero {
		delete(r.refs, ref)
		return
	}
	r.refs[ref] = sha
}

// Tag makes an annotated tag object for target, under any ref, and gives its id.
func (s *Server) Tag(path, ref, target, tagger, email string, when time.Time, message string) string {
	t := &object.Tag{
		Name: ref[len("refs/"):], Message: message + "\n",
		Tagger:     object.Signature{Name: tagger, Email: email, When: when},
		TargetType: plumbing.CommitObject, Target: plumbing.NewHash(target),
	}
	s.mu.Lock()
	sha := store(s.must(path).objects, t)
	s.mu.Unlock()
	s.move(path, ref, sha)
	return sha
}

// Tree gives the files of a commit.
func (s *Server) Tree(path, sha string) (fs.FS, error) {
	s.mu.Lock()
	r := s.repos[clean(path)]
	s.mu.Unlock()
	if r == nil {
		return nil, fmt.Errorf("no repository %s", path)
	}
	return gitops.TreeOf(guarded{r.objects, &s.mu}, sha)
}

// guarded reads a storage under the server's lock.
type guarded struct {
	*memory.Storage
	mu *sync.Mutex
}

func (g guarded) EncodedObject(t plumbing.ObjectType, h plumbing.Hash) (plumbing.EncodedObject, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.Storage.EncodedObject(t, h)
}

func (g guarded) EncodedObjectSize(h plumbing.Hash) (int64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.Storage.EncodedObjectSize(h)
}
