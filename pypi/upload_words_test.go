package pypi_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"ferry/keyring"
	"ferry/pypi"
	"ferry/pypi/pypitest"
)

// TestEveryWord: what PyPI says, sentence by sentence, and what it is taken for.
func TestEveryWord(t *testing.T) {
	status, text := 0, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}))
	defer server.Close()
	d := newDepot(t, pypitest.Options{})
	a := d.open(pypitest.Wheel("foo", "1.0", d.now, nil))
	x := pypi.NewIndex(pypi.Config{Name: "x", Upload: server.URL + "/"})
	for _, c := range []struct {
		status int
		text   string
		want   pypi.Refusal
	}{
		{403, "Invalid or non-existent authentication information. See https://pypi.org/help/#invalid-auth for more information.", pypi.RefusedToken},
		{403, "Invalid API Token: signatures do not match", pypi.RefusedToken},
		{403, "Username/Password authentication is no longer supported. Migrate to API Tokens or Trusted Publishers instead.", pypi.RefusedPassword},
		{403, "The user 'ada' isn't allowed to upload to project 'foo'. See https://pypi.org/help/#project-name for more information.", pypi.RefusedProject},
		{403, "The given token isn't allowed to upload to project 'foo'. See https://pypi.org/help/#project-name for more information.", pypi.RefusedScope},
		{403, "Invalid API Token: project-scoped token is not valid for project: 'foo'", pypi.RefusedScope},
		{403, "Invalid API Token: token is expired", pypi.RefusedExpired},
		{403, "User 'ada' does not have a verified primary email address. Please add a verified primary email before attempting to upload to PyPI.", pypi.RefusedAccount},
		{403, "User 'ada' does not have two-factor authentication enabled. Please enable two-factor authentication before attempting to upload to PyPI.", pypi.RefusedAccount},
		{400, "Organization account owning this project is inactive. This may be due to inactive billing for Company Organizations.", pypi.RefusedAccount},
		{400, "Non-user identities cannot create new projects. This was probably caused by successfully using a pending publisher", pypi.RefusedPublisher},
		{400, "Invalid attestations supplied during upload: Attestations are only supported when using Trusted Publishing", pypi.RefusedPublisher},
		{403, "Read-only mode: Uploads are temporarily disabled.", pypi.RefusedReadOnly},
		{403, "New uploads are temporarily disabled. See https://pypi.org/help/#admin-intervention for more information.", pypi.RefusedReadOnly},
		{403, "New project registration temporarily disabled. See https://pypi.org/help/#admin-intervention for more information.", pypi.RefusedReadOnly},
		{400, "The name 'foo' is invalid.", pypi.RefusedName},
		{400, "The name 'foo' isn't allowed. See https://pypi.org/help/#project-name for more information.", pypi.RefusedName},
		{400, "The name 'json' isn't allowed (conflict with Python Standard Library module name). See x", pypi.RefusedNameStdlib},
		{400, "The name 'f00' is too similar to an existing project. See x", pypi.RefusedNameSimilar},
		{409, "The name 'foo' conflicts with an existing project. See x", pypi.RefusedNameTaken},
		{429, "Too many new projects created", pypi.RefusedProjectRate},
		{400, "'2.6' is an invalid value for Metadata-Version. Error: Use a known metadata version.", pypi.RefusedMetadataVersion},
		{400, "'2.6' is an invalid value for metadata-version. Error: invalid. See https://packaging.python.org/specifications/core-metadata for more information.", pypi.RefusedMetadataVersion},
		{400, "The use of local versions in '1.0+x' is not allowed. See x", pypi.RefusedLocalVersion},
		{400, "'a' is not a valid classifier. See https://packaging.python.org/specifications/core-metadata for more information.", pypi.RefusedMetadata},
		{400, "'xx' is an invalid value for Summary. Error: Use 512 characters or fewer.", pypi.RefusedMetadata},
		{400, "Can't have direct dependency: a @ https://x", pypi.RefusedDirectURL},
		{400, "The description failed to render for 'text/x-rst'. See x", pypi.RefusedDescription},
		{400, "The description failed to render in the default format of reStructuredText. See x", pypi.RefusedDescription},
		{400, "File already exists ('foo-1.0.tar.gz', with blake2_256 hash '00'). See https://pypi.org/help/#file-name-reuse for more information.", pypi.RefusedExists},
		{400, "This filename was previously used by a file that has since been deleted. Use a different version. See x", pypi.RefusedDeleted},
		{400, "Uploading new files to releases older than 14 days is not allowed.", pypi.RefusedOld},
		{400, "Only one sdist may be uploaded per release.", pypi.RefusedSdist},
		{400, "Filename 'Foo-1.0.tar.gz' is invalid, should be 'foo-1.0.tar.gz'.", pypi.RefusedFilename},
		{400, "Filename 'F-1.0-py3-none-any.whl' should contain the normalized project name 'f', not 'F'.", pypi.RefusedFilename},
		{400, "Version in filename should be '1.0' not '1.1'.", pypi.RefusedFilename},
		{400, "Start filename for 'foo' with 'foo'.", pypi.RefusedFilename},
		{400, "Cannot upload a file with '/' or '\\' in the name.", pypi.RefusedFilename},
		{400, "Invalid file extension: Use .tar.gz, .whl or .zip extension.", pypi.RefusedFilename},
		{400, "Invalid source distribution filename: foo.tar.gz", pypi.RefusedFilename},
		{400, "Filename is too long: 'foo'", pypi.RefusedFilename},
		{400, "Binary wheel 'foo.whl' has an unsupported platform tag 'linux_x86_64'.", pypi.RefusedPlatform},
		{400, "File too large. Limit for project 'foo' is 100 MB. See x", pypi.RefusedSize},
		{400, "Project size too large. Limit for project 'foo' total size is 10 GB. See x", pypi.RefusedProjectSize},
		{400, "The digest supplied does not match a digest calculated from the uploaded file.", pypi.RefusedDigest},
		{400, "Include at least one message digest.", pypi.RefusedDigest},
		{400, "Invalid distribution file. File is not a zipfile", pypi.RefusedArchive},
		{400, "Invalid distribution file. PKG-INFO not found at foo-1.0/PKG-INFO", pypi.RefusedArchive},
		{400, "License-File COPYING does not exist in distribution file foo-1.0.tar.gz at foo-1.0/COPYING", pypi.RefusedArchive},
		{400, "Wheel 'foo.whl' does not contain the required RECORD file: foo-1.0.dist-info/RECORD", pypi.RefusedArchive},
		{400, "Wheel 'foo.whl' does not contain the required METADATA file: foo-1.0.dist-info/METADATA", pypi.RefusedArchive},
		{400, "Wheel 'foo.whl' has invalid entry points", pypi.RefusedArchive},
		{308, "An upload was attempted to /legacy but the expected upload URL is /legacy/ (with a trailing slash)", pypi.RefusedAddress},
		{405, "Method Not Allowed", pypi.RefusedAddress},
		{410, "This API has moved to https://upload.pypi.org/legacy/. See x", pypi.RefusedAddress},
		{410, "Project pre-registration is no longer required or supported, upload your files instead.", pypi.RefusedRegister},
		{400, "Unknown protocol version.", pypi.RefusedOther},
	} {
		status, text = c.status, c.text
		var no *pypi.RefusedError
		if err := x.Send(t.Context(), a, "u", keyring.NewSecret("p"), nil); !errors.As(err, &no) || no.Why != c.want || no.Text != c.text {
			t.Errorf("%q is taken for %q, not %q", c.text, no.Why, c.want)
		}
	}
}
