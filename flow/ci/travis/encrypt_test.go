package travis_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ferry/flow/ci"
	"ferry/flow/ci/citest"
	"ferry/keyring"
)

// alphabet is what a token of PyPI is made of.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// valueOf is a token of so many bytes.
func valueOf(size int) string {
	text := "pypi-"
	for i := 0; len(text) < size; i++ {
		text += string(alphabet[(i*37+size)%len(alphabet)])
	}
	return text[:size]
}

// TestSizes: what fits is read back, and the first byte too many is refused.
func TestSizes(t *testing.T) {
	t.Parallel()
	for bits, room := range map[int]int{1024: 117, 2048: 245, 4096: 501} {
		s, p, _ := bench(t, token)
		key := keyOf(t, bits)
		s.UseKey(key, citest.KeyPKIX)
		k, err := p.PublicKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1, 90, 116, 117, 118, 180, 240, 244, 245, 246, 500, 501, 502, 600} {
			value := valueOf(size)
			sealed, err := p.Seal(keyring.NewSecret(value), k)
			var long *ci.TooLongError
			if size > room {
				if !errors.As(err, &long) || *long != (ci.TooLongError{Provider: "travis", Size: size, Room: room, Bits: bits}) || sealed != "" {
					t.Errorf("%d bytes for %d bits: %q, %v", size, bits, sealed, err)
				}
				continue
			}
			raw, bad := base64.StdEncoding.DecodeString(sealed)
			if err != nil || bad != nil || len(raw) != bits/8 {
				t.Fatalf("%d bytes for %d bits: %v, %v", size, bits, err, bad)
			}
			back, err := rsa.DecryptPKCS1v15(nil, key, raw) //nolint:staticcheck // SA1019: Travis decides the padding
			if err != nil || string(back) != value {
				t.Errorf("%d bytes for %d bits come back as %q, %v", size, bits, back, err)
			}
		}
	}
}

func TestTooLongSaysTheWaysOut(t *testing.T) {
	t.Parallel()
	text := (&ci.TooLongError{Provider: "travis", Size: 200, Room: 117, Bits: 1024}).Error()
	for _, word := range []string{"200 bytes", "1024-bit", "117", "settings as a private variable", "new key pair", "every other sealed value"} {
		if !strings.Contains(text, word) {
			t.Errorf("%q lacks %q", text, word)
		}
	}
}

// TestUnfit: nothing is sealed that would not arrive as it is.
func TestUnfit(t *testing.T) {
	t.Parallel()
	s, p, _ := bench(t, token)
	s.UseKey(keyOf(t, 2048), citest.KeyPKIX)
	k, err := p.PublicKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"", " pypi-blank-before", "pypi-line-behind\n", "pypi-a\x00b-zero", "pypi-\xff-no-text", `pypi-"quoted"`, "pypi-$HOME-x", "pypi-`id`-x", `pypi-\-x`, strings.Repeat("x", 70000)} {
		var unfit *ci.UnfitValueError
		if sealed, err := p.Seal(keyring.NewSecret(v), k); !errors.As(err, &unfit) || sealed != "" {
			t.Errorf("%.30q: %q, %v", v, sealed, err)
		}
	}
	other := k
	other.PEM = pkix(t, &keyOf(t, 1024).PublicKey)
	var differs *ci.FingerprintError
	if _, err := p.Seal(keyring.NewSecret("pypi-fine-value"), other); !errors.As(err, &differs) {
		t.Errorf("a key that was exchanged: %v", err)
	}
	other.PEM = "nothing"
	var wrong *ci.MalformedError
	if _, err := p.Seal(keyring.NewSecret("pypi-fine-value"), other); !errors.As(err, &wrong) {
		t.Errorf("no key: %v", err)
	}
	one, _ := p.Seal(keyring.NewSecret("pypi-fine-value"), k)
	if two, _ := p.Seal(keyring.NewSecret("pypi-fine-value"), k); one == two {
		t.Error("the padding is not random")
	}
}

// openssl finds the program. FERRY_REAL=require makes its absence a failure.
func openssl(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err == nil {
		return path
	}
	if os.Getenv("FERRY_REAL") == "require" {
		t.Fatal("openssl is not installed, and FERRY_REAL=require")
	}
	t.Skip("openssl is not installed")
	return ""
}

// TestOpenSSLReadsWhatIsSealed: the private key, as Travis has it, opens the value.
func TestOpenSSLReadsWhatIsSealed(t *testing.T) {
	t.Parallel()
	program := openssl(t)
	for _, bits := range []int{1024, 2048, 4096} {
		key := keyOf(t, bits)
		file := filepath.Join(t.TempDir(), "key.pem")
		text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		for form, f := range forms {
			s, p, _ := bench(t, token)
			s.UseKey(key, f)
			k, err := p.PublicKey(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{90, k.Room - 1, k.Room} {
				value := valueOf(size)
				sealed, err := p.Seal(keyring.NewSecret(value), k)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := decrypt(t.Context(), program, file, sealed); err != nil || got != value {
					t.Errorf("%d bits, %s, %d bytes: %q, %v", bits, form, size, got, err)
				}
			}
		}
	}
}

func decrypt(ctx context.Context, program, key, sealed string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "pkeyutl", "-decrypt", "-inkey", key, "-pkeyopt", "rsa_padding_mode:pkcs1")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	cmd.Stdin = bytes.NewReader(raw)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("openssl: %w", err)
	}
	return string(out), nil
}
