package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ferry/flow"
	"ferry/flow/ci"
)

// hostChecks is what is in no file: the host's rules for the ref, the gates of
// the environments that publishing jobs name, and whether CI builds pushes at all.
func (w World) hostChecks(ctx context.Context, by, ref string, keep bool, ds []flow.Deployment) []flow.Check {
	var out []flow.Check
	if by != ByDispatch { // which makes no ref, and deletes none
		out = append(out, w.rulesCheck(ctx, ref, keep))
	}
	if c, ok := w.tokenCheck(ctx, by, ds); ok {
		out = append(out, c)
	}
	for _, d := range gated(ds) {
		out = append(out, w.gateCheck(ctx, d, ref))
	}
	return append(out, w.pushBuildsCheck(ctx)...)
}

// gated are the publications that pass an environment, one for each; of several
// in the same one that which happens for sure.
func gated(ds []flow.Deployment) []flow.Deployment {
	var out []flow.Deployment
	for _, d := range ds {
		i := slices.IndexFunc(out, func(o flow.Deployment) bool { return o.Provider == d.Provider && o.Environment == d.Environment })
		switch {
		case d.Environment == "":
		case i < 0:
			out = append(out, d)
		case d.Sure:
			out[i] = d
		}
	}
	return out
}

// ruler is whoever tells the rules of the git host; nil if nobody does.
func (w World) ruler() ci.Ruler {
	if r, ok := w.Host.(ci.Ruler); ok {
		return r
	}
	for _, p := range w.CI {
		if r, ok := p.(ci.Ruler); ok {
			return r
		}
	}
	return nil
}

// rulesCheck says whether the ref may be made, and deleted again.
func (w World) rulesCheck(ctx context.Context, ref string, keep bool) flow.Check {
	const id = "rules"
	r := w.ruler()
	if r == nil {
		return unchecked(id, "no host is known that tells its rules")
	}
	got, err := w.refRules(ctx, r, ref)
	if err != nil {
		return unchecked(id, "%v", err)
	}
	barred := barring(got, ref, keep)
	if len(barred) == 0 {
		return fine(id, "no rule that the host shows forbids making %s%s", ref, map[bool]string{true: "", false: " or deleting it"}[keep || !isBranch(ref)])
	}
	c := unchecked(id, "%s", strings.Join(w.ruleLines(barred), "; "))
	if slices.ContainsFunc(barred, w.certain) {
		c = bad(id, flow.Absent, "%s", c.Evidence)
	}
	c.Proof = ruleProof(barred)
	return c
}

// certain says whether a rule will stop this release. What the host says is said
// of the account that asked; a push by ssh may be made by another.
func (w World) certain(r ci.RefRule) bool {
	return r.MayBypass != nil && (r.Forbids == "deletion" || strings.HasPrefix(w.Remote.URL(), "http"))
}

func (w World) refRules(ctx context.Context, r ci.Ruler, ref string) (ci.RefRules, error) {
	return flow.Read(ctx, readingOf{"rules", ref}, func(ctx context.Context) (ci.RefRules, error) { return r.RefRules(ctx, ref) })
}

func isBranch(ref string) bool { return strings.HasPrefix(ref, "refs/heads/") }

// barring are the rules that a release by this ref would break. A deletion is
// only meant where the release branch is to be cleaned up.
func barring(all ci.RefRules, ref string, keep bool) []ci.RefRule {
	return slices.DeleteFunc(slices.Clone(all.Rules), func(r ci.RefRule) bool {
		mine := r.Forbids == "creation" || r.Forbids == "deletion" && isBranch(ref) && !keep
		return !mine || r.MayBypass != nil && *r.MayBypass
	})
}

func (w World) ruleLines(rules []ci.RefRule) []string {
	var out []string
	for _, r := range rules {
		text := "a rule of the host forbids the " + r.Forbids + " of the ref"
		if r.Name != "" {
			text = fmt.Sprintf("the rule %q of the host forbids the %s of the ref", r.Name, r.Forbids)
		}
		if !w.certain(r) {
			text += ", and whether the account that pushes may pass it is not told"
		}
		out = append(out, text)
	}
	return out
}

func ruleProof(rules []ci.RefRule) []flow.Proof {
	var out []flow.Proof
	for _, r := range rules {
		if r.URL != "" {
			out = append(out, flow.Proof{What: "rule " + r.Name, Where: r.URL})
		}
	}
	return out
}

