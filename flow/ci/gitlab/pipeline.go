package gitlab

import (
	"context"
	"errors"
	"strconv"
	"time"

	gl "gitlab.com/gitlab-org/api/client-go/v2"

	"ferry/flow/ci"
)

// How much is read of a long history.
const (
	pageSize     = 10  // newest pipelines of a ref
	searchSize   = 100 // pipelines of one commit, and jobs
	maxPages     = 10
	maxPipelines = 20 // pipelines of the commit whose jobs are fetched
)

// origin is what a pipeline was born with.
type origin struct {
	tag       bool
	by        string
	yamlError string
	bridges   bool // it may start other pipelines
}

// The sources of pipelines that are no build of the ref by itself: those of merge
// requests, and those that another pipeline started, which come with that one.
const (
	sourceMerge    = "merge_request_event"
	sourceExternal = "external_pull_request_event"
	sourceParent   = "parent_pipeline"
)

// Builds lists the pipelines on a ref, the newest ten or all of one commit. Jobs
// are fetched for those of a commit only, with the jobs of the pipelines that they
// started. GitLab gives the bare name of a ref, so each pipeline is asked once
// whether it is a tag's.
func (p *Provider) Builds(ctx context.Context, q ci.Query) ([]ci.Build, error) {
	list, err := p.pipelines(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []ci.Build
	for _, info := range list {
		if info.Source == sourceMerge || info.Source == sourceExternal || info.Source == sourceParent || q.SHA != "" && info.SHA != q.SHA {
			continue
		}
		from, err := p.origin(ctx, info.ID)
		if err != nil {
			return nil, err
		}
		b := build(info, from)
		if q.Ref != "" && b.Ref != q.Ref {
			continue
		}
		if q.SHA != "" && len(out) < maxPipelines {
			if err := p.fill(ctx, &b, info.ID); err != nil {
				return nil, err
			}
		}
		out = append(out, b)
	}
	return out, nil
}

func (p *Provider) pipelines(ctx context.Context, q ci.Query) ([]*gl.PipelineInfo, error) {
	o := &gl.ListProjectPipelinesOptions{ListOptions: gl.ListOptions{PerPage: pageSize}, OrderBy: gl.Ptr("id"), Sort: gl.Ptr("desc")}
	if q.Ref != "" {
		o.Ref = gl.Ptr(refName(q.Ref))
	}
	if q.SHA != "" {
		o.SHA, o.PerPage = gl.Ptr(q.SHA), searchSize
	}
	var out []*gl.PipelineInfo
	for range maxPages {
		list, res, err := p.client.Pipelines.ListProjectPipelines(p.o.Slug, o, gl.WithContext(ctx))
		switch {
		case err != nil:
			return nil, failure("project "+p.o.Slug, err)
		case list == nil:
			return nil, malformed("the list of pipelines is missing")
		}
		for _, info := range list {
			if info == nil || info.ID == 0 || info.Status == "" || info.SHA == "" {
				return nil, malformed("a pipeline has no id, status or commit")
			}
		}
		out = append(out, list...)
		if q.SHA == "" || res.NextPage == 0 {
			return out, nil
		}
		o.Page = res.NextPage
	}
	return nil, malformed("there are more pipelines of this commit than are read")
}

// origin asks a pipeline for what the list does not tell, once: none of it changes.
func (p *Provider) origin(ctx context.Context, id int64) (origin, error) {
	p.mu.Lock()
	known, ok := p.birth[id]
	p.mu.Unlock()
	if ok {
		return known, nil
	}
	doc, _, err := p.client.Pipelines.GetPipeline(p.o.Slug, id, gl.WithContext(ctx))
	if err != nil {
		return origin{}, failure("pipeline "+strconv.FormatInt(id, 10), err)
	}
	if doc == nil || doc.ID != id {
		return origin{}, malformed("a pipeline is another one than was asked for")
	}
	out := origin{tag: doc.Tag, yamlError: doc.YamlErrors, bridges: true}
	if doc.User != nil {
		out.by = doc.User.Username
	}
	p.remember(id, out)
	return out, nil
}

func (p *Provider) remember(id int64, o origin) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.birth[id] = o
}

