package quickbuild

import (
	"strings"

	"ferry/flow/ci"
)

// howTo stands at the top of a document that a person imports. XML allows no two
// dashes in a comment.
const howTo = `<!--
  A configuration of QuickBuild, made without having seen the server.
  1. <parent> is the number of the configuration that it will stand below. 1 is the root; of another,
     curl -u YOU 'https://SERVER/rest/ids?configuration_path=root/release' gives the number.
  2. curl -u YOU -X POST -H 'Content-Type: application/xml' -T THIS-FILE https://SERVER/rest/configurations
     makes it, and prints its number. The elements are those of version 10: if another version refuses
     them, make a configuration with one step there by hand, and give the step the command from here.
  3. On its page, declare the variables NAMES, each with an empty value.
  4. Give it the repository, so that the step runs in a checkout of ${vars.get("ferry_commit")}.
-->
`

// File is the document of a configuration for a person to import, where no server
// is asked: a plain one of ours, with a comment that says how.
func File(called string, r ci.Recipe) ([]byte, error) {
	d, err := finish([]byte(plainConfiguration), called, ci.Draft{Path: "root/" + called}, r, func(d *draft) error { return d.anew("1") })
	if err != nil {
		return nil, err
	}
	head, rest, _ := strings.Cut(string(d.XML), "\n")
	text := strings.ReplaceAll(howTo, "NAMES", strings.Join(d.Undeclared, ", "))
	return []byte(head + "\n" + text + strings.TrimLeft(rest, "\n")), nil
}
