package citest

import (
	"archive/zip"
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Artifact is an archive that CI keeps of a build.
type Artifact struct {
	Name    string
	Job     string            // GitLab's: whose it is; the first one's if empty
	Files   map[string][]byte // by their path in the archive
	Zip     []byte            // the archive itself, instead of Files
	Expired bool
	Stored  bool // GitLab: it lies in a store; elsewhere all do
}

type keptArtifact struct {
	Artifact
	id, build int64
}

// storePath is where the store of archives is, which is somebody else's.
const storePath = "/_artifacts/"

// Keep keeps an archive of a build, and gives its id.
func (s *Server) Keep(build string, a Artifact) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Zip == nil {
		a.Zip = zipped(a.Files)
	}
	of, err := strconv.ParseInt(build, 10, 64)
	if err != nil {
		of = 0
	}
	k := keptArtifact{a, s.id(), of}
	s.kept = append(s.kept, k)
	return strconv.FormatInt(k.id, 10)
}

// keepBuilt keeps what a job built, if its script says so. The caller holds the lock.
func (s *Server) keepBuilt(b *build, j *job, parcels []parcel) {
	if b.script.Deploy.Keep == "" {
		return
	}
	files := map[string][]byte{}
	for _, p := range parcels {
		files["dist/"+p.name] = p.bytes
	}
	a := Artifact{Name: b.script.Deploy.Keep, Job: j.script.Name, Zip: zipped(files)}
	s.kept = append(s.kept, keptArtifact{a, s.id(), b.id})
}

func zipped(files map[string][]byte) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			return nil // writing to memory does not fail
		}
	}
	if z.Close() != nil {
		return nil
	}
	return out.Bytes()
}

// archive finds one by its number. The caller holds the lock.
func (s *Server) archive(id string) *keptArtifact {
	for i := range s.kept {
		if strconv.FormatInt(s.kept[i].id, 10) == id {
			return &s.kept[i]
		}
	}
	return nil
}

// archives are those of a build, the newest first. The caller holds the lock.
func (s *Server) archives(b *build) (out []keptArtifact) {
	for _, k := range slices.Backward(s.kept) {
		if k.build == b.id {
			out = append(out, k)
		}
	}
	return out
}

// store refuses a request that bears a token: it is not its own.
func (s *Server) store(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.archive(r.PathValue("id"))
	switch {
	case r.Header.Get("Authorization") != "" || r.Header.Get("PRIVATE-TOKEN") != "" || ownName(r) != nil:
		http.Error(w, "InvalidAuthenticationInfo", http.StatusBadRequest)
	case k == nil || k.Expired || r.URL.Query().Get("sig") == "":
		http.Error(w, "BlobNotFound", http.StatusNotFound)
	default:
		sendZip(w, k.Zip)
	}
}

func sendZip(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Type", "application/zip")
	_, _ = w.Write(b) // the client may be gone
}

// sendOn names the place of an archive in the store, which is good for a while.
func sendOn(w http.ResponseWriter, r *http.Request, id string) {
	w.Header().Set("Location", "http://"+r.Host+storePath+id+"?sig=for-a-while")
	w.WriteHeader(http.StatusFound)
}

// artifactDoc is an archive as GitHub tells of it, and Gitea after it.
func artifactDoc(at string, k keptArtifact) doc {
	id := strconv.FormatInt(k.id, 10)
	return doc{
		"id": k.id, "node_id": "A_1", "name": k.Name, "size_in_bytes": len(k.Zip), "url": at + "/actions/artifacts/" + id,
		"archive_download_url": at + "/actions/artifacts/" + id + "/zip", "expired": k.Expired,
		"created_at": moment(someday), "updated_at": moment(someday), "expires_at": moment(someday.AddDate(0, 3, 0)),
	}
}

func (g githubAPI) artifacts(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	b := g.wanted(w, r)
	if b == nil {
		return
	}
	all := []doc{}
	for _, k := range g.s.archives(b) {
		all = append(all, artifactDoc(api+"/repos/"+g.s.o.Slug, k))
	}
	page := paged(w, r, all)
	g.answer(w, r, doc{"total_count": len(all), "artifacts": page})
}

// artifact is for those who have a token, also of a public repository.
func (g githubAPI) artifact(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	switch k := g.s.archive(r.PathValue("id")); {
	case r.Header.Get("Authorization") == "":
		g.refuse(w, http.StatusUnauthorized)
	case k == nil:
		g.refuse(w, http.StatusNotFound)
	case k.Expired:
		writeJSON(w, http.StatusGone, doc{"message": "Artifact has expired", "documentation_url": api, "status": "410"})
	default:
		sendOn(w, r, r.PathValue("id"))
	}
}

func (g giteaAPI) artifacts(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	b := g.wanted(w, r)
	if b == nil {
		return
	}
	all := []doc{}
	for _, k := range g.s.archives(b) {
		all = append(all, artifactDoc("https://gitea.example.test/api/v1/repos/"+g.s.o.Slug, k))
	}
	writeJSON(w, http.StatusOK, doc{"artifacts": g.cut(w, r, all), "total_count": len(all)})
}

func (g giteaAPI) artifact(w http.ResponseWriter, r *http.Request) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if k := g.s.archive(r.PathValue("id")); k == nil || k.Expired || r.Header.Get("Authorization") == "" {
		g.refuse(w, http.StatusNotFound)
		return
	}
	sendOn(w, r, r.PathValue("id"))
}

// keptOf is the archive of a job. The caller holds the lock.
func (g gitlabAPI) keptOf(b *build, j *job) *keptArtifact {
	for i := range g.s.kept {
		k := &g.s.kept[i]
		if k.build == b.id && (k.Job == j.script.Name || k.Job == "" && j == b.jobs[0]) {
			return k
		}
	}
	return nil
}

// keeping says in the document of a job what is kept of it: the file no longer, once
// it has expired.
func (g gitlabAPI) keeping(d doc, b *build, j *job) {
	switch k := g.keptOf(b, j); {
	case k == nil:
	case k.Expired:
		d["artifacts_expire_at"] = moment(g.s.o.Now().Add(-time.Hour))
	default:
		d["artifacts_file"] = doc{"filename": "artifacts.zip", "size": len(k.Zip)}
		d["artifacts_expire_at"] = moment(g.s.o.Now().Add(24 * time.Hour))
	}
}

// artifacts gives the archive of a job, or sends on to where it is stored.
func (g gitlabAPI) artifacts(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	b, j := g.s.findJob(id)
	if err != nil || j == nil || b.provider != onGitLab {
		writeJSON(w, http.StatusNotFound, doc{"message": "404 Not found"})
		return
	}
	switch k := g.keptOf(b, j); {
	case k == nil || k.Expired:
		writeJSON(w, http.StatusNotFound, doc{"message": "404 Not found"})
	case k.Stored:
		sendOn(w, r, strconv.FormatInt(k.id, 10))
	default:
		sendZip(w, k.Zip)
	}
}
