package gitops

import (
	"fmt"
	"strings"
)

// HostKeyError says that an ssh host showed a key that known_hosts does not
// know (Changed false) or contradicts (Changed true, Revoked where a line says
// that the key is no longer to be trusted). Known are the keys it holds. Where
// an ssh program found it, Text is what that said, raw, and the rest is what
// could be read of it.
type HostKeyError struct {
	Host, Port        string
	Kind, Fingerprint string
	Changed, Revoked  bool
	Known             []KnownKey
	Text              string
}

// KnownKey is a line of known_hosts.
type KnownKey struct {
	Kind, Fingerprint, File string
	Line                    int
}

func (k KnownKey) String() string {
	return fmt.Sprintf("%s %s (%s:%d)", k.Kind, k.Fingerprint, k.File, k.Line)
}

func (e *HostKeyError) Error() string {
	shows := "it shows " + strings.TrimSpace(e.Kind+" "+first(e.Fingerprint, "one that was not named"))
	var known []string
	for _, k := range e.Known {
		known = append(known, k.String())
	}
	switch {
	case e.Revoked:
		return fmt.Sprintf("the ssh key of %s is revoked: %s, which %s forbids", e.Host, shows, strings.Join(known, ", "))
	case e.Changed && len(known) > 0:
		return fmt.Sprintf("the ssh key of %s changed: %s, and known is %s", e.Host, shows, strings.Join(known, ", "))
	case e.Changed:
		return strings.TrimSuffix(fmt.Sprintf("the ssh key of %s changed: %s; %s", e.Host, shows, e.Text), "; ")
	}
	return strings.TrimSuffix(fmt.Sprintf("the ssh key of %s is not in known_hosts: %s; %s", e.Host, shows, e.Text), "; ")
}
