package pypitest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"ferry/pypi"
)

// wheelMetadata is what the index lays beside a wheel (PEP 658).
func wheelMetadata(f File) []byte {
	z, err := zip.NewReader(bytes.NewReader(f.Data), int64(len(f.Data)))
	if err != nil || !strings.HasSuffix(f.Name, ".whl") {
		return nil
	}
	for _, m := range z.File {
		if ok, _ := path.Match("*.dist-info/METADATA", m.Name); ok {
			r, err := m.Open()
			if err != nil {
				return nil
			}
			defer func() { _ = r.Close() }()
			b, _ := io.ReadAll(io.LimitReader(r, maxInside))
			return b
		}
	}
	return nil
}

func (f *stored) coreMetadata() any {
	if f.metadata == nil {
		return false
	}
	sum := sha256.Sum256(f.metadata)
	return object{"sha256": hex.EncodeToString(sum[:])}
}

func provenanceURL(p *project, f *stored, base string) any {
	d, err := pypi.ParseFilename(f.Name)
	if f.Provenance == nil || err != nil {
		return nil
	}
	return base + "/integrity/" + pypi.NormalizeName(p.name) + "/" + url.PathEscape(d.Version) + "/" + f.Name + "/provenance"
}

// provenance is the integrity API (PEP 740).
func (s *Server) provenance(w http.ResponseWriter, r *http.Request) {
	kind := offer(r.Header.Get("Accept"), "application/vnd.pypi.integrity.v1+json", "application/json")
	if kind == "" {
		http.Error(w, "406 Not Acceptable", http.StatusNotAcceptable)
		return
	}
	p := s.seen(Simple, r.PathValue("name"))
	if p == nil {
		s.noJSON(w)
		return
	}
	for _, f := range p.files() {
		if f.Name == r.PathValue("file") && f.Provenance != nil {
			s.page(w, r, Simple, p, kind, f.Provenance)
			return
		}
	}
	s.absent(w, Simple, kind, fmt.Sprintf(`{"message": "No provenance available for %s"}`, r.PathValue("file")))
}

// projectPage is the page that people look at.
func (s *Server) projectPage(w http.ResponseWriter, r *http.Request) {
	p, version := s.shown(r.PathValue("name")), r.PathValue("version")
	if p == nil || version == "" && newest(p) == nil || version != "" && p.release(version) == nil {
		http.Error(w, "404 Not Found", http.StatusNotFound)
		return
	}
	if version == "" {
		version = newest(p).version
	}
	page := "<!DOCTYPE html>\n<title>" + html.EscapeString(p.name) + "</title>\n<h1>" + html.EscapeString(p.name+" "+version) + "</h1>\n"
	s.page(w, r, JSON, p, "text/html; charset=UTF-8", []byte(page))
}
