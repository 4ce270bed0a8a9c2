package gitops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Tag is an annotated tag object: who says what about which commit, and when.
type Tag struct {
	Name, Target, Message string
	Tagger                Identity
	When                  time.Time
}

// CreateTag makes an annotated tag object for t.Target, in memory only, and
// creates ref with it on the remote, together with the commits that the remote
// lacks. The ref may have any name. An empty t.Name is taken from the ref. Below
// refs/tags/ the tag is signed if git would sign it; a failure is *SignError.
func (m *Remote) CreateTag(ctx context.Context, ref string, t Tag, progress func(line string)) (string, error) {
	if err := errors.Join(ValidRef(ref), checkSHA(t.Target)); err != nil {
		return "", err
	}
	if t.When.IsZero() || t.Tagger.Email == "" {
		return "", errors.New("a tag needs a date and a tagger")
	}
	if t.Name == "" {
		t.Name = strings.TrimPrefix(strings.TrimPrefix(ref, "refs/tags/"), "refs/")
	}
	objects := newOverlay(m.repo.store)
	if err := checkTarget(objects, t.Target); err != nil {
		return "", err
	}
	h, err := m.make(ctx, ref, t, objects)
	if err != nil {
		return "", fmt.Errorf("making the tag: %w", err)
	}
	return h.String(), m.update(ctx, command{ref, zeroSHA, h.String()}, objects, progress)
}

// cleaner takes out what would end a name or a line in a tag's head.
var cleaner = strings.NewReplacer("<", "", ">", "", "\n", " ", "\r", " ", "\x00", "")

// make puts the tag object into objects.
func (m *Remote) make(ctx context.Context, ref string, t Tag, objects overlay) (plumbing.Hash, error) {
	tag, text := t.object(), &plumbing.MemoryObject{}
	if err := tag.EncodeWithoutSignature(text); err != nil {
		return plumbing.ZeroHash, err
	}
	var by *signer
	var err error
	if strings.HasPrefix(ref, "refs/tags/") { // a claim is ours, and no release
		by, err = m.repo.signer(t.Tagger)
	}
	if err == nil && by != nil {
		tag.PGPSignature, err = by.sign(ctx, m.options.HookTime, contents(text))
	}
	if err != nil {
		return plumbing.ZeroHash, err
	}
	o := &plumbing.MemoryObject{}
	if err := tag.Encode(o); err != nil {
		return plumbing.ZeroHash, err
	}
	return objects.SetEncodedObject(o)
}

func contents(o *plumbing.MemoryObject) []byte {
	r, _ := o.Reader() // of bytes in memory
	b, _ := io.ReadAll(r)
	return b
}

func (t Tag) object() *object.Tag {
	return &object.Tag{
		Name:       cleaner.Replace(t.Name),
		Tagger:     object.Signature{Name: cleaner.Replace(t.Tagger.Name), Email: cleaner.Replace(t.Tagger.Email), When: t.When},
		Message:    strings.TrimRight(t.Message, "\n") + "\n",
		TargetType: plumbing.CommitObject,
		Target:     plumbing.NewHash(t.Target),
	}
}

// Tag reads an annotated tag object. One that is in this clone costs no request.
func (m *Remote) Tag(ctx context.Context, sha string) (Tag, error) {
	if err := checkSHA(sha); err != nil {
		return Tag{}, err
	}
	h := plumbing.NewHash(sha)
	if tag, err := object.GetTag(m.repo.store, h); err == nil {
		return tagOf(tag), nil
	}
	ctx, done := m.limit(ctx)
	defer done()
	objects, err := m.fetch(ctx, sha, bare)
	if err != nil {
		return Tag{}, fmt.Errorf("reading tag %s: %w", sha, err)
	}
	tag, err := object.GetTag(objects, h)
	if err != nil {
		return Tag{}, fmt.Errorf("reading tag %s: %w", sha, noObject(err))
	}
	return tagOf(tag), nil
}

func tagOf(t *object.Tag) Tag {
	return Tag{
		Name: t.Name, Target: t.Target.String(), Message: t.Message,
		Tagger: Identity{Name: t.Tagger.Name, Email: t.Tagger.Email}, When: t.Tagger.When,
	}
}
