package pypitest

import (
	"regexp"
	"slices"
	"strings"

	"ferry/pypi"
)

func checkForm(f *form) *refusal {
	if f.tuple != "" {
		return bad("%s: Should not be a tuple.", f.tuple)
	}
	if v := f.get("protocol_version"); v != "" && v != "1" {
		return bad("Unknown protocol version.")
	}
	kind, python := f.get("filetype"), f.get("pyversion")
	switch {
	case f.get("name") == "":
		return bad("'' is an invalid value for Name. Error: This field is required. %s", specification)
	case kind != pypi.KindSdist && kind != pypi.KindWheel:
		return bad("Invalid value for filetype. Error: Use a known file type.")
	case kind == pypi.KindWheel && python == "":
		return bad("Error: Python version is required for binary distribution uploads.")
	case kind == pypi.KindSdist && python != "" && python != "source":
		return bad("Error: Use 'source' as Python version for an sdist.")
	case f.get("md5_digest")+f.get("sha256_digest")+f.get("blake2_256_digest") == "":
		return bad("Error: Include at least one message digest.")
	}
	return nil
}

const specification = "See https://packaging.python.org/specifications/core-metadata for more information."

// metadataVersions is what PyPI takes; 2.6 is approved, and not among them yet.
func metadataVersions() []string {
	return []string{"1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"}
}

// checkMetadata reports one error only: metadata version, name and version
// first, then by the alphabet.
func checkMetadata(f *form) *refusal {
	name, version := f.get("name"), f.get("version")
	v, err := pypi.ParseVersion(version)
	summary := f.get("summary")
	switch {
	case !slices.Contains(metadataVersions(), f.get("metadata_version")):
		return invalid(f.get("metadata_version"), "Metadata-Version", "Use a known metadata version.")
	case !pypi.ValidName(name):
		return invalid(name, "Name", "Start and end with a letter or numeral containing only ASCII numeric and '.', '_' and '-'.")
	case version == "" || err != nil:
		return invalid(version, "Version", "Start and end with a letter or numeral containing only ASCII numeric and '.', '_' and '-'.")
	case v.IsLocal():
		return bad("The use of local versions in '%s' is not allowed. See https://packaging.python.org/specifications/version-specifiers/#local-version-identifiers for more information.", version)
	case badClassifier(f) != "":
		return invalid(badClassifier(f), "Classifier", "'"+badClassifier(f)+"' is not a valid classifier.")
	case !knownMarkup(f.get("description_content_type")):
		return invalid(f.get("description_content_type"), "Description-Content-Type", "Use a valid description content type.")
	case f.get("license") != "" && f.get("license_expression") != "":
		return bad("License is deprecated when License-Expression is present. Only License-Expression should be present. %s", specification)
	case directURL(f) != "":
		return invalid(directURL(f), "Requires-Dist", "Can't have direct dependency: "+directURL(f))
	case len([]rune(summary)) > 512 || strings.ContainsAny(summary, "\r\n"):
		return invalid(summary, "Summary", "Use 512 characters or fewer, on one line.")
	}
	return nil
}

func invalid(value, field, why string) *refusal {
	return bad("'%s' is an invalid value for %s. Error: %s %s", value, field, why, specification)
}

// badClassifier knows only the one family that people use to keep a project
// off PyPI; the list of real ones is not kept here.
func badClassifier(f *form) string {
	for _, c := range f.fields["classifiers"] {
		if strings.HasPrefix(c, "Private ::") || !strings.Contains(c, " :: ") {
			return c
		}
	}
	return ""
}

func knownMarkup(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	return slices.Contains([]string{"", "text/plain", "text/x-rst", "text/markdown"}, strings.TrimSpace(kind))
}

func directURL(f *form) string {
	for _, r := range f.fields["requires_dist"] {
		if spec, _, _ := strings.Cut(r, ";"); strings.Contains(spec, " @ ") {
			return r
		}
	}
	return ""
}

