package pypitest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"

	"ferry/pypi"
)

const (
	simpleJSON = "application/vnd.pypi.simple.v1+json"
	simpleHTML = "application/vnd.pypi.simple.v1+html"
	timeForm   = "2006-01-02T15:04:05.000000Z"
)

func (s *Server) simple(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if n := pypi.NormalizeName(name); n != name {
		http.Redirect(w, r, "/simple/"+n+"/", http.StatusMovedPermanently)
		return
	}
	p := s.seen(Simple, name)
	if p == nil {
		s.absent(w, Simple, "text/plain; charset=UTF-8", "404 Not Found")
		return
	}
	if p.status == "quarantined" {
		p.releases = nil
	}
	kind := offer(r.Header.Get("Accept"), simpleJSON, simpleHTML, "text/html")
	if kind == "" || s.opt.HTML {
		kind = "text/html"
	}
	if kind == simpleJSON {
		s.page(w, r, Simple, p, kind, marshal(simpleDocument(p, base(r))))
		return
	}
	s.page(w, r, Simple, p, kind+"; charset=UTF-8", []byte(simplePage(p, base(r))))
}

type object = map[string]any

func simpleDocument(p *project, base string) object {
	files, versions := []object{}, []string{}
	for _, r := range p.releases {
		if len(r.files) > 0 {
			versions = append(versions, r.version)
		}
	}
	for _, f := range p.files() {
		files = append(files, object{
			"filename": f.Name, "url": base + f.path(), "hashes": object{"sha256": f.sha256},
			"requires-python": orNull(f.RequiresPython), "size": len(f.Data),
			"upload-time": f.uploaded.Format(timeForm), "yanked": yankedValue(f),
			"core-metadata": f.coreMetadata(), "data-dist-info-metadata": f.coreMetadata(), "provenance": provenanceURL(p, f, base),
		})
	}
	status := object{"status": p.status}
	if p.reason != "" {
		status["reason"] = p.reason
	}
	return object{
		"meta": object{"_last-serial": p.serial, "api-version": "1.4"},
		"name": pypi.NormalizeName(p.name), "project-status": status,
		"versions": versions, "files": files, "alternate-locations": []string{},
	}
}

func yankedValue(f *stored) any {
	if f.yanked && f.reason != "" {
		return f.reason
	}
	return f.yanked
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func simplePage(p *project, base string) string {
	var b strings.Builder
	name := html.EscapeString(pypi.NormalizeName(p.name))
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html>\n  <head>\n    <meta name=\"pypi:repository-version\" content=\"1.4\">\n"+
		"    <meta name=\"pypi:project-status\" content=\"%s\">\n    <title>Links for %s</title>\n  </head>\n  <body>\n"+
		"    <h1>Links for %s</h1>\n", p.status, name, name)
	for _, f := range p.files() {
		fmt.Fprintf(&b, "<a href=\"%s#sha256=%s\"", base+f.path(), f.sha256)
		if f.RequiresPython != "" {
			fmt.Fprintf(&b, " data-requires-python=\"%s\"", html.EscapeString(f.RequiresPython))
		}
		if f.yanked {
			fmt.Fprintf(&b, " data-yanked=\"%s\"", html.EscapeString(f.reason))
		}
		fmt.Fprintf(&b, ">%s</a><br />\n", html.EscapeString(f.Name))
	}
	fmt.Fprintf(&b, "</body>\n</html>\n<!--SERIAL %d-->", p.serial)
	return b.String()
}

// page sends a page with what caches and mirrors want to know of it.
func (s *Server) page(w http.ResponseWriter, r *http.Request, surface string, p *project, kind string, body []byte) {
	sum := md5.Sum(body)
	tag := `"` + hex.EncodeToString(sum[:]) + `"`
	h := w.Header()
	h.Set("Cache-Control", s.maxAge(surface))
	h.Set("X-PyPI-Last-Serial", strconv.FormatInt(p.serial, 10))
	h.Set("ETag", tag)
	h.Set("Vary", "Accept, Accept-Encoding")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

func (s *Server) absent(w http.ResponseWriter, surface, kind, body string) {
	w.Header().Set("Cache-Control", s.maxAge(surface))
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte(body))
}

func (s *Server) maxAge(surface string) string {
	seconds, set := s.opt.MaxAge[surface]
	if !set {
		seconds = map[string]int{Simple: 600, JSON: 900}[surface]
	}
	return "public, max-age=" + strconv.Itoa(seconds)
}

func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	names := s.world.projects()
	s.mu.Unlock()
	for _, name := range names {
		p := s.seen(Files, name)
		if p == nil {
			continue
		}
		for _, f := range p.files() {
			if f.metadata != nil && f.path()+".metadata" == r.URL.Path {
				_, _ = w.Write(f.metadata)
				return
			}
			if f.path() == r.URL.Path {
				w.Header().Set("Cache-Control", "public, max-age=365000000, immutable")
				w.Header().Set("Content-Type", "application/octet-stream")
				http.ServeContent(w, r, "", f.uploaded, bytes.NewReader(f.Data))
				return
			}
		}
	}
	http.Error(w, "404 Not Found", http.StatusNotFound)
}

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own plain values come here
	}
	return b
}
