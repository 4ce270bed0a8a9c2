package rules

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3"
)

// gitlabText is the pair of jobs for GitLab. They take nothing of `default:`, for a
// before_script of the project would run where the identity is. The job that
// publishes has no checkout and one other file of the project: the distributions.
//
// twine logs in with the identity from 6.1 on (docs.pypi.org, trusted publishers,
// GitLab). It asks the index for the audience and looks in the variable that is
// called after it: PYPI_ID_TOKEN, and TESTPYPI_ID_TOKEN, which that page does not
// say (github.com/di/id, id/_internal/oidc/ambient.py, detect_gitlab).
var gitlabText = template.Must(template.New("").Parse(
	`# {{.Title}} {{.Starts}}, without a stored token:
# the index trusts this file and the environment {{.Environment}}. A rename of either
# has to be told to the index as well.
build-{{.Tail}}:
  stage: {{.BuildStage}}
  image: python:{{.Python}}
  inherit:
    default: false
  rules:
    - if: {{.Rule}}
{{- if .FromTags}}
  variables:
    GIT_DEPTH: "0" # the version comes from tags
{{- end}}
  script:
    - python -m pip install build
    - python -m build --outdir dist{{with .Folder}} {{.}}{{end}}
  artifacts:
    paths:
      - dist/

publish-{{.Tail}}:
  stage: {{.PublishStage}}
  image: python:{{.Python}}-slim
  inherit:
    default: false
  needs:
    - build-{{.Tail}}
  rules:
    - if: {{.Rule}}
  environment:
    name: '{{.Environment}}'
    url: {{.Page}}
  resource_group: publish-{{.Tail}}
  id_tokens:
    {{.Token}}:
      aud: {{.Audience}}
  variables:
    GIT_STRATEGY: none
  script:
    - python -m pip install "twine>=6.1"
    - python -m twine upload --non-interactive{{.Options}} dist/*
`))

type gitlabData struct {
	workflowData
	Tail, BuildStage, PublishStage, Rule, Token, Audience, Options string
}

// GitLab writes the jobs for GitLab below what its file holds already, which stays
// byte for byte; nil where there is no file yet. Only gitlab.com is trusted by the
// index, and of it the first file of the pipeline: jobs of an included one count as
// its own. What the file says of whole pipelines (workflow: rules) may keep the jobs
// from running: that is for Predict to say.
func (s Setup) GitLab(existing []byte) (Generated, error) {
	if err := s.Check(); err != nil {
		return Generated{}, err
	}
	build, publish, err := gitlabStages(existing)
	if err != nil {
		return Generated{}, err
	}
	var b bytes.Buffer
	if err := gitlabText.Execute(&b, s.gitlabData(build, publish)); err != nil {
		return Generated{}, err
	}
	out := below(existing, b.Bytes())
	return Generated{Path: gitlabFile, Text: out}, s.added(existing, out)
}

func (s Setup) gitlabData(build, publish string) gitlabData {
	d := gitlabData{
		workflowData: workflowData{
			Title: s.title(), Starts: s.starts(), Environment: s.EnvironmentName(), Page: s.page(),
			Python: cmp.Or(s.Python, "3"), Folder: s.Folder, FromTags: s.FromTags,
		},
		Tail: s.tail(), BuildStage: build, PublishStage: publish, Rule: s.rule(), Token: "PYPI_ID_TOKEN", Audience: "pypi",
	}
	if s.Test {
		d.Token, d.Audience, d.Options = "TESTPYPI_ID_TOKEN", "testpypi", " --repository-url "+testIndex
	}
	if s.Start == StartPush {
		d.Options = " --skip-existing" + d.Options
	}
	return d
}

// rule is the condition of both jobs. A schedule, or a pipeline that a person
// starts, is no push: it would publish again what is there.
func (s Setup) rule() string {
	variable, ref := "$CI_COMMIT_BRANCH", s.ref(anyVersion)
	if s.Start == StartTag {
		variable = "$CI_COMMIT_TAG"
	}
	const pushed = `$CI_PIPELINE_SOURCE == "push" && `
	if ref == s.ref("") {
		return pushed + variable + ` == "` + ref + `"`
	}
	like := strings.ReplaceAll(regexp.QuoteMeta(ref), "/", `\/`)
	return pushed + variable + " =~ /^" + strings.ReplaceAll(like, anyVersion, `[0-9][^\/]*`) + "$/"
}

