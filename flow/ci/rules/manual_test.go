package rules

import (
	"slices"
	"testing"
	"testing/fstest"
)

const byHand = `name: release
on:
  workflow_dispatch:
    inputs:
      version:
        required: true
      dry-run: {type: boolean, default: true}
      channel:
        type: choice
        options: [stable, beta]
jobs:
  publish:
    runs-on: ubuntu-latest
    if: ${{ !inputs.dry-run && inputs.version == '1.4.0' }}
    permissions: {id-token: write}
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
`

// beside publishes as well when a person starts it.
const beside = `on: workflow_dispatch
jobs:
  also:
    runs-on: ubuntu-latest
    steps:
      - run: twine upload dist/*
`

func manualTree(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// TestManuals: what a person can start, with its inputs and where they stand.
func TestManuals(t *testing.T) {
	t.Parallel()
	tree := manualTree(map[string]string{".github/workflows/release.yml": byHand, ".github/workflows/push.yml": "on: push\njobs: {}\n", ".gitlab-ci.yml": "job: {script: [make]}\n"})
	got, err := Manuals(tree, "github.com")
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	m := got[0]
	if m.Provider != "github" || m.File != ".github/workflows/release.yml" || m.Line != 3 || len(m.Inputs) != 3 {
		t.Errorf("%+v", m)
	}
	v, dry, channel := m.Inputs[0], m.Inputs[1], m.Inputs[2]
	if v.Name != "version" || v.Type != "string" || !v.Required || v.Line != 5 || v.Default != "" {
		t.Errorf("%+v", v)
	}
	if dry.Type != "boolean" || dry.Default != "true" || dry.Required || !slices.Equal(channel.Options, []string{"stable", "beta"}) {
		t.Errorf("%+v, %+v", dry, channel)
	}
	got, err = Manuals(tree, "gitlab.com")
	if err != nil || !slices.ContainsFunc(got, func(m Manual) bool { return m.Provider == "gitlab" && m.File == ".gitlab-ci.yml" }) {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = Manuals(manualTree(map[string]string{".gitea/workflows/release.yml": byHand}), "codeberg.org")
	if err != nil || len(got) != 1 || got[0].Provider != "gitea" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestWrongInputs: in the words of the service.
func TestWrongInputs(t *testing.T) {
	t.Parallel()
	m := Manual{Inputs: []Input{{Name: "version", Required: true}, {Name: "channel", Type: "choice", Options: []string{"stable"}}, {Name: "why", Required: true, Default: "because"}}}
	for want, values := range map[string]map[string]string{
		"":                                      {"version": "1", "channel": "stable"},
		"Required input 'version' not provided": {"channel": "stable"},
		`Unexpected inputs provided: ["x"]`:     {"version": "1", "x": "1"},
		"Provided value 'beta' for input 'channel' not in the list of allowed values": {"version": "1", "channel": "beta"},
	} {
		if got := m.Wrong(values); got != want {
			t.Errorf("%v: %q, want %q", values, got, want)
		}
	}
}

// TestPredictByHand: with the values that are given, and of the one file that is started.
func TestPredictByHand(t *testing.T) {
	t.Parallel()
	tree := manualTree(map[string]string{".github/workflows/release.yml": byHand, ".github/workflows/beside.yml": beside})
	for _, c := range []struct {
		file   string
		inputs map[string]string
		want   []string
	}{
		{".github/workflows/release.yml", map[string]string{"version": "1.4.0", "dry-run": "false"}, []string{"publish"}},
		{".github/workflows/release.yml", map[string]string{"version": "1.4.0"}, nil}, // a dry run by default
		{".github/workflows/release.yml", map[string]string{"version": "v1.4.0", "dry-run": "false"}, nil},
		{".github/workflows/beside.yml", nil, []string{"also"}},
		{"", nil, []string{"also"}},
	} {
		e := Event{What: "workflow_dispatch", Ref: "refs/heads/main"}
		if c.file != "" {
			e.ByAPI = &ByAPI{c.file, c.inputs}
		}
		p, err := Predict(tree, e)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, j := range p.Deploying(Yes) {
			got = append(got, j.Name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %v: %v, want %v", c.file, c.inputs, got, c.want)
		}
	}
}

// TestPredictAPipelineByTheAPI: its source is api, where a person's is web.
func TestPredictAPipelineByTheAPI(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][2]int{"api": {1, 0}, "web": {0, 1}} {
		tree := manualTree(map[string]string{".gitlab-ci.yml": "publish:\n  script: [\"twine upload dist/*\"]\n  rules:\n    - if: $CI_PIPELINE_SOURCE == \"" + source + "\"\n"})
		for i, started := range []*ByAPI{{File: ".gitlab-ci.yml"}, nil} {
			p, err := Predict(tree, Event{What: "workflow_dispatch", Ref: "refs/heads/main", ByAPI: started, Host: "gitlab.com"})
			if err != nil {
				t.Fatal(err)
			}
			if got := len(p.Deploying(Yes)); got != want[i] {
				t.Errorf("%s started as %v: %d jobs, %+v", source, started, got, p)
			}
		}
	}
}
