package plain

// About says of what commit the rest of the stream is, and where people look at it:
// a release that is prepared first has its commit only then.
func (j *JSON) About(commit string, urls map[string]string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.o.Commit, j.o.URLs = commit, urls
}
