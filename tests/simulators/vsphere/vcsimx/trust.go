package main

import (
	"encoding/pem"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// HostCertificateManager holds the authorities that the host trusts.
type HostCertificateManager struct {
	mo.HostCertificateManager
	host    *Host
	trusted []string // PEM
}

func (s *HostCertificateManager) ListCACertificates(*types.ListCACertificates) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.ListCACertificatesBody{Fault_: fault}
	}
	return &methods.ListCACertificatesBody{Res: &types.ListCACertificatesResponse{Returnval: s.trusted}}
}

func (s *HostCertificateManager) ReplaceCACertificatesAndCRLs(r *types.ReplaceCACertificatesAndCRLs) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.ReplaceCACertificatesAndCRLsBody{Fault_: fault}
	}
	s.trusted = r.CaCert
	return &methods.ReplaceCACertificatesAndCRLsBody{Res: &types.ReplaceCACertificatesAndCRLsResponse{}}
}

// pem is the authority's own certificate.
func (ca *hostCA) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.certificate.Raw}))
}

// attest sets what vCenter makes of the TPM's report; nothing: it does not attest.
func (h *Host) attest(status string) {
	h.Summary.TpmAttestation = nil
	if status != "" {
		h.Summary.TpmAttestation = &types.HostTpmAttestationInfo{
			Time: time.Now(), Status: types.HostTpmAttestationInfoAcceptanceStatus(status),
		}
	}
}
