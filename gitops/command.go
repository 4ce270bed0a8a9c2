package gitops

// CreateCommand is what a person would type to create ref at sha: the empty
// lease means that the ref must not be there.
func CreateCommand(url, ref, sha string) []string {
	return []string{"git", "push", "--force-with-lease=" + ref + ":", url, sha + ":" + ref}
}

// DeleteCommand is what a person would type to delete ref if it is still at old.
func DeleteCommand(url, ref, old string) []string {
	return []string{"git", "push", "--force-with-lease=" + ref + ":" + old, url, ":" + ref}
}

// FetchCommand is what a person would type to look at ref.
func FetchCommand(url, ref string) []string {
	return []string{"git", "fetch", "--depth=1", url, ref}
}
