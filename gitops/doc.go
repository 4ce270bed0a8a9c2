// Package gitops is where ferry touches git: it reads the person's repository
// and it creates, deletes and lists refs on a remote.
//
// The nouns: a Repo is a checkout on this disk, and nothing here ever writes
// into it. A Remote is one of its remotes, spoken to directly over http, ssh or
// a local pipe. A Ref is a name on that remote, with the commit it stands for.
//
// A ref is only ever created where none is, or deleted at the exact commit the
// caller names: both are compare-and-swap commands of git's own receive-pack,
// judged by the server under its lock. Nothing here can move a ref. A command
// whose answer was lost gives *UncertainError, never success and never failure:
// list the refs again and look. Every call on a Remote has a deadline.
//
// Whether the checkout is clean is git's own answer where git is installed: it is
// as fast as `git status` and right about filters and submodules. Without git we
// hash every file, which is sound and several times slower (docs/figures.md).
//
// Where a git binary is installed it answers what only git can answer (status,
// configuration with includes, credential helpers). Without one ferry still
// works, with less. The repository's pre-push hook runs before anything is sent,
// as git would run it, and can refuse; tags are signed by the person's own program
// where git would sign them. A push made here carries commits that exist and makes
// no new objects but tags.
package gitops
