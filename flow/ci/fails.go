package ci

// Fails says whether a line of a log tells of a failure, or why a deployment did
// not come about. The line may have been made visible before.
func Fails(line string) bool {
	seen := plainLine(line)
	return failMark.MatchString(seen) || skipped(seen) != nil || anyOf(seen, ofUpload) || anyOf(seen, ofDeploy)
}
