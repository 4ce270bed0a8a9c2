package citest

import (
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"

	"ferry/flow/ci/rules"
)

// jobDoc is what a job says of the identity that it may have.
type jobDoc struct {
	name        string
	permissions map[string]string // of GitHub
	idTokens    map[string]string // of GitLab: the variable → whom it is for
	attests     bool              // GitHub: the action sends attestations with the files
}

// jobOf finds the job of a publication in its CI file. What is inherited in ways
// that are not followed here is not there.
func jobOf(fsys fs.FS, b *build, d rules.Deploy) (jobDoc, error) {
	file := d.File
	if b.provider == onGitHub && !strings.HasPrefix(file, ".github/workflows/") {
		file = b.path
	}
	src, err := fs.ReadFile(fsys, file)
	if err != nil {
		return jobDoc{}, err
	}
	var top map[string]yaml.Node
	if err := yaml.Unmarshal(src, &top); err != nil {
		return jobDoc{}, err
	}
	if b.provider == onGitLab {
		return gitlabJob(top, d.Job), nil
	}
	return githubJob(top, d.Job), nil
}

func githubJob(top map[string]yaml.Node, name string) jobDoc {
	type step struct {
		Uses string
		With map[string]any
	}
	var jobs map[string]struct {
		Name        string
		Permissions yaml.Node
		Steps       []step
	}
	node := top["jobs"]
	_ = node.Decode(&jobs) // what is no job has no identity
	out := jobDoc{permissions: permissions(top["permissions"])}
	for key, j := range jobs {
		if j.Name != name && (j.Name != "" || key != name) {
			continue
		}
		if !j.Permissions.IsZero() {
			out.permissions = permissions(j.Permissions)
		}
		for _, st := range j.Steps {
			if strings.HasPrefix(st.Uses, "pypa/gh-action-pypi-publish@") {
				off := st.With["attestations"] == false || st.With["attestations"] == "false"
				out.name, out.attests = key, !off
			}
		}
	}
	return out
}

// permissions are written as a map, or as one word for all of them.
func permissions(n yaml.Node) map[string]string {
	var all string
	var each map[string]string
	if n.Decode(&each) == nil {
		return each
	}
	if n.Decode(&all) == nil && all == "write-all" {
		return map[string]string{"id-token": "write"}
	}
	return nil
}

func gitlabJob(top map[string]yaml.Node, name string) jobDoc {
	type tokens struct {
		IDTokens map[string]struct{ Aud string } `yaml:"id_tokens"`
	}
	out := jobDoc{name: name, idTokens: map[string]string{}}
	for _, key := range []string{"default", name} {
		var j tokens
		node := top[key]
		_ = node.Decode(&j)
		for variable, t := range j.IDTokens {
			out.idTokens[variable] = t.Aud
		}
	}
	return out
}
