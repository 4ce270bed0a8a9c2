package pypi

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// NameState is what can be known of a project's name on an index without an
// account there.
type NameState string

// The states. An index may know reasons against a free name that it tells only
// an upload: prohibited names, and those too like another project's.
const (
	NameFree        NameState = "free"        // no project has it
	NameTaken       NameState = "taken"       // a project with files
	NameEmpty       NameState = "empty"       // a project without any file
	NameQuarantined NameState = "quarantined" // a project that the index hides
	NameReserved    NameState = "reserved"    // a module of Python's own
	NameInvalid     NameState = "invalid"     // no index would take it
	NameSimilar     NameState = "similar"     // the index would take it for the name of a project that it has
)

// NameFinding is what an index shows under a name.
type NameFinding struct {
	State NameState
	Text  string
	Like  string // the project it is too similar to
	Page  Page   // of the simple index; zero where it was not asked
	Roles []Role // who may upload, where the index says so
}

// CheckName looks up a project's name. known are names to hold it against that the
// person may mean; an index says "too similar" only to an upload.
func (x *Index) CheckName(ctx context.Context, name string, known ...string) (NameFinding, error) {
	if !ValidName(name) {
		return NameFinding{State: NameInvalid, Text: fmt.Sprintf("%q is no name for a project: ASCII letters and digits, with . - _ between them", name)}, nil
	}
	page, err := x.Simple(ctx, name)
	if err != nil {
		return NameFinding{Page: page}, err
	}
	f := NameFinding{Page: page}
	f.State, f.Text = x.nameState(name, page)
	if f.State == NameFree {
		return x.near(ctx, name, known, f)
	}
	f.Roles, err = x.roles(ctx, name)
	return f, err
}

func (x *Index) nameState(name string, page Page) (NameState, string) {
	label := x.Label()
	switch {
	case page.Found && page.Project == "quarantined":
		return NameQuarantined, fmt.Sprintf("%s is quarantined on %s: its admins hide it, and nobody can upload to it", page.Name, label)
	case page.Found && len(page.Files) == 0:
		return NameEmpty, fmt.Sprintf("%s is a project on %s, without any file", page.Name, label)
	case page.Found:
		return NameTaken, fmt.Sprintf("%s is a project on %s with %d files", page.Name, label, len(page.Files))
	case x.Reserves(name):
		return NameReserved, fmt.Sprintf("%s is a module of Python's own, and %s takes no project of that name", page.Name, label)
	}
	if page.Elsewhere != "" {
		return NameFree, fmt.Sprintf("%s has no project %s, and leads to PyPI for it; what is there is not on %s", label, page.Name, label)
	}
	return NameFree, fmt.Sprintf("%s shows no project %s; it may still refuse the name at the first upload", label, page.Name)
}

// near asks for the names the person knows that the index could not tell apart.
func (x *Index) near(ctx context.Context, name string, known []string, f NameFinding) (NameFinding, error) {
	for _, other := range known {
		if NormalizeName(other) == NormalizeName(name) || Confusable(other) != Confusable(name) || !ValidName(other) {
			continue
		}
		page, err := x.Simple(ctx, other)
		if err != nil {
			return f, err
		}
		if page.Found {
			f.State, f.Like = NameSimilar, page.Name
			f.Text = fmt.Sprintf("%s is too similar to %s, which is a project on %s", NormalizeName(name), page.Name, x.Label())
			return f, nil
		}
	}
	return f, nil
}

// Confusable is the form in which PyPI holds a new name against those that it
// has: what people cannot tell apart is the same.
func Confusable(name string) string {
	return strings.NewReplacer(".", "", "_", "", "-", "", "l", "1", "i", "1", "o", "0").Replace(strings.ToLower(name))
}

//go:embed stdlib.txt
var stdlib string

// Reserves says whether the index keeps a name for Python's own library. The
// list holds the top-level modules of Python 2.6 to 3.14; only PyPI has the rule.
func (x *Index) Reserves(name string) bool {
	return x.isPyPI() && slices.Contains(strings.Fields(stdlib), NormalizeName(name))
}

// Strict says whether the index has PyPI's own rules: what is certain to be
// refused there is refused here.
func (x *Index) Strict() bool { return x.isPyPI() }

// isPyPI says whether PyPI's own rules hold here.
func (x *Index) isPyPI() bool {
	u, err := url.Parse(x.conf.Simple)
	return err == nil && (u.Host == "pypi.org" || u.Host == "test.pypi.org" || x.conf.Name == "pypi" || x.conf.Name == "testpypi")
}

// Role is what a user may do in a project, as PyPI shows it.
type Role struct {
	Role string `json:"role"` // "Owner" or "Maintainer"
	User string `json:"user"`
}

// roles reads who may upload; nil where the index does not tell. A project
// without a release has no page that would.
func (x *Index) roles(ctx context.Context, name string) ([]Role, error) {
	if x.conf.JSON == "" {
		return nil, nil
	}
	a, err := x.get(ctx, x.conf.JSON+url.PathEscape(NormalizeName(name))+"/json", "application/json")
	if err != nil || a.status != http.StatusOK {
		return nil, err
	}
	var p struct {
		Ownership struct {
			Roles []Role `json:"roles"`
		} `json:"ownership"`
	}
	return p.Ownership.Roles, a.decode(&p)
}