// gateCheck says whether an environment lets the ref through.
func (w World) gateCheck(ctx context.Context, d flow.Deployment, ref string) flow.Check {
	const id = "environment"
	g := w.gatekeeper(d.Provider)
	if g == nil {
		return unchecked(id, "%s does not tell what the environment %s asks for", d.Provider, d.Environment)
	}
	gate, err := flow.Read(ctx, readingOf{"gate of " + d.Provider, d.Environment}, func(ctx context.Context) (ci.Gate, error) { return g.Gate(ctx, d.Environment) })
	var none *ci.NotFoundError
	switch {
	case errors.As(err, &none):
		return unchecked(id, "%s shows no environment %s: it is not there yet, and is made without any gate for the first job that names it, or the token may not see it", d.Provider, d.Environment)
	case err != nil:
		return unchecked(id, "%s: %v", d.Environment, err)
	}
	c := judged(gate, ref)
	if c.Result == flow.Bad && !d.Sure {
		c.Result = flow.NotChecked // whether the job comes to the gate at all is open
	}
	return c
}

// judged is what a gate comes to for a ref.
func judged(gate ci.Gate, ref string) flow.Check {
	const id = "environment"
	var c flow.Check
	switch {
	case admits(gate, ref):
		return fine(id, "%s", gateWords(gate, ref))
	case slices.ContainsFunc(gate.Policies, func(p ci.Policy) bool { return p.Kind == protectedRefs }):
		c = unchecked(id, "the environment %s lets only protected branches deploy, and whether %s will be one is not told", gate.Name, ref)
	default:
		c = bad(id, flow.Absent, "the environment %s lets only %s deploy, and %s is none of them", gate.Name, policies(gate), ref)
	}
	c.Proof = []flow.Proof{{What: "environment " + gate.Name, Where: gate.URL}}
	return c
}

// protectedRefs is the kind of policy that names no pattern: branches with a rule.
const protectedRefs = "protected"

func (w World) gatekeeper(provider string) ci.Gatekeeper {
	for _, p := range w.CI {
		if g, ok := p.(ci.Gatekeeper); ok && p.Name() == provider {
			return g
		}
	}
	return nil
}

func admits(g ci.Gate, ref string) bool {
	if g.AnyRef {
		return true
	}
	return slices.ContainsFunc(g.Policies, func(p ci.Policy) bool { return admitted(p, ref) })
}

func admitted(p ci.Policy, ref string) bool {
	prefix := map[string]string{"branch": "refs/heads/", "tag": "refs/tags/"}[p.Kind]
	name, mine := strings.CutPrefix(ref, prefix)
	return mine && prefix != "" && fnmatch(p.Pattern, name)
}

func policies(g ci.Gate) string {
	var out []string
	for _, p := range g.Policies {
		out = append(out, p.Kind+" "+p.Pattern)
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

// gateWords also says where anybody who may push could publish: by an
// environment that lets every ref through and asks nobody.
func gateWords(g ci.Gate, ref string) string {
	text := fmt.Sprintf("%s lets %s deploy", g.Name, ref)
	if g.AnyRef {
		text = g.Name + " lets every ref deploy"
	}
	if len(g.Reviewers) > 0 {
		text += ", after a review by " + strings.Join(g.Reviewers, " or ")
	} else if g.AnyRef {
		text += " and asks nobody: whoever may push can publish"
	}
	if g.Wait > 0 {
		text += fmt.Sprintf(", after %s", g.Wait.Round(time.Minute))
	}
	return text
}

// pushBuildsCheck says of each CI whether it builds the repository, and pushes.
func (w World) pushBuildsCheck(ctx context.Context) []flow.Check {
	var out []flow.Check
	for _, p := range w.CI {
		i, ok := p.(ci.Inspector)
		if !ok {
			continue
		}
		project, err := flow.Read(ctx, readingOf{"project", p.Name()}, i.Inspect)
		switch id := p.Name(); {
		case err != nil:
			out = append(out, unchecked(id, "%v", err))
		case switchedOff(id, project) != "":
			out = append(out, bad(id, flow.Absent, "%s", switchedOff(id, project)))
		default:
			out = append(out, fine(id, "%s builds %s", id, project.Slug))
		}
	}
	return out
}

// switchedOff says why a CI builds nothing of a push; "" if it builds.
func switchedOff(name string, p ci.Project) string {
	switch {
	case !p.Active:
		return fmt.Sprintf("%s is switched off for %s", name, p.Slug)
	case p.PushBuilds != nil && !*p.PushBuilds:
		return fmt.Sprintf("%s does not build what is pushed to %s: its setting \"Build pushed branches\" is off", name, p.Slug)
	}
	return ""
}
