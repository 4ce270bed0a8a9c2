package gitlab

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	gl "gitlab.com/gitlab-org/api/client-go/v2"

	"ferry/flow/ci"
)

// artifactsPath is where the archive of a job is.
const artifactsPath = "/artifacts"

// maxKeeping is how many jobs of a build are asked what is kept of them, one request
// each.
const maxKeeping = 50

// Artifacts are the archives of the build's jobs, each of which has one at most. An
// artifact's ID is that of its job.
func (p *Provider) Artifacts(ctx context.Context, b ci.Build) ([]ci.Artifact, error) {
	if len(b.Jobs) > maxKeeping {
		return nil, malformed("there are more jobs than are asked for what is kept of them")
	}
	var out []ci.Artifact
	for _, j := range b.Jobs {
		id, err := strconv.ParseInt(j.ID, 10, 64)
		if err != nil {
			return nil, &ci.NotFoundError{Provider: name, What: "job " + j.ID}
		}
		doc, _, err := p.client.Jobs.GetJob(p.o.Slug, id, gl.WithContext(ctx))
		switch {
		case err != nil:
			return nil, failure("job "+j.ID, err)
		case doc == nil || doc.ID != id:
			return nil, malformed("the job is another one")
		}
		if a, ok := archive(doc); ok {
			out = append(out, a)
		}
	}
	return out, nil
}

// archive is what is kept of a job. GitLab no longer names the file of one that has
// expired, but still when that was.
func archive(doc *gl.Job) (ci.Artifact, bool) {
	until := doc.ArtifactsExpireAt
	a := ci.Artifact{ID: strconv.FormatInt(doc.ID, 10), Name: doc.Name, Size: doc.ArtifactsFile.Size, Expired: until != nil && until.Before(time.Now())}
	return a, a.Expired || doc.ArtifactsFile.Filename != ""
}

// OpenArtifact reads the archive of a job, here or where GitLab stores it. A store
// does not see the token.
func (p *Provider) OpenArtifact(ctx context.Context, a ci.Artifact) (io.ReadCloser, error) {
	what := fmt.Sprintf("the artifacts of job %s (%s)", a.ID, a.Name)
	if _, err := strconv.ParseInt(a.ID, 10, 64); err != nil {
		return nil, &ci.NotFoundError{Provider: name, What: what}
	}
	at := p.client.BaseURL().String() + "projects/" + gl.PathEscape(p.o.Slug) + "/jobs/" + a.ID + artifactsPath
	return p.plain.Open(ctx, at, what, p.o.HTTP, p.o.UserAgent)
}
