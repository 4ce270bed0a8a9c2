package gitops_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

// caFile writes a certificate for http.sslCAInfo.
func caFile(t *testing.T, c *x509.Certificate) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o644))
	return file
}

// shows makes a self-signed certificate for one address and one time.
func shows(t *testing.T, name string, ip net.IP, from, until time.Time) (*x509.Certificate, tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Corp Authority\x1b[2J"}, NotBefore: from, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	if c.IPAddresses = []net.IP{ip}; ip == nil {
		c.IPAddresses, c.DNSNames = nil, []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	must(t, err)
	c, err = x509.ParseCertificate(der)
	must(t, err)
	return c, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Every way in which a certificate can be wrong is told from the others, and
// every way of naming an authority is obeyed.
func TestCertificates(t *testing.T) {
	now, hour := time.Now(), time.Hour
	home := net.IPv4(127, 0, 0, 1)
	server := gittest.New(gittest.Options{})
	server.Repo(repoPath, map[string]string{"f": "x"})
	for name, c := range map[string]struct {
		ip          net.IP
		from, until time.Time
		config      []string // CA is the certificate's file, DIR its folder, PIN its key's hash
		fault       gitops.CertificateFault
		says        string
	}{
		"sslCAInfo":         {home, now.Add(-hour), now.Add(hour), []string{"http.sslCAInfo", "CA"}, "", ""},
		"sslCAPath":         {home, now.Add(-hour), now.Add(hour), []string{"http.sslCAPath", "DIR"}, "", ""},
		"unknown authority": {home, now.Add(-hour), now.Add(hour), nil, gitops.UnknownAuthority, `an authority that is not known here: "CN=Corp Authority`},
		"expired":           {home, now.Add(-2 * hour), now.Add(-hour), []string{"http.sslCAInfo", "CA"}, gitops.Expired, "and not now"},
		"not yet valid":     {home, now.Add(hour), now.Add(2 * hour), []string{"http.sslCAInfo", "CA"}, gitops.Expired, "and not now"},
		"another host":      {nil, now.Add(-hour), now.Add(hour), []string{"http.sslCAInfo", "CA"}, gitops.OtherHost, `not its own but of "other.example"`},
		"the pinned key":    {home, now.Add(-hour), now.Add(hour), []string{"http.sslCAInfo", "CA", "http.pinnedPubkey", "sha256//" + base64.StdEncoding.EncodeToString(make([]byte, 32)) + ";PIN"}, "", ""},
		"another key":       {home, now.Add(-hour), now.Add(hour), []string{"http.sslCAInfo", "CA", "http.pinnedPubkey", "sha256//" + base64.StdEncoding.EncodeToString(make([]byte, 32))}, gitops.OtherKey, "http.pinnedPubkey"},
	} {
		t.Run(name, func(t *testing.T) {
			cert, pair := shows(t, "other.example", c.ip, c.from, c.until)
			h := httptest.NewUnstartedServer(server)
			h.Config.ErrorLog = log.New(io.Discard, "", 0)
			h.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
			h.StartTLS()
			defer h.Close()
			sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
			ca := caFile(t, cert)
			var config []string
			for _, v := range c.config {
				v = strings.Replace(v, "PIN", "sha256//"+base64.StdEncoding.EncodeToString(sum[:]), 1)
				config = append(config, strings.Replace(strings.Replace(v, "DIR", filepath.Dir(ca), 1), "CA", ca, map[bool]int{true: 1}[v == "CA"]))
			}
			m, err := remoteWith(t, h.URL+"/"+repoPath, config...)
			must(t, err)
			_, err = m.Refs(t.Context())
			var bad *gitops.CertificateError
			switch {
			case c.fault == "":
				must(t, err)
			case !errors.As(err, &bad) || bad.Fault != c.fault || !strings.Contains(err.Error(), c.says) || !is[*gitops.UnreachableError](err):
				t.Errorf("got %T %v", err, err)
			case strings.Contains(err.Error(), "\x1b"):
				t.Error("the error has raw control characters of a stranger")
			}
		})
	}
}

func TestProxyOfTheEnvironment(t *testing.T) {
	server := gittest.New(gittest.Options{})
	server.Repo(repoPath, map[string]string{"f": "x"})
	h := httptest.NewServer(server)
	defer h.Close()
	proxy, asked := tunnel(t, h.Listener.Addr().String())
	for _, k := range []string{"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy"} {
		t.Setenv(k, "")
	}
	t.Setenv("ALL_PROXY", strings.Replace(proxy, "http://", "", 1))
	for none, through := range map[string]bool{
		"":                          true,
		"other.example, 192.0.2.0/": true,
		"192.0.2.0/24":              false,
		"192.0.3.0/24 ,192.0.2.9":   false,
		"2001:db8::/32,*":           false,
	} {
		t.Setenv("no_proxy", none)
		m, err := remoteWith(t, "https://192.0.2.9/o/r")
		must(t, err)
		asked()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		_, err = m.Refs(ctx) // nobody speaks https there
		cancel()
		if through != (len(asked()) > 0) || err == nil {
			t.Errorf("no_proxy=%q: through the proxy should be %v: %v", none, through, err)
		}
	}
}