func checkContent(f *form) *refusal {
	switch {
	case !f.file:
		return bad("Upload payload does not have a file.")
	case f.kind == "" || strings.HasPrefix(f.kind, "image/"):
		return bad("Invalid distribution file.")
	}
	return nil
}

// standardLibrary are the names people try most; the true list has 200 more.
func standardLibrary() []string {
	return []string{"abc", "ast", "asyncio", "csv", "email", "enum", "http", "io", "json", "logging",
		"os", "pathlib", "random", "re", "sqlite3", "ssl", "string", "sys", "test", "time", "tomllib", "types", "typing", "uuid"}
}

// ultranormal is how PyPI tells names apart that people cannot.
func ultranormal(name string) string {
	return strings.NewReplacer(".", "", "_", "", "-", "", "l", "1", "i", "1", "o", "0").Replace(strings.ToLower(name))
}

var (
	extension   = regexp.MustCompile(`\.(?:tar\.gz|whl|zip|egg|exe|tar\.bz2|tgz)$`)
	platformTag = regexp.MustCompile(`^(?:any|win32|win_(?:amd64|arm64)|` +
		`(?:manylinux1|manylinux2010|manylinux2014|manylinux_\d+_\d+|musllinux_\d+_\d+)_\w+|` +
		`macosx_10_\d+_\w+|macosx_(?:11|12|13|14|15|26)_0_\w+|ios_\d+_\d+_\w+|android_\d+_\w+|pyemscripten_\w+)$`)
)

// checkFilename is as strict as PyPI since October 2025.
func checkFilename(f *form) *refusal {
	file := f.filename
	kind := f.get("filetype")
	switch {
	case strings.ContainsAny(file, "/\\"):
		return bad("Cannot upload a file with '/' or '\\' in the name.")
	case !extension.MatchString(file):
		return bad("Invalid file extension: Use .tar.gz, .whl or .zip extension. See https://www.python.org/dev/peps/pep-0527 and https://peps.python.org/pep-0715/ for more information.")
	case kind == pypi.KindWheel && !strings.HasSuffix(file, ".whl"), kind == pypi.KindSdist && strings.HasSuffix(file, ".whl"):
		return bad("Invalid file extension: Extension '%s' is invalid for filetype '%s'. See https://www.python.org/dev/peps/pep-0527 for more information.", extension.FindString(file), kind)
	case kind == pypi.KindWheel:
		return checkWheelName(f)
	}
	v, _ := pypi.ParseVersion(f.get("version"))
	if want := pypi.FileStem(f.get("name")) + "-" + v.String() + ".tar.gz"; file != want {
		return bad("Filename '%s' is invalid, should be '%s'.", file, want)
	}
	return nil
}

func checkWheelName(f *form) *refusal {
	file, name := f.filename, f.get("name")
	d, err := pypi.ParseFilename(file)
	if err != nil {
		return bad("Invalid wheel filename: %s", file)
	}
	stem, _, _ := strings.Cut(file, "-")
	v, _ := pypi.ParseVersion(f.get("version"))
	w, _ := pypi.ParseVersion(d.Version)
	switch {
	case d.Name != pypi.NormalizeName(name):
		return bad("Start filename for '%s' with '%s'.", name, pypi.FileStem(name))
	case stem != pypi.FileStem(name):
		return bad("Filename '%s' should contain the normalized project name '%s', not '%s'.", file, pypi.FileStem(name), stem)
	case !v.Equal(w):
		return bad("Version in filename should be '%s' not '%s'.", v, w)
	}
	parts := strings.Split(strings.TrimSuffix(file, ".whl"), "-")
	for _, tag := range strings.Split(parts[len(parts)-1], ".") {
		if !platformTag.MatchString(tag) {
			return bad("Binary wheel '%s' has an unsupported platform tag '%s'.", file, tag)
		}
	}
	return nil
}

func wheelPython(file string) string {
	parts := strings.Split(strings.TrimSuffix(file, ".whl"), "-")
	return parts[len(parts)-3]
}