// What stages are called where a file names its own.
var (
	buildStages   = []string{"build", "package", "dist"}
	publishStages = []string{"publish", "deploy", "release", "upload"}
)

// gitlabStages chooses the stages of the jobs: those of GitLab, or of the file's
// own the ones that are called so, else the first and the last.
func gitlabStages(existing []byte) (build, publish string, err error) {
	if len(bytes.TrimSpace(existing)) == 0 {
		return "build", "deploy", nil
	}
	root, line, wrong := parseYAML(existing)
	if wrong != "" {
		return "", "", fmt.Errorf("%s cannot be read, line %d: %s", gitlabFile, line, wrong)
	}
	stages := root.get("stages").texts()
	if !root.get("stages").ok() {
		return "build", "deploy", nil
	}
	if len(stages) == 0 || slices.ContainsFunc(stages, func(n string) bool { return !plainName.MatchString(n) }) {
		return "", "", fmt.Errorf("the stages of %s are not a plain list of names", gitlabFile)
	}
	last := stages[len(stages)-1]
	build, publish = called(stages, buildStages, stages[0]), called(stages, publishStages, last)
	if slices.Index(stages, build) > slices.Index(stages, publish) {
		publish = last // a job may need none of a later stage
	}
	return build, publish, nil
}

func called(stages, names []string, otherwise string) string {
	for _, n := range names {
		if slices.Contains(stages, n) {
			return n
		}
	}
	return otherwise
}

// below puts a text at the end of a file, with the file's own ends of lines.
func below(existing, text []byte) []byte {
	if len(bytes.TrimSpace(existing)) == 0 {
		return slices.Concat(existing, text)
	}
	end := []byte("\n")
	if bytes.Contains(existing, []byte("\r\n")) {
		end = []byte("\r\n")
	}
	between := end
	if !bytes.HasSuffix(existing, []byte("\n")) {
		between = slices.Concat(end, end)
	}
	return slices.Concat(existing, between, bytes.ReplaceAll(text, []byte("\n"), end))
}

// added proves that the file means what it meant, and the two jobs.
func (s Setup) added(existing, out []byte) error {
	var before []pair
	if len(bytes.TrimSpace(existing)) > 0 {
		root, _, _ := parseYAML(existing)
		before = root.pairs()
	}
	root, _, wrong := parseYAML(out)
	if wrong != "" {
		return fmt.Errorf("jobs cannot be written below %s as it ends now: %s", gitlabFile, wrong)
	}
	after := root.pairs()
	for _, job := range []string{"build-" + s.tail(), "publish-" + s.tail()} {
		if slices.ContainsFunc(before, func(p pair) bool { return p.key == job }) {
			return fmt.Errorf("%s has a job %s already", gitlabFile, job)
		}
	}
	if len(after) != len(before)+2 || !slices.EqualFunc(before, after[:len(before)], func(a, b pair) bool { return a.key == b.key && sameNode(a.value.n, b.value.n, 0) }) {
		return errors.New("jobs cannot be written below " + gitlabFile + " without changing what stands there")
	}
	return nil
}

// GitLabPublisher is what the index has to know of the pipeline.
func (s Setup) GitLabPublisher(slug string) Publisher { return s.publisher("gitlab", slug, gitlabFile) }

// maxSame bounds how deep two nodes are compared.
const maxSame = 2 * maxDeep

// sameNode says whether two nodes mean the same as they are written.
func sameNode(a, b *yaml.Node, depth int) bool {
	if a == nil || b == nil || depth > maxSame {
		return a == b
	}
	return a.Kind == b.Kind && a.Tag == b.Tag && a.Value == b.Value && a.Anchor == b.Anchor &&
		slices.EqualFunc(a.Content, b.Content, func(x, y *yaml.Node) bool { return sameNode(x, y, depth+1) })
}
