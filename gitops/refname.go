package gitops

import (
	"fmt"
	"strings"
)

// ValidRef checks a full ref name by the rules of git check-ref-format.
func ValidRef(name string) error {
	bad := func(why string) error { return fmt.Errorf("invalid ref name %q: %s", name, why) }
	switch {
	case !strings.Contains(name, "/"):
		return bad("it has no slash")
	case strings.HasSuffix(name, "."):
		return bad("it ends with a dot")
	case strings.Contains(name, ".."), strings.Contains(name, "@{"):
		return bad("it holds .. or @{")
	case strings.ContainsAny(name, " ~^:?*[\\"):
		return bad("it holds a character that git reserves")
	}
	for _, r := range []byte(name) {
		if r < 0x20 || r == 0x7f {
			return bad("it holds a control character")
		}
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return bad("a part of it is empty, starts with a dot or ends with .lock")
		}
	}
	return nil
}

// fullSHA says whether s is forty lower-case hex digits. Anything shorter is
// silently matched with nothing by git's plumbing, so it never gets that far.
func fullSHA(s string) bool {
	return len(s) == 40 && strings.Trim(s, "0123456789abcdef") == ""
}

func checkSHA(s string) error {
	if !fullSHA(s) || s == zeroSHA {
		return fmt.Errorf("not a full commit id: %q", s)
	}
	return nil
}

const zeroSHA = "0000000000000000000000000000000000000000"
