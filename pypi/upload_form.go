package pypi

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
)

// formField is a field of the upload form and the metadata field it carries.
// The irregular names are what the index reads; it passes over others in silence.
type formField struct {
	form, header string
	many         bool
}

func formFields() []formField {
	return []formField{
		{"metadata_version", "Metadata-Version", false}, {"name", "Name", false}, {"version", "Version", false},
		{"platform", "Platform", true}, {"supported_platform", "Supported-Platform", true}, {"summary", "Summary", false},
		{"keywords", "Keywords", false}, {"home_page", "Home-Page", false}, {"author", "Author", false},
		{"author_email", "Author-Email", false}, {"license", "License", false}, {"download_url", "Download-URL", false},
		{"classifiers", "Classifier", true}, {"requires", "Requires", true}, {"provides", "Provides", true}, {"obsoletes", "Obsoletes", true},
		{"maintainer", "Maintainer", false}, {"maintainer_email", "Maintainer-Email", false},
		{"requires_dist", "Requires-Dist", true}, {"provides_dist", "Provides-Dist", true}, {"obsoletes_dist", "Obsoletes-Dist", true},
		{"requires_python", "Requires-Python", false}, {"requires_external", "Requires-External", true}, {"project_urls", "Project-URL", true},
		{"description_content_type", "Description-Content-Type", false}, {"provides_extra", "Provides-Extra", true}, {"dynamic", "Dynamic", true},
		{"license_expression", "License-Expression", false}, {"license_file", "License-File", true},
		{"import_name", "Import-Name", true}, {"import_namespace", "Import-Namespace", true},
	}
}

// field is one of a form.
type field struct{ name, value string }

// metadataFields are the fields that tell of the project, in the order of the
// specification. The name goes as the metadata spells it: a normalised one would
// rename the project.
func (a *Artifact) metadataFields() []field {
	var all []field
	for _, f := range formFields() {
		values := a.Metadata.All(f.header)
		if !f.many && len(values) > 1 {
			values = values[:1]
		}
		for _, v := range values {
			all = append(all, field{f.form, v})
		}
	}
	if a.Metadata.Description != "" {
		all = append(all, field{"description", a.Metadata.Description})
	}
	return all
}

// uploadFields are all fields of an upload but the file.
func (a *Artifact) uploadFields() []field {
	python := "source"
	if a.Kind == KindWheel {
		parts := strings.Split(strings.TrimSuffix(a.File, ".whl"), "-")
		python = parts[len(parts)-3]
	}
	return append(a.metadataFields(), field{"filetype", a.Kind}, field{"pyversion", python},
		field{"sha256_digest", a.SHA256}, field{"blake2_256_digest", a.BLAKE2},
		field{":action", "file_upload"}, field{"protocol_version", "1"})
}

// form is a multipart body: what stands before the file, and what behind it.
type form struct {
	kind         string // content type, with the boundary
	before, tail []byte
}

// newForm writes the fields; with a file name it leaves the place for the file.
func newForm(fields []field, file string) (form, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		if err := w.WriteField(f.name, f.value); err != nil {
			return form{}, err
		}
	}
	if file != "" {
		head := textproto.MIMEHeader{}
		head.Set("Content-Disposition", fmt.Sprintf(`form-data; name="content"; filename="%s"`, file))
		head.Set("Content-Type", "application/octet-stream") // without one PyPI takes it for no file
		if _, err := w.CreatePart(head); err != nil {
			return form{}, err
		}
	}
	at := b.Len()
	if err := w.Close(); err != nil {
		return form{}, err
	}
	all := b.Bytes()
	return form{w.FormDataContentType(), all[:at:at], all[at:]}, nil
}
