package pypitest

import (
	"net/http"

	"ferry/pypi"
)

func (s *Server) projectJSON(w http.ResponseWriter, r *http.Request) {
	p := s.shown(r.PathValue("name"))
	if p == nil || newest(p) == nil {
		s.noJSON(w)
		return
	}
	doc := s.document(p, newest(p), base(r))
	all := object{}
	for _, rel := range p.releases {
		all[rel.version] = urls(rel, base(r))
	}
	doc["releases"] = all
	s.page(w, r, JSON, p, "application/json", marshal(doc))
}

func (s *Server) releaseJSON(w http.ResponseWriter, r *http.Request) {
	p := s.shown(r.PathValue("name"))
	if p == nil || p.release(r.PathValue("version")) == nil {
		s.noJSON(w)
		return
	}
	rel := p.release(r.PathValue("version"))
	s.page(w, r, JSON, p, "application/json", marshal(s.document(p, rel, base(r))))
}

func (s *Server) noJSON(w http.ResponseWriter) {
	s.absent(w, JSON, "application/json", `{"message": "Not Found"}`)
}

// shown leaves out what the JSON API hides.
func (s *Server) shown(name string) *project {
	p := s.seen(JSON, name)
	if s.opt.NoJSON || p == nil || p.status == "quarantined" {
		return nil
	}
	return p
}

func (s *Server) document(p *project, r *release, base string) object {
	yanked, reason := len(r.files) > 0, ""
	for _, f := range r.files {
		yanked = yanked && f.yanked
		reason = f.reason
	}
	return object{
		"info": object{
			"name": p.name, "version": r.version, "yanked": yanked, "yanked_reason": orNull(reason),
			"package_url": base + "/project/" + pypi.NormalizeName(p.name) + "/",
			"release_url": base + "/project/" + pypi.NormalizeName(p.name) + "/" + r.version + "/",
		},
		"last_serial": p.serial, "urls": urls(r, base), "vulnerabilities": []any{},
		"ownership": object{"roles": []object{{"role": "Owner", "user": s.owner(p)}}, "organization": nil},
	}
}

func (s *Server) owner(p *project) string {
	if p.owner != "" {
		return p.owner
	}
	return s.opt.User
}

func urls(r *release, base string) []object {
	all := []object{}
	for _, f := range r.files {
		kind, python := "sdist", "source"
		if d, err := pypi.ParseFilename(f.Name); err == nil && d.Kind == pypi.KindWheel {
			kind, python = d.Kind, wheelPython(f.Name)
		}
		all = append(all, object{
			"filename": f.Name, "packagetype": kind, "python_version": python,
			"digests":     object{"md5": f.md5, "sha256": f.sha256, "blake2b_256": f.blake2},
			"md5_digest":  f.md5,
			"size":        len(f.Data),
			"upload_time": f.uploaded.Format("2006-01-02T15:04:05"), "upload_time_iso_8601": f.uploaded.Format(timeForm),
			"url": base + f.path(), "yanked": f.yanked, "yanked_reason": orNull(f.reason),
			"requires_python": orNull(f.RequiresPython), "has_sig": false, "downloads": -1, "comment_text": nil,
		})
	}
	return all
}

// newest is the release PyPI calls the latest: not yanked, final before
// pre-release, by PEP 440.
func newest(p *project) *release {
	var best *release
	for _, r := range p.releases {
		if best == nil || rank(r, best) > 0 {
			best = r
		}
	}
	return best
}

func rank(a, b *release) int {
	v, _ := pypi.ParseVersion(a.version)
	w, _ := pypi.ParseVersion(b.version)
	if x, y := a.withdrawn(), b.withdrawn(); x != y {
		return order(y, x)
	}
	if x, y := v.IsPrerelease(), w.IsPrerelease(); x != y {
		return order(y, x)
	}
	return v.Compare(w)
}

func order(first, _ bool) int {
	if first {
		return 1
	}
	return -1
}

func (r *release) withdrawn() bool {
	for _, f := range r.files {
		if !f.yanked {
			return false
		}
	}
	return true
}
