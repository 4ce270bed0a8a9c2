package gitops_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/gitops"
	"ferry/gitops/gittest"
)

// authority makes a private CA, its file, and a certificate of it for host.
func authority(t *testing.T, host string) (file string, cert tls.Certificate) {
	t.Helper()
	make := func(serial int64, ca bool, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: fmt.Sprint("test ", serial)}, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().Add(time.Hour), IsCA: ca, BasicConstraintsValid: true, DNSNames: []string{host}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
		if by == nil {
			parent, by = c, key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
		must(t, err)
		c, err = x509.ParseCertificate(der)
		must(t, err)
		return c, key
	}
	root, rootKey := make(1, true, nil, nil)
	leaf, leafKey := make(2, false, root, rootKey)
	file = filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}), 0o644))
	return file, tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: leafKey}
}

// tunnel is a CONNECT proxy that leads every name to one address. It notes who
// asked for what.
func tunnel(t *testing.T, to string) (proxy string, asked func() []string) {
	t.Helper()
	seen := make(chan string, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Method + " " + r.Host + " " + r.Header.Get("Proxy-Authorization")
		far, err := net.Dial("tcp", to)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { io.Copy(far, near); far.Close() }()
		io.Copy(near, far)
		near.Close()
	}))
	t.Cleanup(s.Close)
	return s.URL, func() (all []string) {
		for len(seen) > 0 {
			all = append(all, <-seen)
		}
		return all
	}
}

// A host of a private authority, behind a proxy: both only by git's own
// configuration, with and without a git binary.
func TestProxyAndPrivateAuthority(t *testing.T) {
	const host = "git.corp.example"
	server := gittest.New(gittest.Options{})
	sha := server.Repo(repoPath, map[string]string{"f": "x"})
	ca, cert := authority(t, host)
	h := httptest.NewUnstartedServer(server)
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	h.StartTLS()
	defer h.Close()
	proxy, asked := tunnel(t, h.Listener.Addr().String())
	withUser := strings.Replace(proxy, "://", "://ada:s3cret@", 1)
	url := "https://" + host + "/" + repoPath + ".git"
	for name, c := range map[string]struct {
		config []string
		works  bool
		auth   string
	}{
		"both":              {[]string{"http.proxy", proxy, "http.sslCAInfo", ca}, true, ""},
		"by URL":            {[]string{"http.https://" + host + ".proxy", withUser, "http.https://*.corp.example/.sslCAInfo", ca, "http.https://other/.proxy", "http://127.0.0.1:1"}, true, "Basic YWRhOnMzY3JldA=="},
		"by remote":         {[]string{"remote.origin.proxy", proxy, "http.proxy", "http://127.0.0.1:1", "http.sslCAInfo", ca}, true, ""},
		"no scheme":         {[]string{"http.proxy", strings.TrimPrefix(proxy, "http://"), "http.sslCAInfo", ca}, true, ""},
		"unknown authority": {[]string{"http.proxy", proxy}, false, ""},
		"no proxy":          {[]string{"http.sslCAInfo", ca}, false, ""},
		"proxy is down":     {[]string{"http.proxy", "http://ada:s3cret@127.0.0.1:1", "http.sslCAInfo", ca}, false, ""},
	} {
		for _, with := range []func(*testing.T, string, ...string) (*gitops.Remote, error){remoteWith, remoteWithoutGit} {
			t.Run(name, func(t *testing.T) {
				m, err := with(t, url, c.config...)
				must(t, err)
				asked()
				_, err = m.Refs(t.Context())
				if !c.works {
					if !is[*gitops.UnreachableError](err) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "s3cret") {
						t.Errorf("got %T %v", err, err)
					}
					return
				}
				must(t, err)
				equal(t, "asked", asked()[0], strings.TrimSpace("CONNECT "+host+":443 "+c.auth)+map[bool]string{true: " "}[c.auth == ""])
				must(t, m.Create(t.Context(), "refs/heads/"+strings.ReplaceAll(t.Name(), "#", "x"), sha, nil))
			})
		}
	}
	t.Setenv("no_proxy", "corp.example")
	m, err := remoteWith(t, url, "http.proxy", proxy)
	must(t, err)
	asked()
	if _, err := m.Refs(t.Context()); err == nil || len(asked()) > 0 {
		t.Errorf("no_proxy: %v", err)
	}
}

