package ci

// Upload is a file that a publishing job says it uploaded.
type Upload struct {
	Name   string
	SHA256 string // lower-case hex; "" if the log does not say
	// Skipped: the uploader said that the index has a file of this name
	// already. What is there need not be what this job built.
	Skipped bool
}
