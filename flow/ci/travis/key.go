package travis

import (
	"context"
	"crypto/md5"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"strings"

	"ferry/flow/ci"
	"ferry/keyring"
)

// padding is what PKCS#1 v1.5 needs besides the value, in bytes.
const padding = 11

// The sizes of keys that are used: Go encrypts with none smaller, and nobody makes
// larger ones.
const (
	minBits = 1024
	maxBits = 16384
)

type keyDoc struct {
	PEM         string  `json:"public_key"`
	Fingerprint *string `json:"fingerprint"` // null where Travis itself cannot read the key
}

// PublicKey asks Travis for the key of the repository, which it shows only to those
// who log in.
func (p *Provider) PublicKey(ctx context.Context) (ci.PublicKey, error) {
	origin, err := p.origin()
	if err != nil {
		return ci.PublicKey{}, err
	}
	if p.o.Token.IsZero() {
		return ci.PublicKey{}, &ci.NeedsTokenError{Provider: name, What: "the public key of " + p.o.Slug}
	}
	reply, err := p.client.Do(ctx, ci.Request{
		URL: p.repo() + "/key_pair/generated", What: "the key pair of " + p.o.Slug, Also: []int{http.StatusNotFound},
	})
	if err != nil {
		return ci.PublicKey{}, refused(err, "the key pair of "+p.o.Slug)
	}
	if reply.Status == http.StatusNotFound {
		return ci.PublicKey{}, p.lacks(reply.Body)
	}
	return readKey(reply.Body, origin)
}

// lacks tells a repository that Travis does not show from one without a key.
func (p *Provider) lacks(body []byte) error {
	var doc struct {
		Kind string `json:"resource_type"`
	}
	if json.Unmarshal(body, &doc) == nil && doc.Kind == "key_pair" {
		return &ci.NotFoundError{Provider: name, What: "a key pair of " + p.o.Slug}
	}
	return &ci.NotFoundError{Provider: name, What: "repository " + p.o.Slug}
}

// origin is the host whose keys these are. What was travis-ci.org has other keys,
// and the pages for people give none.
func (p *Provider) origin() (string, error) {
	u, err := url.Parse(p.o.URL)
	if err != nil {
		return "", &ci.EndpointError{Provider: name, URL: p.o.URL, Instead: DefaultURL}
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	for _, site := range []string{"travis-ci.org", "travis-ci.com"} {
		if host != "api.travis-ci.com" && (host == site || strings.HasSuffix(host, "."+site)) {
			return "", &ci.EndpointError{Provider: name, URL: p.o.URL, Instead: DefaultURL}
		}
	}
	return strings.ToLower(u.Host), nil
}

func readKey(body []byte, origin string) (ci.PublicKey, error) {
	var doc keyDoc
	if err := json.Unmarshal(body, &doc); err != nil {
		return ci.PublicKey{}, &ci.MalformedError{Provider: name, Err: err}
	}
	pub, err := parseKey(doc.PEM)
	if err != nil {
		return ci.PublicKey{}, &ci.MalformedError{Provider: name, Err: err}
	}
	k := ci.PublicKey{PEM: doc.PEM, Fingerprint: fingerprint(pub), Origin: origin, Bits: pub.N.BitLen(), Room: pub.Size() - padding}
	if said := doc.Fingerprint; said != nil && *said != "" && !strings.EqualFold(strings.TrimSpace(*said), k.Fingerprint) {
		return ci.PublicKey{}, &ci.FingerprintError{Provider: name, Said: keyring.Hide(*said), Computed: k.Fingerprint}
	}
	return k, nil
}

var (
	errNoPEM    = errors.New("the key is not one PEM block")
	errNoKey    = errors.New("the key is no public key of RSA")
	errWeakKey  = errors.New("the key is no sound public key of RSA")
	errKeySizes = errors.New("the key has fewer than 1024 bits, or more than 16384")
)

// parseKey reads a key in any of the three forms that Travis gives. The label of
// the block says nothing: a server on JRuby wrote RSA PUBLIC KEY above the other form.
func parseKey(text string) (*rsa.PublicKey, error) {
	text = strings.TrimSpace(text)
	block, rest := pem.Decode([]byte(text))
	if block == nil || len(strings.TrimSpace(string(rest))) > 0 || !strings.HasPrefix(text, "-----BEGIN ") {
		return nil, errNoPEM
	}
	pub, ok := (*rsa.PublicKey)(nil), false
	if got, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
		if pub, ok = got.(*rsa.PublicKey); !ok {
			return nil, errNoKey
		}
	} else if pub, err = x509.ParsePKCS1PublicKey(block.Bytes); err != nil {
		return nil, errNoKey
	}
	return pub, sound(pub)
}

// sound refuses a key that hides nothing, or that takes hours.
func sound(pub *rsa.PublicKey) error {
	switch bits := pub.N.BitLen(); {
	case bits < minBits || bits > maxBits:
		return errKeySizes
	case pub.N.Bit(0) == 0 || pub.E < 3 || pub.E%2 == 0:
		return errWeakKey
	}
	return nil
}

// fingerprint is the MD5 of the key's ssh-rsa form, as Travis computes it. It is
// compared and shown, and guards nothing.
func fingerprint(pub *rsa.PublicKey) string {
	blob := append(field([]byte("ssh-rsa")), append(field(mpint(big.NewInt(int64(pub.E)))), field(mpint(pub.N))...)...)
	sum := md5.Sum(blob)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = hex.EncodeToString([]byte{b})
	}
	return strings.Join(parts, ":")
}

// mpint is a positive number as ssh writes it: a first bit that is set would make
// it negative.
func mpint(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) > 0 && b[0]&0x80 != 0 {
		b = append([]byte{0}, b...)
	}
	return b
}

func field(b []byte) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...) }
