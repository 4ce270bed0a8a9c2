package ci

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// EnvironmentMaker is a git host that can make a deployment environment which only
// some refs pass. Without it whoever may push any ref publishes with a workflow of
// their own; with it, whoever may push the release ref.
type EnvironmentMaker interface {
	// CompareEnvironment says what is there and what would be changed. It changes
	// nothing. A repository that is not shown is a NotFoundError.
	CompareEnvironment(ctx context.Context, want EnvironmentSpec) (EnvironmentDiff, error)
	// MakeEnvironment does what the difference says, and weakens nothing: where
	// that would be necessary it is a ConflictError. What was made is told beside
	// an error too.
	MakeEnvironment(ctx context.Context, want EnvironmentSpec) (MadeEnvironment, error)
	// RemoveEnvironment takes back what was made. Whatever was added since stops
	// it with a ConflictError; what is gone already is no error.
	RemoveEnvironment(ctx context.Context, made MadeEnvironment) error
}

// EnvironmentSpec is an environment and the refs that alone may pass it.
type EnvironmentSpec struct {
	Name     string
	Policies []Policy
}

// EnvironmentDiff is how an environment differs from what is wanted.
type EnvironmentDiff struct {
	Found   bool
	Gate    Gate     // as it is; zero without one
	Missing []Policy // may not pass, and are to
	Extra   []Policy // may pass, and were not asked for; they are never taken away
	Changes []string // what MakeEnvironment would do, in words; nil if nothing is to do
	Refused string   // why it is left to a person; "" if it is not
}

// Done says whether what is wanted may pass, and not everything else.
func (d EnvironmentDiff) Done() bool {
	return d.Found && d.Refused == "" && len(d.Changes) == 0
}

// MadeEnvironment is what MakeEnvironment made, by the host's own numbers, so that
// it is told from another of the same name.
type MadeEnvironment struct {
	Name       string
	ID         int64
	Created    bool // the environment itself
	Restricted bool // it was there, and every ref could pass
	Policies   []MadePolicy
}

// MadePolicy is a policy with the number that the host gave it.
type MadePolicy struct {
	ID int64
	Policy
}

// Nothing says whether nothing was made.
func (m MadeEnvironment) Nothing() bool {
	return !m.Created && !m.Restricted && len(m.Policies) == 0
}

// String is a policy in words.
func (p Policy) String() string { return strings.TrimSpace(p.Kind + " " + p.Pattern) }

// DiffEnvironment compares what is wanted with what is there; nil is no environment.
func DiffEnvironment(want EnvironmentSpec, is *Gate) EnvironmentDiff {
	d := EnvironmentDiff{Found: is != nil, Missing: want.Policies}
	if is == nil {
		d.Changes = []string{"create the environment " + want.Name, "let only " + inWords(want.Policies) + " deploy to it"}
		return d
	}
	d.Gate = *is
	if is.AnyRef {
		d.Changes = []string{fmt.Sprintf("let only %s deploy to %s, to which every ref may deploy now", inWords(want.Policies), want.Name)}
		return d
	}
	d.Missing, d.Extra = without(want.Policies, is.Policies), without(is.Policies, want.Policies)
	switch {
	case len(d.Missing) == 0:
	case len(d.Extra) > 0:
		d.Refused = fmt.Sprintf("the environment %s is there for %s; to let %s deploy to it as well would open it further", want.Name, inWords(d.Extra), inWords(d.Missing))
	default:
		d.Changes = []string{fmt.Sprintf("let %s deploy to %s", inWords(d.Missing), want.Name)}
	}
	return d
}

// without gives the policies of a list that another one lacks.
func without(list, other []Policy) []Policy {
	var out []Policy
	for _, p := range list {
		if !slices.Contains(other, p) {
			out = append(out, p)
		}
	}
	return out
}

// inWords names policies. Patterns are text from outside where a host gave them.
func inWords(list []Policy) string {
	var out []string
	for _, p := range list {
		if p.Pattern == "" {
			p.Kind += " branches" // the host's own kind, which has no pattern
		}
		out = append(out, p.String())
	}
	return strings.Join(out, " and ")
}

// PermissionError means that a provider refused because of what the token may, and
// says what it would have to.
type PermissionError struct {
	Provider, What string
	Needs          string
	Err            error // what the provider answered
}

func (e *PermissionError) Error() string {
	return fmt.Sprintf("%s does not let this token change %s, which needs %s: %v", e.Provider, e.What, e.Needs, e.Err)
}

func (e *PermissionError) Unwrap() error { return e.Err }
