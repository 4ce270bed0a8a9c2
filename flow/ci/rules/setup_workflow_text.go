package rules

import (
	"bytes"
	"cmp"
	"path"
	"strings"
	"text/template"
)

// workflowText is the workflow. Top level permissions are none, and each job has
// what it needs. The build runs whatever the project and its tools bring along, so
// it is not where the identity is: files are handed over, and one job without a
// checkout publishes them. Attestations are what the action makes by itself.
//
// A group of its own for each ref: of runs that wait in one group GitHub keeps the
// newest alone, which would drop a release of another version.
var workflowText = template.Must(template.New("").Funcs(template.FuncMap{"uses": uses}).Parse(
	`# {{.Title}} {{.Starts}}, without a stored token:
# the index trusts this file's name and the environment {{.Environment}}. A rename of
# either has to be told to the index as well.
name: {{.Title}}

on:
  push:
    {{.Kind}}:
      - '{{.Filter}}'

permissions: {}

concurrency:
  group: {{"${{ github.workflow }}-${{ github.ref }}"}}
  cancel-in-progress: false

jobs:
  build:
    name: Build
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: {{uses "checkout"}}
        with:
          persist-credentials: false
{{- if .FromTags}}
          fetch-depth: 0 # the version comes from tags
{{- end}}
      - uses: {{uses "setup-python"}}
        with:
          python-version: '{{.Python}}'
      - run: python -m pip install build
      - run: python -m build --outdir dist{{with .Folder}} {{.}}{{end}}
      - uses: {{uses "upload-artifact"}}
        with:
          name: dist
          path: dist/
          if-no-files-found: error

  publish:
    name: Publish
    needs: build
    runs-on: ubuntu-latest
    environment:
      name: '{{.Environment}}'
      url: {{.Page}}
    permissions:
      id-token: write # the identity that the index trusts
    steps:
      - uses: {{uses "download-artifact"}}
        with:
          name: dist
          path: dist/
      - uses: {{uses "gh-action-pypi-publish"}}
{{- if .Test}}
        with:
          repository-url: https://test.pypi.org/legacy/
{{- if .Skip}}
          skip-existing: true # most pushes build a version that is there already
{{- end}}
{{- end}}
`))

// workflowData is what the text of a CI file is filled with.
type workflowData struct {
	Title, Starts, Environment, Page, Kind, Filter, Python, Folder string
	FromTags, Test, Skip                                           bool
}

// Workflow writes the workflow of GitHub Actions for a setup.
func (s Setup) Workflow() (Generated, error) {
	if err := s.Check(); err != nil {
		return Generated{}, err
	}
	d := workflowData{
		Title: s.title(), Starts: s.starts(), Environment: s.EnvironmentName(), Page: s.page(), Kind: "branches", Filter: s.filter(),
		Python: cmp.Or(s.Python, "3.x"), Folder: s.Folder, FromTags: s.FromTags, Test: s.Test, Skip: s.Start == StartPush,
	}
	if s.Start == StartTag {
		d.Kind = "tags"
	}
	var b bytes.Buffer
	if err := workflowText.Execute(&b, d); err != nil {
		return Generated{}, err
	}
	return Generated{Path: s.WorkflowPath(), Text: b.Bytes()}, nil
}

// Publisher is what the form of an index for trusted publishers asks for. Its
// fields are those of pypi.PendingPublisher, in their order, so that one converts
// to the other: that type knows the form, its pages and what a pending one is worth.
type Publisher struct {
	Provider    string // github or gitlab
	Project     string
	Owner       string // user or organisation; GitLab's namespace, which may have slashes
	Repository  string
	Workflow    string // the file's name without folders; for GitLab its path
	Environment string
}

// WorkflowPublisher is what the index has to know of the workflow, in a repository
// that is called slug.
func (s Setup) WorkflowPublisher(slug string) Publisher {
	w, _ := s.Workflow() // an unfit setup has no file, and no name of one
	name := ""
	if w.Path != "" {
		name = path.Base(w.Path)
	}
	return s.publisher("github", slug, name)
}

// publisher cuts a slug at its last slash: GitLab has groups in groups.
func (s Setup) publisher(provider, slug, file string) Publisher {
	owner, repository := "", slug
	if at := strings.LastIndex(slug, "/"); at >= 0 {
		owner, repository = slug[:at], slug[at+1:]
	}
	return Publisher{Provider: provider, Project: s.Project, Owner: owner, Repository: repository, Workflow: file, Environment: s.EnvironmentName()}
}
