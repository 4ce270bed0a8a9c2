package gitops

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// tlsConfig trusts what git would trust. What git would trust blindly is refused.
func (r *Repo) tlsConfig(get func(string) string) (*tls.Config, error) {
	if _, off := os.LookupEnv("GIT_SSL_NO_VERIFY"); off || isFalse(get("sslverify")) {
		return nil, &UnsupportedError{"http.sslVerify=false: anybody could take the push; name the server's authority in http.sslCAInfo in its place"}
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if cmp.Or(os.Getenv("GIT_SSL_VERSION"), get("sslversion")) == "tlsv1.3" {
		c.MinVersion = tls.VersionTLS13
	}
	var bad [3]error
	c.RootCAs, bad[0] = r.authorities(cmp.Or(os.Getenv("GIT_SSL_CAINFO"), get("sslcainfo")), cmp.Or(os.Getenv("GIT_SSL_CAPATH"), get("sslcapath")))
	if pins := get("pinnedpubkey"); pins != "" {
		c.VerifyConnection, bad[1] = r.pinned(pins)
	}
	if cert := cmp.Or(os.Getenv("GIT_SSL_CERT"), get("sslcert")); cert != "" {
		c.Certificates, bad[2] = r.clientCertificate(cert, cmp.Or(os.Getenv("GIT_SSL_KEY"), get("sslkey"), cert))
	}
	return c, errors.Join(bad[:]...)
}

// authorities are the system's, and those of a file and of a folder. nil is the
// system's alone, by the system's own rules.
func (r *Repo) authorities(file, dir string) (*x509.CertPool, error) {
	if file == "" && dir == "" {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if file != "" {
		b, err := os.ReadFile(configPath(file, r.root))
		if err != nil || !pool.AppendCertsFromPEM(b) {
			return nil, &UnsupportedError{"http.sslCAInfo " + file + ": no certificates can be read there"}
		}
	}
	if dir != "" && !addFolder(pool, configPath(dir, r.root)) {
		return nil, &UnsupportedError{"http.sslCAPath " + dir + ": no certificates can be read there"}
	}
	return pool, nil
}

// addFolder takes every certificate of a folder. OpenSSL itself reads only those
// that c_rehash gave a second name; they are the same files.
func addFolder(pool *x509.CertPool, dir string) bool {
	entries, err := os.ReadDir(dir)
	found := false
	for _, e := range entries {
		if b, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
			found = pool.AppendCertsFromPEM(b) || found
		}
	}
	return err == nil && found
}

func (r *Repo) clientCertificate(cert, key string) ([]tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(configPath(cert, r.root), configPath(key, r.root))
	if err != nil {
		return nil, &UnsupportedError{fmt.Sprintf("http.sslCert %s: it cannot be read without a question (%v)", filepath.Base(cert), err)}
	}
	return []tls.Certificate{pair}, nil
}

// pinned reads http.pinnedPubkey, hashes or a file, and gives the check that the
// server's key is among them.
func (r *Repo) pinned(value string) (func(tls.ConnectionState) error, error) {
	var sums [][]byte
	for pin := range strings.SplitSeq(value, ";") {
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(pin, "sha256//"))
		if hash, ok := strings.CutPrefix(pin, "sha256//"); !ok || hash == "" || err != nil {
			sum, err = publicKeySum(configPath(pin, r.root))
		}
		if err != nil {
			return nil, &UnsupportedError{"http.pinnedPubkey: it is neither sha256// hashes nor a file with a public key"}
		}
		sums = append(sums, sum)
	}
	return func(c tls.ConnectionState) error {
		have := sha256.Sum256(c.PeerCertificates[0].RawSubjectPublicKeyInfo)
		for _, sum := range sums {
			if bytes.Equal(sum, have[:]) {
				return nil
			}
		}
		return errPin
	}, nil
}

var errPin = errors.New("the server's key is none of http.pinnedPubkey")

func publicKeySum(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(b); block != nil {
		b = block.Bytes
	}
	if _, err := x509.ParsePKIXPublicKey(b); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	return sum[:], nil
}
