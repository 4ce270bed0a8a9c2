package gitops

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// CertificateFault is what is wrong with a server's certificate.
type CertificateFault string

// The faults that people mend in different places.
const (
	UnknownAuthority CertificateFault = "unknown authority" // here: http.sslCAInfo, or a proxy that opens every connection
	Expired          CertificateFault = "expired"           // at the server, or by this machine's clock
	OtherHost        CertificateFault = "other host"        // at the server, or the URL names the wrong host
	OtherKey         CertificateFault = "other key"         // http.pinnedPubkey names another
	NotValid         CertificateFault = "not valid"
)

// CertificateError says that whoever answers for Host cannot prove to be it.
// Issuer and Names stand in the certificate, raw.
type CertificateError struct {
	Host, Issuer string
	Names        []string // whose certificate it is
	From, Until  time.Time
	Fault        CertificateFault
	Err          error
}

func (e *CertificateError) Error() string {
	switch e.Fault {
	case UnknownAuthority:
		return fmt.Sprintf("the certificate of %s is of an authority that is not known here: %q", e.Host, e.Issuer)
	case Expired:
		return fmt.Sprintf("the certificate of %s is valid from %s to %s, and not now", e.Host, e.From.Format(time.DateOnly), e.Until.Format(time.DateOnly))
	case OtherHost:
		return fmt.Sprintf("%s shows a certificate that is not its own but of %q", e.Host, strings.Join(e.Names, ", "))
	case OtherKey:
		return fmt.Sprintf("%s shows a key that http.pinnedPubkey does not name", e.Host)
	}
	return fmt.Sprintf("the certificate of %s is not valid: %v", e.Host, e.Err)
}

func (e *CertificateError) Unwrap() error { return e.Err }

// certificate finds a refused certificate in an error, and says what is wrong.
func certificate(host string, err error) error {
	var refused *tls.CertificateVerificationError
	if errors.Is(err, errPin) {
		return &CertificateError{Host: host, Fault: OtherKey, Err: err}
	}
	if !errors.As(err, &refused) {
		return err
	}
	e := &CertificateError{Host: host, Fault: NotValid, Err: refused.Err}
	if len(refused.UnverifiedCertificates) > 0 {
		leaf := refused.UnverifiedCertificates[0]
		e.Issuer, e.Names, e.From, e.Until = leaf.Issuer.String(), leaf.DNSNames, leaf.NotBefore, leaf.NotAfter
		for _, ip := range leaf.IPAddresses {
			e.Names = append(e.Names, ip.String())
		}
	}
	e.Fault = faultOf(refused.Err)
	return e
}

func faultOf(err error) CertificateFault {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var other x509.HostnameError
	switch {
	case errors.As(err, &other):
		return OtherHost
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return Expired
	case errors.As(err, &unknown):
		return UnknownAuthority
	}
	return NotValid
}
