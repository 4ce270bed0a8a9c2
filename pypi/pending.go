package pypi

import "net/url"

// What PyPI says of pending publishers.
const (
	PendingDays = 30 // after these it is deleted, if no upload used it
	PendingMost = 3  // of one account
)

// The providers of PendingPublisher.
const (
	ProviderGitHub = "github"
	ProviderGitLab = "gitlab"
)

// PendingPublisher is a trusted publisher: the CI workflow that an index lets upload
// without a token. A pending one is for a project that does not exist yet. It
// reserves nothing: whoever uploads the name first has it.
type PendingPublisher struct {
	Provider    string // ProviderGitHub or ProviderGitLab
	Project     string // as it will be called
	Owner       string // user or organisation; GitLab's namespace
	Repository  string
	Workflow    string // the file's name without folders; for GitLab its path
	Environment string // "" for any
}

// Entry is one field of the index's form.
type Entry struct{ Label, Value string }

// Entries are the fields as the form calls them, in its order.
func (p PendingPublisher) Entries() []Entry {
	if p.Provider == ProviderGitLab {
		return []Entry{{"PyPI Project Name", p.Project}, {"Namespace", p.Owner}, {"Project name", p.Repository},
			{"Top-level pipeline file path", p.Workflow}, {"Environment name", p.Environment}}
	}
	return []Entry{{"PyPI Project Name", p.Project}, {"Owner", p.Owner}, {"Repository name", p.Repository},
		{"Workflow name", p.Workflow}, {"Environment name", p.Environment}}
}

// Missing are the fields that the form wants and that have no value.
func (p PendingPublisher) Missing() []string {
	var all []string
	for _, e := range p.Entries() {
		if e.Value == "" && e.Label != "Environment name" {
			all = append(all, e.Label)
		}
	}
	return all
}

// PendingPage is where a person enters a pending publisher; "" where the index
// has none. It takes no values from its address.
func (x *Index) PendingPage() string {
	if host := x.webHost(); host != "" {
		return "https://" + host + "/manage/account/publishing/"
	}
	return ""
}

// PublisherPage is where a person adds a publisher to a project that exists,
// with the values filled in; "" where the index has none.
func (x *Index) PublisherPage(p PendingPublisher) string {
	host := x.webHost()
	if host == "" {
		return ""
	}
	values := url.Values{"provider": {p.Provider}, "environment": {p.Environment}}
	if p.Provider == ProviderGitLab {
		values["namespace"], values["project"], values["workflow_filepath"] = []string{p.Owner}, []string{p.Repository}, []string{p.Workflow}
	} else {
		values["owner"], values["repository"], values["workflow_filename"] = []string{p.Owner}, []string{p.Repository}, []string{p.Workflow}
	}
	return "https://" + host + "/manage/project/" + NormalizeName(p.Project) + "/settings/publishing/?" + values.Encode()
}

// TokenPage is where a person makes a token, for one project if it exists.
func (x *Index) TokenPage(project string) string {
	host := x.webHost()
	switch {
	case host == "":
		return ""
	case project == "":
		return "https://" + host + "/manage/account/token/"
	}
	return "https://" + host + "/manage/account/token/?selected_project=" + NormalizeName(project)
}

// webHost is where PyPI's or TestPyPI's pages for people are; "" elsewhere.
func (x *Index) webHost() string {
	switch u, err := url.Parse(x.conf.Upload); {
	case err != nil:
		return ""
	case u.Host == "test.pypi.org", x.conf.Name == "testpypi":
		return "test.pypi.org"
	case u.Host == "upload.pypi.org", u.Host == "pypi.org", x.conf.Name == "pypi":
		return "pypi.org"
	}
	return ""
}