func TestWebSettingsRefused(t *testing.T) {
	url := "https://ada@host.example/o/r.git"
	for _, config := range [][]string{
		{"http.sslVerify", "false"},
		{"http.https://host.example/.sslVerify", "false", "http.sslVerify", "true"},
		{"http.sslCAInfo", "/no/such/file"},
		{"http.sslCert", "/no/such/file"},
		{"http.proxy", "socks4://ada:s3cret@h"},
		{"http.proxy", "http://ada:s3cret%zz@h"},
		{"http.proxy", "http://ada@h"},
		{"http.sslCAPath", "/no/such/folder"},
		{"http.pinnedPubkey", "/no/such/file"},
		{"http.proxyAuthMethod", "ntlm"},
		{"remote.origin.proxyAuthMethod", "digest"},
		{"http.proxySSLCAInfo", "/some/file"},
		{"http.curloptResolve", "host.example:443:192.0.2.1"},
		{"protocol.https.allow", "never"},
		{"protocol.allow", "never"},
		{"remote.origin.vcs", "hg"},
		{"remote.origin.pushurl", "https://ada:s3cret@a/o/r", "remote.origin.pushurl", "https://b/o/r"},
		{"remote.origin.url", "https://ada:s3cret@a/o/r"},
	} {
		for _, with := range []func(*testing.T, string, ...string) (*gitops.Remote, error){remoteWith, remoteWithoutGit} {
			t.Run(fmt.Sprint(config), func(t *testing.T) {
				_, err := with(t, url, config...)
				if !is[*gitops.UnsupportedError](err) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("got %T %v", err, err)
				}
			})
		}
	}
	for _, config := range [][]string{
		{"http.https://other/.sslVerify", "false"},
		{"http.https://host.example:8443/.sslVerify", "false"},
		{"http.https://host.example/oo/.sslVerify", "false"},
		{"http.https://eve@host.example/.sslVerify", "false"},
		{"http.https://host.example/o/.sslVerify", "true", "http.sslVerify", "false"},
		{"http.curloptResolve", "other.example:443:192.0.2.1", "http.curloptResolve", "host.example:443:192.0.2.1", "http.curloptResolve", "-host.example:443"},
		{"protocol.allow", "never", "protocol.https.allow", "always"},
		{"http.proxyAuthMethod", "basic"},
	} {
		_, err := remoteWith(t, url, config...)
		if err != nil {
			t.Errorf("%v: %v", config, err)
		}
	}
}

// What actions/checkout leaves in the configuration lets us in, is asked for
// nowhere else, and goes to no other host.
func TestExtraHeader(t *testing.T) {
	const secret = "eC1hY2Nlc3MtdG9rZW46Z2hzX2Nhbmary"
	server := gittest.New(gittest.Options{})
	sha := server.Repo(repoPath, map[string]string{"f": "x"})
	var seen []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization")+r.Header.Get("X-Corp"))
		server.ServeHTTP(w, r)
	}))
	defer other.Close()
	moved := false
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case moved:
			http.Redirect(w, r, other.URL+r.URL.RequestURI(), http.StatusMovedPermanently)
		case r.Header.Get("Authorization") != "basic "+secret || r.Header.Get("X-Corp") != secret:
			w.WriteHeader(http.StatusUnauthorized)
		default:
			server.ServeHTTP(w, r)
		}
	}))
	defer h.Close()
	dir := t.TempDir()
	must(t, gittest.Checkout(dir+"/c", other.URL+"/"+repoPath+".git", ""))
	git(t, dir+"/c", "remote", "set-url", "origin", h.URL+"/"+repoPath+".git")
	git(t, dir+"/c", "config", "--add", "http."+h.URL+"/.extraheader", "AUTHORIZATION: basic "+secret)
	git(t, dir+"/c", "config", "--add", "http."+h.URL+"/.extraheader", "X-Corp: "+secret)
	repo, err := gitops.Open(dir + "/c")
	must(t, err)
	m, err := repo.Remote("origin", gitops.RemoteOptions{Logins: []gitops.Source{func(context.Context, string) (gitops.Login, error) {
		t.Error("asked for credentials besides")
		return gitops.Login{}, nil
	}}})
	must(t, err)
	must(t, m.Create(t.Context(), release, sha, nil))
	if shown := fmt.Sprintf("%v %+v %#v %s", m, m, m, m.URL()); strings.Contains(shown, secret) || m.HasSecret() {
		t.Error("the header can be seen")
	}
	moved, seen = true, nil
	_, err = m.Refs(t.Context())
	must(t, err)
	_, err = m.Fetch(t.Context(), server.Commit(repoPath, "side", "theirs", map[string]string{"g": "y"}, day))
	must(t, err)
	if len(seen) < 2 || strings.Join(seen, "") != "" {
		t.Errorf("another host got %q", seen)
	}
}
