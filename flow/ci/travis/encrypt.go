package travis

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"unicode"
	"unicode/utf8"

	"ferry/flow/ci"
	"ferry/keyring"
)

// Seal encrypts a value with the repository's key, for `secure:` in its file. The
// value goes nowhere else.
func (p *Provider) Seal(value keyring.Secret, key ci.PublicKey) (string, error) {
	pub, err := p.own(key)
	if err != nil {
		return "", err
	}
	var sealed []byte
	err = value.Use(func(v []byte) error {
		if err := sealable(v, pub); err != nil {
			return err
		}
		// Travis decides the padding, and so there is no other way.
		sealed, err = rsa.EncryptPKCS1v15(rand.Reader, pub, v) //nolint:staticcheck // SA1019: see above
		return err
	})
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// own reads a key that is of this API, and as it was given.
func (p *Provider) own(key ci.PublicKey) (*rsa.PublicKey, error) {
	origin, err := p.origin()
	if err != nil {
		return nil, err
	}
	if key.Origin != origin {
		return nil, &ci.EndpointError{Provider: name, URL: key.Origin, Instead: p.o.URL}
	}
	pub, err := parseKey(key.PEM)
	if err != nil {
		return nil, &ci.MalformedError{Provider: name, Err: err}
	}
	if now := fingerprint(pub); now != key.Fingerprint {
		return nil, &ci.FingerprintError{Provider: name, Said: key.Fingerprint, Computed: now}
	}
	return pub, nil
}

// sealable says what keeps a value from being sealed. It tells nothing of the value
// but its length.
func sealable(v []byte, pub *rsa.PublicKey) error {
	if err := fit(v); err != nil {
		return err
	}
	if bytes.ContainsAny(v, "\"$`\\") { // a deploy's options stand in double quotes of bash
		return &ci.UnfitValueError{Why: "holds a character that the shell of the build would read"}
	}
	if room := pub.Size() - padding; len(v) > room {
		return &ci.TooLongError{Provider: name, Size: len(v), Room: room, Bits: pub.N.BitLen()}
	}
	return nil
}

// maxValue is more than any credential has, in bytes.
const maxValue = 64 << 10

// fit says what keeps a text from being a credential.
func fit(v []byte) error {
	switch {
	case len(v) == 0:
		return &ci.UnfitValueError{Why: "is empty"}
	case len(v) > maxValue:
		return &ci.UnfitValueError{Why: fmt.Sprintf("has more than %d bytes", maxValue)}
	case !utf8.Valid(v):
		return &ci.UnfitValueError{Why: "is no text"}
	case len(bytes.TrimSpace(v)) != len(v):
		return &ci.UnfitValueError{Why: "begins or ends with a blank"}
	case bytes.ContainsFunc(v, unicode.IsControl):
		return &ci.UnfitValueError{Why: "holds a control character"}
	}
	return nil
}
