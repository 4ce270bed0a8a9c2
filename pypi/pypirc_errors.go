package pypi

import (
	"fmt"
	"slices"
	"strings"
)

// Why a .pypirc is not read or not written.
const (
	PypircTooLarge   = "too-large"
	PypircBOM        = "bom"         // Python refuses the file
	PypircNotText    = "not-text"    // not UTF-8, or binary
	PypircMalformed  = "malformed"   // Python refuses the file
	PypircDuplicate  = "duplicate"   // Python refuses the file
	PypircValue      = "value"       // a value that would not stay one
	PypircName       = "name"        // no name for an index
	PypircNoPassword = "no-password" // nothing to write
	PypircShadowed   = "shadowed"    // a password elsewhere in the file would be used
	PypircElsewhere  = "elsewhere"   // a section points to another host, and nobody agreed
	PypircStays      = "stays"       // a section that is to stay would get a term
	PypircNotProved  = "not-proved"  // the edit would touch what is not ours
	PypircSymlink    = "symlink"     // dangling, a loop, or somebody else's
	PypircNotFile    = "not-a-file"  // a folder, a pipe, a device
	PypircOwner      = "owner"       // somebody else's
	PypircParent     = "parent"      // a folder that others may write to
	PypircWorkTree   = "work-tree"   // a git work tree: the secret would be committed
	PypircBusy       = "busy"        // another ferry writes it now
	PypircChanged    = "changed"     // between reading and writing
	PypircIO         = "io"          // the disk, or the system
	PypircReadBack   = "read-back"   // what is there now is not what was written
)

var pypircReasons = map[string]string{
	PypircTooLarge:   "is larger than a .pypirc can be",
	PypircBOM:        "starts with a byte order mark, which Python refuses",
	PypircNotText:    "is not UTF-8 text",
	PypircMalformed:  "cannot be read by Python: a line is neither a section, nor KEY = VALUE, nor indented below one",
	PypircDuplicate:  "cannot be read by Python: a section or a key stands there twice",
	PypircValue:      "cannot hold a value with a control character or with space around it",
	PypircName:       "cannot have a section of this name for an index",
	PypircNoPassword: "is to get a section without a password, but that was not asked for",
	PypircShadowed:   "has a password in [DEFAULT] or [server-login] that would be used instead",
	PypircElsewhere:  "has a section that points to another host",
	PypircStays:      "has a section that was not written for one release, and is to stay",
	PypircNotProved:  "cannot be edited without touching what is not ours",
	PypircSymlink:    "is a symbolic link that is not followed: it leads nowhere, or belongs to another user",
	PypircNotFile:    "is not a regular file",
	PypircOwner:      "belongs to another user",
	PypircParent:     "lies in a folder that other users may write to",
	PypircWorkTree:   "lies in a git work tree, where a password would sooner or later be committed",
	PypircBusy:       "is being written by another ferry",
	PypircChanged:    "was changed by another program in the meantime",
	PypircIO:         "cannot be read or written",
	PypircReadBack:   "does not hold what was written to it",
}

// PypircError says why a .pypirc was not read or written. It names lines, and
// holds nothing of the file's text.
type PypircError struct {
	Reason string // one of the constants above
	Path   string
	Index  string // the section it is about; "" if none
	Lines  []int
	Kept   string // where a copy of the old file is; "" if there is none
	Err    error  // of the system
}

func (e *PypircError) Error() string {
	var b strings.Builder
	b.WriteString(orElse(e.Path, ".pypirc") + " " + pypircReasons[e.Reason])
	if e.Index != "" {
		fmt.Fprintf(&b, ": section %s", e.Index)
	}
	if len(e.Lines) > 0 {
		fmt.Fprintf(&b, " (line %s)", joinInts(e.Lines))
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Kept != "" {
		b.WriteString("; the old file is kept as " + e.Kept)
	}
	return b.String()
}

func (e *PypircError) Unwrap() error { return e.Err }

// PypircReason lets those who may not import this package tell errors apart.
func (e *PypircError) PypircReason() string { return e.Reason }

// Is makes errors of the same reason equal to errors.Is.
func (e *PypircError) Is(target error) bool {
	t, ok := target.(*PypircError)
	return ok && t.Reason == e.Reason && t.Path == "" && t.Err == nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func joinInts(ns []int) string {
	words := make([]string, 0, len(ns))
	for _, n := range slices.Compact(slices.Sorted(slices.Values(ns))) {
		words = append(words, fmt.Sprint(n))
	}
	return strings.Join(words, ", ")
}
