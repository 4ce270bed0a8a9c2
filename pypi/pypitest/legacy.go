package pypitest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/crypto/blake2b"

	"ferry/pypi"
)

// refusal is an answer of the upload API that is no success.
type refusal struct {
	status int
	text   string
}

func refuse(status int, form string, args ...any) *refusal {
	return &refusal{status, fmt.Sprintf(form, args...)}
}

func bad(form string, args ...any) *refusal { return refuse(http.StatusBadRequest, form, args...) }

func (s *Server) noSlash(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	drain(r)
	w.Header().Set("Location", base(r)+"/legacy/")
	reply(w, r, http.StatusPermanentRedirect, "An upload was attempted to /legacy but the expected upload URL is /legacy/ (with a trailing slash)")
}

func (s *Server) moved(w http.ResponseWriter, r *http.Request) {
	drain(r)
	reply(w, r, http.StatusGone, "This API has moved to https://upload.pypi.org/legacy/. See https://packaging.python.org/en/latest/guides/migrating-to-pypi-org/ for more information.")
}

func (s *Server) legacy(w http.ResponseWriter, r *http.Request) {
	defer drain(r)
	f, err := readForm(r, s.opt.MaxFile)
	var no *refusal
	switch action := f.get(":action"); {
	case err != nil:
		no = bad("Bad Request")
	case r.Method != http.MethodPost || action != "file_upload" && action != "submit" && action != "submit_pkg_info":
		no = refuse(http.StatusMethodNotAllowed, "Method Not Allowed")
	case action != "file_upload":
		no = refuse(http.StatusGone, "Project pre-registration is no longer required or supported, upload your files instead.")
	default:
		no = s.upload(f, r)
		s.note(f, no)
	}
	if no != nil {
		reply(w, r, no.status, no.text)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// note keeps the attempt in the log.
func (s *Server) note(f *form, no *refusal) {
	sum := sha256.Sum256(f.content)
	u := Upload{
		At: s.opt.Now(), Project: f.get("name"), Version: f.get("version"), Filename: f.filename,
		SHA256: hex.EncodeToString(sum[:]), Status: http.StatusOK,
	}
	if no != nil {
		u.Status, u.Message = no.status, no.text
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, u)
}

// upload goes through the checks in PyPI's order; the first that fails answers.
func (s *Server) upload(f *form, r *http.Request) *refusal {
	if no := s.open(); no != nil {
		return no
	}
	token, no := s.identify(r)
	if no != nil {
		return no
	}
	for _, check := range []func(*form) *refusal{checkForm, checkMetadata, checkContent} {
		if no := check(f); no != nil {
			return no
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	p := s.world.project(f.get("name"), now)
	if no := s.permit(f, p, token, now); no != nil {
		return no
	}
	if no := checkDescription(f); no != nil {
		return no
	}
	if no := s.checkFile(f, p, now); no != nil {
		if no == alreadyThere {
			return nil
		}
		return no
	}
	provenance, no := s.attested(f, token)
	if no != nil {
		return no
	}
	v, _ := pypi.ParseVersion(f.get("version"))
	if p == nil {
		s.made = append(s.made, now)
		s.forestall(f.get("name"))
	}
	s.world.names[f.filename] = true
	s.world.happen(now, f.get("name"), put(f.get("name"), v.String(),
		File{Name: f.filename, Data: f.content, RequiresPython: f.get("requires_python"), Provenance: provenance}, now))
	return nil
}

// alreadyThere is the one end that is a success and no upload.
var alreadyThere = &refusal{status: http.StatusOK}

const reuse = "See https://pypi.org/help/#file-name-reuse for more information."

// checkFile holds the file against its name, its digests, what the project
// has, and what is in it.
func (s *Server) checkFile(f *form, p *project, now time.Time) *refusal {
	for _, check := range []func(*form) *refusal{checkFilename, s.checkSize, checkDigests} {
		if no := check(f); no != nil {
			return no
		}
	}
	if p != nil && p.size()+int64(len(f.content)) > s.opt.MaxProject {
		return bad("Project size too large. Limit for project '%s' total size is %d GB. See %s#requesting-a-project-size-limit-increase", f.get("name"), s.opt.MaxProject>>30, storageLimits)
	}
	sum := blake2b.Sum256(f.content)
	if no := s.duplicate(f, hex.EncodeToString(sum[:])); no != nil {
		return no
	}
	if s.world.names[f.filename] {
		return bad("This filename was previously used by a file that has since been deleted. Use a different version. " + reuse)
	}
	if no := checkRelease(f, p, now); no != nil {
		return no
	}
	return checkArchive(f)
}

func (s *Server) checkSize(f *form) *refusal {
	if !f.tooLong {
		return nil
	}
	return bad("File too large. Limit for project '%s' is %d MB. See %s#requesting-a-file-size-limit-increase for more information.", f.get("name"), s.opt.MaxFile>>20, storageLimits)
}

const storageLimits = "https://docs.pypi.org/project-management/storage-limits"

// duplicate compares with every file of the index, by name and by content.
func (s *Server) duplicate(f *form, blake string) *refusal {
	for _, name := range s.world.projects() {
		for _, old := range s.world.project(name, s.opt.Now()).files() {
			switch {
			case old.Name == f.filename && old.blake2 == blake:
				return alreadyThere
			case old.Name == f.filename || old.blake2 == blake:
				return bad("File already exists ('%s', with blake2_256 hash '%s'). "+reuse, f.filename, blake)
			}
		}
	}
	return nil
}

// oldRelease is the age from which a release takes no new files.
const oldRelease = 14 * 24 * time.Hour

func checkRelease(f *form, p *project, now time.Time) *refusal {
	if p == nil {
		return nil
	}
	r := p.release(f.get("version"))
	if r == nil {
		return nil
	}
	if now.Sub(r.made) > oldRelease {
		return bad("Uploading new files to releases older than 14 days is not allowed.")
	}
	for _, old := range r.files {
		if f.get("filetype") == pypi.KindSdist && !strings.HasSuffix(old.Name, ".whl") {
			return bad("Only one sdist may be uploaded per release.")
		}
	}
	return nil
}

func checkDigests(f *form) *refusal {
	m, h, b := md5.Sum(f.content), sha256.Sum256(f.content), blake2b.Sum256(f.content)
	for field, sum := range map[string][]byte{"md5_digest": m[:], "sha256_digest": h[:], "blake2_256_digest": b[:]} {
		if given := f.get(field); given != "" && !strings.EqualFold(given, hex.EncodeToString(sum)) {
			return bad("The digest supplied does not match a digest calculated from the uploaded file.")
		}
	}
	return nil
}

// reply says why, where each client looks for it: in the status line, as PyPI
// does over HTTP/1, and in the body.
func reply(w http.ResponseWriter, r *http.Request, status int, reason string) {
	line := fmt.Sprintf("%d %s", status, reason)
	kind, body := "text/plain; charset=UTF-8", line+"\n\n"+http.StatusText(status)+"\n\n"+reason+"\n"
	switch offer(r.Header.Get("Accept"), "text/html", "application/json", "text/plain") {
	case "text/html":
		e := html.EscapeString(line)
		kind, body = "text/html; charset=UTF-8", fmt.Sprintf("<html>\n <head>\n  <title>%s</title>\n </head>\n <body>\n  <h1>%s</h1>\n  %s<br/><br/>\n\n\n </body>\n</html>", e, e, html.EscapeString(reason))
	case "application/json":
		kind = "application/json"
		body = string(marshal(object{"message": reason + "\n\n\n\n\n", "code": line, "title": http.StatusText(status)}))
	}
	w.Header().Set("Content-Type", kind)
	if !statusLine(w, line, body) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// statusLine writes the answer by hand, since net/http has no reason phrases.
func statusLine(w http.ResponseWriter, line, body string) bool {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	fmt.Fprintf(buf, "HTTP/1.1 %s\r\n", strings.NewReplacer("\r", " ", "\n", " ").Replace(line))
	for k, v := range w.Header() {
		fmt.Fprintf(buf, "%s: %s\r\n", k, v[0])
	}
	fmt.Fprintf(buf, "Connection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	_ = buf.Flush()
	return true
}

// drain reads what a client still sends, so that it gets to read the answer.
func drain(r *http.Request) { _, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 1<<30)) }
