package citest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"golang.org/x/crypto/blake2b"
)

// sha256Hex is the digest that indexes and logs show.
func (d dist) sha256Hex() string {
	sum := sha256.Sum256(d.bytes)
	return hex.EncodeToString(sum[:])
}

// upload sends one distribution as twine does: one form, metadata first and
// the file last.
func (s *Server) upload(p parcel) error {
	body, kind, err := form(p.dist, p.attestations)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(s.stop, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "twine/6.2.0")
	req.Header.Set("Accept", "application/json;q=0.9, text/plain;q=0.8")
	err = p.login.key.Use(func(v []byte) error {
		req.SetBasicAuth(p.login.user, string(v))
		return nil
	})
	if err != nil {
		return err
	}
	res, err := s.o.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%d from %s: %s", res.StatusCode, p.url, reason(answer))
	}
	return nil
}

// reason finds what an index says about a refusal.
func reason(answer []byte) string {
	var doc struct{ Code, Message string }
	if json.Unmarshal(answer, &doc) == nil && doc.Code+doc.Message != "" {
		return doc.Code + " " + doc.Message
	}
	return strings.TrimSpace(string(answer))
}

// form makes the body of an upload and its content type. The boundary comes
// from the content, so that the same distribution gives the same request.
func form(d dist, attestations string) (body []byte, contentType string, err error) {
	filetype, pyversion := "sdist", "source"
	if d.kind == "wheel" {
		filetype, pyversion = "bdist_wheel", "py3"
	}
	blake := blake2b.Sum256(d.bytes)
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	if err := w.SetBoundary(d.sha256Hex()[:40]); err != nil {
		return nil, "", err
	}
	fields := [][2]string{
		{"metadata_version", "2.1"}, {"name", d.metadata.name}, {"version", d.metadata.version}, {"summary", d.metadata.summary},
		{"pyversion", pyversion}, {"filetype", filetype}, {"sha256_digest", d.sha256Hex()},
		{"blake2_256_digest", hex.EncodeToString(blake[:])}, {":action", "file_upload"}, {"protocol_version", "1"},
	}
	if attestations != "" {
		fields = append(fields, [2]string{"attestations", attestations})
	}
	for _, f := range fields {
		if err := w.WriteField(f[0], f[1]); err != nil {
			return nil, "", err
		}
	}
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="content"; filename=%q`, d.name)},
		"Content-Type":        {"application/octet-stream"},
	})
	if err != nil {
		return nil, "", err
	}
	if _, err := part.Write(d.bytes); err != nil {
		return nil, "", err
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return buf.Bytes(), w.FormDataContentType(), nil
}
