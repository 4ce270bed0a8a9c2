// Package pypi knows Python packages and the indexes that hold them: what a
// project calls itself (ReadProject), what its versions and file names mean
// (Version, ParseFilename), and what an index shows of a release (Index).
//
// An Index is a witness with several surfaces. The simple index is what pip
// reads, the JSON API is what people and tools read, the bytes are what gets
// installed; each has its own cache and may lag behind the others. So a Page
// says which surface it was read from, when, and how old the answer may be,
// and nothing here draws a conclusion from an absence. An answer that is not
// an index's answer (a portal, a proxy's error page, a cut body) is an error
// with a type, never an empty page.
//
// Nothing in this package runs code of the project it reads, but what says so:
// BuildMetadata, Builder and TryInstall.
package pypi
