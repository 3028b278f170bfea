package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log"
	"math/big"
	"time"
)

// hostCA signs the certificates of the hosts, as the vCenter's own authority would.
type hostCA struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	leaf        *ecdsa.PrivateKey // one key for all hosts: only the certificates are looked at
}

func newHostCA() *hostCA {
	ca := &hostCA{key: newKey(), leaf: newKey()}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		Subject:   pkix.Name{CommonName: "CA", Organization: []string{"vc01.example.test"}, OrganizationalUnit: []string{"VMware Engineering"}},
		NotBefore: now.AddDate(-2, 0, 0), NotAfter: now.AddDate(8, 0, 0),
	}
	ca.certificate = parse(sign(template, template, ca.key, ca.key))
	return ca
}

// issue makes one host certificate, PEM, valid for so many days from now (negative: expired).
func (ca *hostCA) issue(name string, number int64, days int) ([]byte, *x509.Certificate) {
	end := time.Now().AddDate(0, 0, days).Add(time.Hour)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1000 + number), DNSNames: []string{name}, BasicConstraintsValid: true,
		Subject:     pkix.Name{CommonName: name, Organization: []string{"VMware"}, OrganizationalUnit: []string{"VMware Engineering"}},
		NotBefore:   end.AddDate(-2, 0, 0),
		NotAfter:    end,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der := sign(template, ca.certificate, ca.leaf, ca.key)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), parse(der)
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	return key
}

func sign(template, parent *x509.Certificate, subject, issuer *ecdsa.PrivateKey) []byte {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &subject.PublicKey, issuer)
	if err != nil {
		log.Fatal(err)
	}
	return der
}

func parse(der []byte) *x509.Certificate {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		log.Fatal(err)
	}
	return certificate
}
