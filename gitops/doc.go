// Package gitops is where ferry touches git: it reads the person's repository
// and it creates, deletes and lists refs on a remote.
//
// The nouns: a Repo is a checkout on this disk. It is only read, but for what git
// itself fetches into a partial clone, and for CommitOn and its inverse, which make
// one commit on a branch of its own with the git program. A Remote is one of its
// remotes, spoken to directly over http, ssh or a local pipe. A Ref is a
// name on that remote, with the commit it stands for.
//
// A ref is only ever created where none is, or deleted at the exact commit the
// caller names: both are compare-and-swap commands of git's own receive-pack,
// judged by the server under its lock. Nothing here can move a ref. A command
// whose answer was lost gives *UncertainError, never success and never failure:
// list the refs again and look. Every call on a Remote has a deadline.
//
// Whether the checkout is clean is git's own answer where git is installed: only
// git applies filters. Without git we look ourselves, not with go-git's status,
// which is several times slower and differs from git about ignore rules, filters,
// dirty submodules and assume-unchanged. As git does, we compare the index's
// stamps of each file (times, size, inode, owner) and hash only those that differ
// or are as young as the index; HEAD is compared by the trees that the index has
// noted. That takes as long as git does (docs/figures.md). What cannot be told
// soundly, a filter on a touched file or a split or sparse index, is a
// *CannotTellError. On Windows the stamps are not used and every file is hashed.
//
// Where a git binary is installed it answers what only git can answer (status,
// configuration with includes, credential helpers). Without one ferry still
// works, with less. The repository's pre-push hook runs before anything is sent,
// as git would run it, and can refuse; tags are signed by the person's own program
// where git would sign them. A push made here carries commits that exist and makes
// no new objects but tags.
package gitops