// build makes a Build of a pipeline, without its jobs.
func build(info *gl.PipelineInfo, from origin) ci.Build {
	b := ci.Build{
		ID: strconv.FormatInt(info.ID, 10), Number: strconv.FormatInt(info.ID, 10), Name: "GitLab CI", URL: info.WebURL,
		Ref: "refs/heads/" + info.Ref, SHA: info.SHA, Event: info.Source, State: pipelineState(info.Status), Note: pipelineNote(info.Status),
		Created: moment(info.CreatedAt), By: from.by,
	}
	if info.Name != "" {
		b.Name = info.Name
	}
	if from.tag {
		b.Ref = "refs/tags/" + info.Ref
	}
	if from.yamlError != "" {
		b.State, b.Note = ci.StateErrored, "the CI file is wrong: "+from.yamlError
	}
	if b.State.Final() {
		b.Ended = moment(info.UpdatedAt)
	}
	return b
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// fill adds the jobs to a build, and what they tell of it.
func (p *Provider) fill(ctx context.Context, b *ci.Build, id int64) error {
	all, err := p.jobs(ctx, p.o.Slug, id)
	if err != nil {
		return err
	}
	tries := latest(all)
	for _, t := range tries {
		b.Jobs = append(b.Jobs, p.job(t.job, b.State))
	}
	attempts(b, tries)
	if err := p.children(ctx, b, p.o.Slug, id, 0); err != nil {
		return err
	}
	conclude(b)
	return nil
}

// jobs reads the jobs of a pipeline, also those that were retried.
func (p *Provider) jobs(ctx context.Context, project any, id int64) ([]*gl.Job, error) {
	what := "the jobs of pipeline " + strconv.FormatInt(id, 10)
	o := &gl.ListJobsOptions{ListOptions: gl.ListOptions{PerPage: searchSize}, IncludeRetried: gl.Ptr(true)}
	var out []*gl.Job
	for range maxPages {
		list, res, err := p.client.Jobs.ListPipelineJobs(project, id, o, gl.WithContext(ctx))
		switch {
		case err != nil:
			return nil, failure(what, err)
		case list == nil:
			return nil, malformed("the list of jobs is missing")
		}
		for _, j := range list {
			if j == nil || j.ID == 0 || j.Status == "" {
				return nil, malformed("a job has no id or status")
			}
		}
		out = append(out, list...)
		if o.Page = res.NextPage; o.Page == 0 {
			return out, nil
		}
	}
	return nil, malformed("there are more jobs in this pipeline than are read")
}

// maxDepth is how deep GitLab nests child pipelines.
const maxDepth = 2

// children adds the jobs of the pipelines that this one started. A job that starts
// one is there from the beginning, so a pipeline without any is asked once.
func (p *Provider) children(ctx context.Context, b *ci.Build, project any, id int64, depth int) error {
	p.mu.Lock()
	known, ok := p.birth[id]
	p.mu.Unlock()
	if ok && !known.bridges || depth > maxDepth {
		return nil
	}
	list, _, err := p.client.Jobs.ListPipelineBridges(project, id, &gl.ListJobsOptions{ListOptions: gl.ListOptions{PerPage: searchSize}}, gl.WithContext(ctx))
	switch {
	case err != nil:
		return failure("what pipeline "+strconv.FormatInt(id, 10)+" started", err)
	case list == nil:
		return malformed("the list of trigger jobs is missing")
	}
	known.bridges = len(list) > 0
	if !known.bridges {
		p.remember(id, known)
	}
	for _, bridge := range list {
		if bridge == nil || bridge.Status == "" {
			return malformed("a trigger job has no status")
		}
		b.Jobs = append(b.Jobs, p.bridge(bridge, b.State))
		if err := p.child(ctx, b, bridge, depth); err != nil {
			return err
		}
	}
	return nil
}

// child adds the jobs of one downstream pipeline, where we may see them. One of
// another project that is hidden is told by the job that started it.
func (p *Provider) child(ctx context.Context, b *ci.Build, bridge *gl.Bridge, depth int) error {
	down := bridge.DownstreamPipeline
	if down == nil || down.ID == 0 {
		return nil
	}
	project := any(p.o.Slug)
	if down.ProjectID != 0 {
		project = down.ProjectID
	}
	all, err := p.jobs(ctx, project, down.ID)
	var hidden *ci.NotFoundError
	var refused *ci.AuthError
	if errors.As(err, &hidden) || errors.As(err, &refused) {
		b.Jobs = append(b.Jobs, ci.Job{Name: bridge.Name + " / …", Stage: bridge.Stage, URL: down.WebURL, AllowFailure: bridge.AllowFailure,
			State: pipelineState(down.Status), Note: "its jobs are not shown to us"})
		return nil
	}
	if err != nil {
		return err
	}
	for _, t := range latest(all) {
		j := p.job(t.job, pipelineState(down.Status))
		j.Name, j.AllowFailure = bridge.Name+" / "+j.Name, j.AllowFailure || bridge.AllowFailure
		b.Jobs = append(b.Jobs, j)
	}
	return p.children(ctx, b, project, down.ID, depth+1)
}
