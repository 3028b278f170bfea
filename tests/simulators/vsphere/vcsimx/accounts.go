package main

import (
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// ChangeAccessMode sets what a principal may do on the host itself.
func (s *HostAccessManager) ChangeAccessMode(r *types.ChangeAccessMode) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.ChangeAccessModeBody{Fault_: fault}
	}
	kept := []types.HostAccessControlEntry{}
	for _, entry := range s.entries {
		if entry.Principal != r.Principal || entry.Group != r.IsGroup {
			kept = append(kept, entry)
		}
	}
	if r.AccessMode != types.HostAccessModeAccessNone {
		kept = append(kept, types.HostAccessControlEntry{Principal: r.Principal, Group: r.IsGroup, AccessMode: r.AccessMode})
	}
	s.entries = kept
	return &methods.ChangeAccessModeBody{Res: &types.ChangeAccessModeResponse{}}
}

// HostSnmpSystem is the SNMP agent.
type HostSnmpSystem struct {
	mo.HostSnmpSystem
	host *Host
}

func (s *HostSnmpSystem) ReconfigureSnmpAgent(r *types.ReconfigureSnmpAgent) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.ReconfigureSnmpAgentBody{Fault_: fault}
	}
	s.Configuration = r.Spec
	return &methods.ReconfigureSnmpAgentBody{Res: &types.ReconfigureSnmpAgentResponse{}}
}
