package gittest

import (
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

const (
	uploadCapabilities  = "side-band-64k ofs-delta shallow no-progress object-format=sha1 agent=gittest"
	receiveCapabilities = "report-status delete-refs side-band-64k ofs-delta atomic no-thin object-format=sha1 agent=gittest"
)

// advertise lists the refs as git does: HEAD first, then by name, and behind
// every annotated tag what it stands for.
func (s *Server) advertise(path, service string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repos[path]
	var list []string
	caps := receiveCapabilities
	if service == uploadPack {
		caps = uploadCapabilities
		if sha := r.refs[r.head]; sha != "" {
			caps += " symref=HEAD:" + r.head
			list = append(list, sha+" HEAD")
		}
	}
	for _, ref := range r.names() {
		list = append(list, r.refs[ref]+" "+ref)
		if target := r.peeled(r.refs[ref]); target != "" && service == uploadPack {
			list = append(list, target+" "+ref+"^{}")
		}
	}
	return []byte(pkt("# service=%s\n", service) + flush + advertised(list, caps))
}

func advertised(list []string, caps string) string {
	if len(list) == 0 {
		list = []string{zero + " capabilities^{}"}
	}
	var b strings.Builder
	for i, line := range list {
		if i == 0 {
			line += "\x00" + caps
		}
		b.WriteString(pkt("%s\n", line))
	}
	return b.String() + flush
}

func (r *repository) names() []string {
	var names []string
	for ref := range r.refs {
		names = append(names, ref)
	}
	slices.Sort(names)
	return names
}

// peeled is the object behind an annotated tag, "" if sha is none.
func (r *repository) peeled(sha string) string {
	target := ""
	for h := plumbing.NewHash(sha); ; {
		tag, err := object.GetTag(r.objects, h)
		if err != nil {
			return target
		}
		h, target = tag.Target, tag.Target.String()
	}
}
