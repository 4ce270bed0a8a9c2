package steps

// ShowsRelease says whether the target may end in a release on the git host.
func (t Target) ShowsRelease() bool {
	return t.By == ByRelease || t.By == ByTag && t.HostRelease != "no"
}
