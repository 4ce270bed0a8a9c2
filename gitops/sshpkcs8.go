package gitops

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"hash"

	"golang.org/x/crypto/ssh"
)

// sealedKey is an encrypted PKCS #8 key (RFC 5958), as openssl and
// `ssh-keygen -m PKCS8` write it. Neither library we have opens one.
type sealedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// pbes2 is RFC 8018's scheme: a key is derived, and a block cipher opens the rest.
type pbes2 struct{ Derive, Cipher pkix.AlgorithmIdentifier }

type pbkdf2Params struct {
	Salt      []byte
	Rounds    int
	KeyLength int                      `asn1:"optional"`
	Hash      pkix.AlgorithmIdentifier `asn1:"optional"`
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	hashes    = map[string]func() hash.Hash{
		"": sha1.New, "1.2.840.113549.2.7": sha1.New, "1.2.840.113549.2.9": sha256.New, "1.2.840.113549.2.11": sha512.New,
	}
	aesKeys = map[string]int{"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32}
)

const maxRounds = 10_000_000 // a file must not keep us for minutes

var errScheme = errors.New("it is encrypted in a way we do not open")

func sealedPKCS8(b []byte) []byte {
	if block, _ := pem.Decode(b); block != nil && block.Type == "ENCRYPTED PRIVATE KEY" {
		return block.Bytes
	}
	return nil
}

func openPKCS8(der, passphrase []byte) (ssh.Signer, error) {
	var sealed sealedKey
	var scheme pbes2
	var derive pbkdf2Params
	var iv []byte
	if rest, err := asn1.Unmarshal(der, &sealed); err != nil || len(rest) > 0 || !sealed.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, errScheme
	}
	if _, err := asn1.Unmarshal(sealed.Algorithm.Parameters.FullBytes, &scheme); err != nil || !scheme.Derive.Algorithm.Equal(oidPBKDF2) {
		return nil, errScheme
	}
	_, err := asn1.Unmarshal(scheme.Derive.Parameters.FullBytes, &derive)
	_, ivErr := asn1.Unmarshal(scheme.Cipher.Parameters.FullBytes, &iv)
	sum, size := hashes[derive.Hash.Algorithm.String()], aesKeys[scheme.Cipher.Algorithm.String()]
	if errors.Join(err, ivErr) != nil || sum == nil || size == 0 || len(iv) != aes.BlockSize ||
		len(sealed.Data)%aes.BlockSize != 0 || len(sealed.Data) == 0 || derive.Rounds < 1 || derive.Rounds > maxRounds {
		return nil, errScheme
	}
	key, err := pbkdf2.Key(sum, string(passphrase), derive.Salt, derive.Rounds, size)
	if err != nil {
		return nil, errScheme
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errScheme
	}
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(sealed.Data, sealed.Data)
	return unsealed(sealed.Data)
}

// unsealed reads what the passphrase opened. Rubbish means that it was wrong.
func unsealed(plain []byte) (ssh.Signer, error) {
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, x509.IncorrectPasswordError
	}
	key, err := x509.ParsePKCS8PrivateKey(plain[:len(plain)-padding])
	if err != nil {
		return nil, x509.IncorrectPasswordError
	}
	return ssh.NewSignerFromKey(key)
}
