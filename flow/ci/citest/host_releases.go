package citest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Release is one of the git host.
type Release struct {
	ID                 int64 // given by the server
	Tag, Title, Notes  string
	Target             string // where the tag is made, if it is absent; main if empty
	Draft, Prerelease  bool
	Latest             string // GitHub's make_latest, as it was asked for
	By                 string
	Created, Published time.Time
}

// Releases are those that there are, the oldest first.
func (s *Server) Releases() []Release {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.releases)
}

// AddRelease puts one there that was made long ago, and gives its id. Nothing comes
// of it: neither a tag nor a build.
func (s *Server) AddRelease(r Release) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !r.Draft && r.Published.IsZero() {
		r.Published = someday
	}
	return s.addRelease(r).ID
}

// RemoveRelease takes one away. Its tag stays.
func (s *Server) RemoveRelease(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.releases = slices.DeleteFunc(s.releases, func(r Release) bool { return r.ID == id })
}

// PublishRelease lets somebody publish a draft on the pages of the host.
func (s *Server) PublishRelease(id int64) error {
	s.publishing.Lock()
	defer s.publishing.Unlock()
	s.mu.Lock()
	r := s.release(id)
	s.mu.Unlock()
	if r == nil || !r.Draft {
		return fmt.Errorf("there is no draft %d", id)
	}
	now := *r
	now.Draft = false
	_, err := s.keepRelease(now)
	return err
}

// addRelease puts one there. The caller holds the lock.
func (s *Server) addRelease(r Release) *Release {
	r.ID = s.id()
	if r.By == "" {
		r.By = "dana"
	}
	if r.Created.IsZero() {
		r.Created = someday
	}
	s.releases = append(s.releases, r)
	return &s.releases[len(s.releases)-1]
}

// release finds one by its id. The caller holds the lock.
func (s *Server) release(id int64) *Release {
	for i := range s.releases {
		if s.releases[i].ID == id {
			return &s.releases[i]
		}
	}
	return nil
}

// released is the published one of a tag, or the first draft if drafts count too.
// The caller holds the lock.
func (s *Server) released(tag string, drafts bool) *Release {
	for i := range s.releases {
		if r := &s.releases[i]; r.Tag == tag && (!r.Draft || drafts) {
			return r
		}
	}
	return nil
}

// shownReleases are the newest first. The caller holds the lock.
func (s *Server) shownReleases(drafts bool) []Release {
	var out []Release
	for _, r := range slices.Backward(s.releases) {
		if !r.Draft || drafts {
			out = append(out, r)
		}
	}
	return out
}

// What is wrong with a release.
var (
	errTagName  = errors.New("tag_name is not well-formed")
	errReleased = errors.New("already_exists")
	errTarget   = errors.New("target_commitish is invalid")
)

// keepRelease makes a release or changes one. Publishing it makes its tag where there
// is none, pushes that, and starts what asks for published releases. The caller holds
// publishing.
func (s *Server) keepRelease(r Release) (Release, error) {
	s.mu.Lock()
	before := s.release(r.ID)
	other := s.released(r.Tag, false)
	first := !r.Draft && (before == nil || before.Draft)
	s.mu.Unlock()
	switch {
	case !tagName(r.Tag):
		return r, errTagName
	case !r.Draft && other != nil && other.ID != r.ID:
		return r, errReleased
	case !first:
		return s.putRelease(r), nil
	}
	sha, made, err := s.tagAt(r.Tag, r.Target)
	if err != nil {
		return r, errors.Join(errTarget, err)
	}
	r.Published = s.o.Now()
	r = s.putRelease(r)
	s.announce(r.Tag, sha, made)
	return r, nil
}

// announce lets CI hear of a release that was published.
func (s *Server) announce(tag, sha string, made bool) {
	if made {
		s.Push("refs/tags/"+tag, "", sha)
	}
	s.mu.Lock()
	off := s.o.Script.HookOff
	s.mu.Unlock()
	if !off {
		s.Trigger("release", "refs/tags/"+tag, sha)
	}
}

func (s *Server) putRelease(r Release) Release {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.release(r.ID); at != nil {
		*at = r
		return r
	}
	r.Created = s.o.Now()
	return *s.addRelease(r)
}

// tagAt asks for the tag of the remote, or keeps it itself.
func (s *Server) tagAt(tag, target string) (sha string, made bool, err error) {
	if s.o.Tag != nil {
		return s.o.Tag(tag, target)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if sha := s.refs["refs/tags/"+tag]; sha != "" || target == "" {
		return sha, false, nil
	}
	if sha := s.refs["refs/heads/"+target]; sha != "" {
		return sha, true, nil
	}
	if !fullSHA.MatchString(target) {
		return "", false, fmt.Errorf("%s is neither a commit nor a branch", target)
	}
	return target, true, nil
}

var fullSHA = regexp.MustCompile(`^[0-9a-f]{40}$`)

// tagName says whether git would take a name, as far as tests go wrong.
func tagName(s string) bool {
	return s != "" && !strings.ContainsAny(s, " ~^:?*[\\\x00\x1b\n") && !strings.Contains(s, "..") && !strings.HasPrefix(s, "-") &&
		!strings.HasSuffix(s, "/") && !strings.HasSuffix(s, ".lock")
}
