package pypi

import (
	"fmt"
	"regexp"
	"strings"
)

// The kinds of distributions, as the upload API spells them.
const (
	KindSdist = "sdist"
	KindWheel = "bdist_wheel"
)

// Dist is what the name of a distribution file says: the normalised name, the
// version in its normal spelling, and the kind.
type Dist struct{ Name, Version, Kind string }

// FilenameError is a file name that is none of a distribution.
type FilenameError struct{ File, Reason string }

func (e *FilenameError) Error() string {
	return fmt.Sprintf("%q is not the name of a distribution: %s", e.File, e.Reason)
}

// ParseFilename reads the name of an sdist or a wheel. Eggs, installers and
// other old kinds are refused: no index takes them any more.
func ParseFilename(file string) (Dist, error) { return parseFilename(file, "") }

// parseFilename may know the project. That decides what old names leave open:
// foo-1.0-1.tar.gz is version 1.0.post1 of foo, or version 1 of foo-1.0.
func parseFilename(file, project string) (Dist, error) {
	if strings.ContainsAny(file, "/\\") {
		return Dist{}, &FilenameError{file, "it is a path"}
	}
	if stem, ok := strings.CutSuffix(file, ".whl"); ok {
		return parseWheel(file, stem)
	}
	for _, ext := range []string{".tar.gz", ".zip"} {
		if stem, ok := strings.CutSuffix(file, ext); ok {
			return parseSdist(file, stem, project)
		}
	}
	return Dist{}, &FilenameError{file, "neither a wheel nor a source archive"}
}

func parseSdist(file, stem, project string) (Dist, error) {
	for at := strings.LastIndexByte(stem, '-'); at > 0; at = strings.LastIndexByte(stem[:at], '-') {
		name, text := stem[:at], stem[at+1:]
		if project != "" && NormalizeName(name) != NormalizeName(project) {
			continue
		}
		v, err := ParseVersion(text)
		if err == nil && ValidName(name) {
			return Dist{NormalizeName(name), v.String(), KindSdist}, nil
		}
	}
	return Dist{}, &FilenameError{file, "no name and version in it"}
}

var (
	wheelName  = regexp.MustCompile(`^[A-Za-z0-9._]+$`)
	wheelBuild = regexp.MustCompile(`^[0-9][A-Za-z0-9_.]*$`)
	wheelTag   = regexp.MustCompile(`^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$`)
)

func parseWheel(file, stem string) (Dist, error) {
	parts := strings.Split(stem, "-")
	if len(parts) == 6 {
		if !wheelBuild.MatchString(parts[2]) {
			return Dist{}, &FilenameError{file, "its build number does not begin with a digit"}
		}
		parts = append(parts[:2], parts[3:]...)
	}
	if len(parts) != 5 {
		return Dist{}, &FilenameError{file, "a wheel's name has five or six parts"}
	}
	if !wheelName.MatchString(parts[0]) || !ValidName(parts[0]) {
		return Dist{}, &FilenameError{file, "its first part is no project name"}
	}
	for _, tag := range parts[2:] {
		if !wheelTag.MatchString(tag) {
			return Dist{}, &FilenameError{file, "one of its tags is malformed"}
		}
	}
	v, err := ParseVersion(parts[1])
	if err != nil {
		return Dist{}, &FilenameError{file, "its second part is no version"}
	}
	return Dist{NormalizeName(parts[0]), v.String(), KindWheel}, nil
}
