package gitops

import (
	"regexp"
	"strings"
)

// Kind is what stands against us on a server, as far as its words tell.
type Kind string

// The kinds of a no. A host that puts it in other words gives KindUnknown, and
// its words are shown all the same.
const (
	KindUnknown   Kind = ""
	KindProtected Kind = "protected"  // a protected branch or tag
	KindRuleset   Kind = "ruleset"    // a ruleset or push rule of the host
	KindHook      Kind = "hook"       // a hook of the server's own
	KindQuota     Kind = "quota"      // too large, or no room left
	KindArchived  Kind = "archived"   // the repository takes nothing any more
	KindReadOnly  Kind = "read-only"  // the token, key or account may read only
	KindTwoFactor Kind = "two-factor" // a password does not do, a token is wanted
	KindSSO       Kind = "sso"        // the credential is not authorised for the organisation
)

// kinds are asked in this order: a host wraps nearly every no into a declined
// hook, so the hook comes last.
var kinds = []struct {
	kind  Kind
	words *regexp.Regexp
}{
	{KindSSO, regexp.MustCompile(`\bsaml\b|\bsso\b|single sign-on`)},
	{KindTwoFactor, regexp.MustCompile(`\b2fa\b|two[- ]factor|\botp\b|password authentication (was|is) |account passwords?\b|use a personal access token`)},
	{KindArchived, regexp.MustCompile(`\barchived\b`)},
	{KindQuota, regexp.MustCompile(`\bgh001\b|large files? detected|quota|no space left|too large|size limit|exceeds? (the )?(maximum|max|limit|its|your)`)},
	{KindRuleset, regexp.MustCompile(`\bgh013\b|repository rule violations|push rule|prohibited by gitlab|does not follow the pattern`)},
	{KindProtected, regexp.MustCompile(`\bgh006\b|protected (branch|tag|ref)|is protected|\btf402455\b|only be modified through pull requests`)},
	{KindReadOnly, regexp.MustCompile(`read[- ]only|\bdenied to\b|write access|allowed to (push|upload) code|\btf401027\b|without .{1,40} scope|insufficient.{1,20}(scope|permission)`)},
	{KindHook, regexp.MustCompile(`hook declined|\bhook\b`)},
}

// kindOf reads the server's words. The ref's own name is no part of them.
func kindOf(ref string, words ...string) Kind {
	text := strings.Join(words, "\n")
	if ref != "" {
		_, short, _ := strings.Cut(strings.TrimPrefix(ref, "refs/"), "/")
		text = strings.ReplaceAll(strings.ReplaceAll(text, ref, "REF"), short, "REF")
	}
	text = strings.Join(strings.Fields(strings.ToLower(text)), " ") // hosts wrap their lines
	for _, k := range kinds {
		if k.words.MatchString(text) {
			return k.kind
		}
	}
	return KindUnknown
}

// locksOut says whether the no is about who we are or where we come, and not
// about what was pushed.
func (k Kind) locksOut() bool {
	return k == KindSSO || k == KindTwoFactor || k == KindArchived || k == KindReadOnly
}
