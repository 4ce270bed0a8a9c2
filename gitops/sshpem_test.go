package gitops

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"testing"

	"ferry/keyring"
)

// TestWrongPassphraseOfOldPEM: the format does not tell a wrong passphrase for
// certain; whatever it decrypts to, it is a wrong passphrase and no broken key.
func TestWrongPassphraseOfOldPEM(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, _ := x509.MarshalECPrivateKey(key)
	block, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", der, []byte("s3cret"), x509.PEMCipherAES128) //nolint:staticcheck // it is what people still have
	if err != nil {
		t.Fatal(err)
	}
	k := &locked{pem: pem.EncodeToMemory(block)}
	taken := 0
	for n := 0; taken < 3 && n < 20_000; n++ {
		wrong := fmt.Sprint("wrong ", n)
		if _, err := x509.DecryptPEMBlock(block, []byte(wrong)); err != nil { //nolint:staticcheck // as above
			continue
		}
		taken++
		if _, err := k.try(keyring.NewSecret(wrong)); !errors.Is(err, x509.IncorrectPasswordError) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if taken == 0 {
		t.Error("no wrong passphrase was taken for a right one")
	}
}
