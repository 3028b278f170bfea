package main

import (
	"fmt"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// HostNetworkSystem changes standard switches and port groups; the host's config.network is the one copy. Each change
// computes the policy in force at each port group: the switch's, overlaid by what the group sets itself.
type HostNetworkSystem struct {
	mo.HostNetworkSystem
	host *Host
}

func (s *HostNetworkSystem) network() *types.HostNetworkInfo { return s.host.Config.Network }

func (s *HostNetworkSystem) vswitch(name string) *types.HostVirtualSwitch {
	for i := range s.network().Vswitch {
		if s.network().Vswitch[i].Name == name {
			return &s.network().Vswitch[i]
		}
	}
	return nil
}

func (s *HostNetworkSystem) compute() {
	for i := range s.network().Vswitch {
		s.network().Vswitch[i].Portgroup = nil
	}
	for i := range s.network().Portgroup {
		group := &s.network().Portgroup[i]
		group.Key = "key-vim.host.PortGroup-" + group.Spec.Name
		group.Vswitch = "key-vim.host.VirtualSwitch-" + group.Spec.VswitchName
		if vswitch := s.vswitch(group.Spec.VswitchName); vswitch != nil {
			vswitch.Portgroup = append(vswitch.Portgroup, group.Key)
			group.ComputedPolicy = overlay(*vswitch.Spec.Policy, group.Spec.Policy)
		}
	}
}

func newSwitch(name string, spec types.HostVirtualSwitchSpec) types.HostVirtualSwitch {
	out := types.HostVirtualSwitch{
		Name: name, Key: "key-vim.host.VirtualSwitch-" + name, NumPorts: 2560, NumPortsAvailable: 2500, Mtu: spec.Mtu, Spec: spec,
	}
	if out.Spec.Policy == nil { // what ESXi gives a new switch
		yes, no := types.NewBool(true), types.NewBool(false)
		out.Spec.Policy = &types.HostNetworkPolicy{
			Security: &types.HostNetworkSecurityPolicy{AllowPromiscuous: no, MacChanges: yes, ForgedTransmits: yes},
		}
	}
	if bond, ok := spec.Bridge.(*types.HostVirtualSwitchBondBridge); ok {
		for _, device := range bond.NicDevice {
			out.Pnic = append(out.Pnic, "key-vim.host.PhysicalNic-"+device)
		}
	}
	return out
}

func (s *HostNetworkSystem) AddVirtualSwitch(r *types.AddVirtualSwitch) soap.HasFault {
	fault := s.host.away()
	if fault == nil && s.vswitch(r.VswitchName) != nil {
		fault = simulator.Fault("", &types.AlreadyExists{Name: r.VswitchName})
	}
	if fault != nil {
		return &methods.AddVirtualSwitchBody{Fault_: fault}
	}
	spec := types.HostVirtualSwitchSpec{NumPorts: 128}
	if r.Spec != nil {
		spec = *r.Spec
	}
	s.network().Vswitch = append(s.network().Vswitch, newSwitch(r.VswitchName, spec))
	s.compute()
	return &methods.AddVirtualSwitchBody{Res: &types.AddVirtualSwitchResponse{}}
}

func (s *HostNetworkSystem) UpdateVirtualSwitch(r *types.UpdateVirtualSwitch) soap.HasFault {
	fault := s.host.away()
	vswitch := s.vswitch(r.VswitchName)
	if fault == nil && vswitch == nil {
		fault = simulator.Fault("", &types.NotFound{})
	}
	if fault != nil {
		return &methods.UpdateVirtualSwitchBody{Fault_: fault}
	}
	*vswitch = newSwitch(r.VswitchName, overlay(vswitch.Spec, r.Spec))
	s.compute()
	return &methods.UpdateVirtualSwitchBody{Res: &types.UpdateVirtualSwitchResponse{}}
}

func (s *HostNetworkSystem) RemoveVirtualSwitch(r *types.RemoveVirtualSwitch) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.RemoveVirtualSwitchBody{Fault_: fault}
	}
	list := s.network().Vswitch
	for i := range list {
		if list[i].Name == r.VswitchName {
			s.network().Vswitch = append(append([]types.HostVirtualSwitch{}, list[:i]...), list[i+1:]...)
			s.compute()
			return &methods.RemoveVirtualSwitchBody{Res: &types.RemoveVirtualSwitchResponse{}}
		}
	}
	return &methods.RemoveVirtualSwitchBody{Fault_: simulator.Fault("", &types.NotFound{})}
}

func (s *HostNetworkSystem) group(name string) int {
	for i := range s.network().Portgroup {
		if s.network().Portgroup[i].Spec.Name == name {
			return i
		}
	}
	return -1
}

func (s *HostNetworkSystem) AddPortGroup(r *types.AddPortGroup) soap.HasFault {
	fault := s.host.away()
	switch {
	case fault != nil:
	case s.group(r.Portgrp.Name) >= 0:
		fault = simulator.Fault("", &types.AlreadyExists{Name: r.Portgrp.Name})
	case s.vswitch(r.Portgrp.VswitchName) == nil:
		fault = simulator.Fault("", &types.NotFound{})
	}
	if fault != nil {
		return &methods.AddPortGroupBody{Fault_: fault}
	}
	s.network().Portgroup = append(s.network().Portgroup, types.HostPortGroup{Spec: r.Portgrp})
	s.compute()
	return &methods.AddPortGroupBody{Res: &types.AddPortGroupResponse{}}
}

func (s *HostNetworkSystem) UpdatePortGroup(r *types.UpdatePortGroup) soap.HasFault {
	fault := s.host.away()
	index := s.group(r.PgName)
	if fault == nil && index < 0 {
		fault = simulator.Fault("", &types.NotFound{})
	}
	if fault != nil {
		return &methods.UpdatePortGroupBody{Fault_: fault}
	}
	s.network().Portgroup[index].Spec = r.Portgrp // whole: what the policy leaves unset is inherited again
	s.compute()
	return &methods.UpdatePortGroupBody{Res: &types.UpdatePortGroupResponse{}}
}

func (s *HostNetworkSystem) RemovePortGroup(r *types.RemovePortGroup) soap.HasFault {
	fault := s.host.away()
	index := s.group(r.PgName)
	if fault == nil && index < 0 {
		fault = simulator.Fault("", &types.NotFound{})
	}
	if fault != nil {
		return &methods.RemovePortGroupBody{Fault_: fault}
	}
	list := s.network().Portgroup
	s.network().Portgroup = append(append([]types.HostPortGroup{}, list[:index]...), list[index+1:]...)
	s.compute()
	return &methods.RemovePortGroupBody{Res: &types.RemovePortGroupResponse{}}
}

func (s *HostNetworkSystem) UpdateDnsConfig(r *types.UpdateDnsConfig) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.UpdateDnsConfigBody{Fault_: fault}
	}
	s.network().DnsConfig = r.Config
	s.DnsConfig = r.Config
	return &methods.UpdateDnsConfigBody{Res: &types.UpdateDnsConfigResponse{}}
}

// UpdateVirtualNic moves a VMkernel NIC to a standard port group or to a port of a distributed one.
func (s *HostNetworkSystem) UpdateVirtualNic(r *types.UpdateVirtualNic) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.UpdateVirtualNicBody{Fault_: fault}
	}
	for i := range s.network().Vnic {
		if nic := &s.network().Vnic[i]; nic.Device == r.Device {
			if r.Nic.DistributedVirtualPort != nil || r.Nic.Portgroup != "" {
				nic.Portgroup, nic.Spec.Portgroup = r.Nic.Portgroup, r.Nic.Portgroup
				nic.Spec.DistributedVirtualPort = r.Nic.DistributedVirtualPort
			}
			return &methods.UpdateVirtualNicBody{Res: &types.UpdateVirtualNicResponse{}}
		}
	}
	return &methods.UpdateVirtualNicBody{Fault_: simulator.Fault("", &types.NotFound{})}
}

// HostVirtualNicManager says which VMkernel NIC carries which service.
type HostVirtualNicManager struct {
	mo.HostVirtualNicManager
	host *Host
}

func (s *HostVirtualNicManager) choose(kind, device string, on bool) *soap.Fault {
	if fault := s.host.away(); fault != nil {
		return fault
	}
	list := s.host.Config.VirtualNicManagerInfo.NetConfig
	for i := range list {
		if list[i].NicType != kind {
			continue
		}
		for _, nic := range list[i].CandidateVnic {
			if nic.Device != device {
				continue
			}
			kept := []string{}
			for _, key := range list[i].SelectedVnic {
				if key != nic.Key {
					kept = append(kept, key)
				}
			}
			if on {
				kept = append(kept, nic.Key)
			}
			list[i].SelectedVnic = kept
			s.Info = *s.host.Config.VirtualNicManagerInfo
			return nil
		}
	}
	return simulator.Fault("", &types.InvalidArgument{InvalidProperty: "nicType"})
}

func (s *HostVirtualNicManager) SelectVnicForNicType(r *types.SelectVnicForNicType) soap.HasFault {
	if fault := s.choose(r.NicType, r.Device, true); fault != nil {
		return &methods.SelectVnicForNicTypeBody{Fault_: fault}
	}
	return &methods.SelectVnicForNicTypeBody{Res: &types.SelectVnicForNicTypeResponse{}}
}

func (s *HostVirtualNicManager) DeselectVnicForNicType(r *types.DeselectVnicForNicType) soap.HasFault {
	if fault := s.choose(r.NicType, r.Device, false); fault != nil {
		return &methods.DeselectVnicForNicTypeBody{Fault_: fault}
	}
	return &methods.DeselectVnicForNicTypeBody{Res: &types.DeselectVnicForNicTypeResponse{}}
}

// furnishNetwork gives the host the switches, groups and NICs of the template.
func furnishNetwork(h *Host, good *Good) *HostNetworkSystem {
	network := &types.HostNetworkInfo{IpV6Enabled: types.NewBool(false), AtBootIpV6Enabled: types.NewBool(false)}
	h.Config.Network = network
	dns := good.Dns
	network.DnsConfig = &dns
	network.IpRouteConfig = &types.HostIpRouteConfig{DefaultGateway: good.Gateway}
	for _, v := range good.Vswitch {
		policy := v.Policy
		spec := types.HostVirtualSwitchSpec{NumPorts: v.NumPorts, Mtu: v.Mtu, Policy: &policy}
		spec.Bridge = &types.HostVirtualSwitchBondBridge{NicDevice: v.Nics}
		network.Vswitch = append(network.Vswitch, newSwitch(v.Name, spec))
	}
	for _, spec := range good.Portgroup {
		network.Portgroup = append(network.Portgroup, types.HostPortGroup{Spec: spec})
	}
	for _, p := range good.Pnic {
		network.Pnic = append(network.Pnic, types.PhysicalNic{
			Key: "key-vim.host.PhysicalNic-" + p.Device, Device: p.Device, Pci: p.Pci, Driver: p.Driver, Mac: p.Mac,
			LinkSpeed: &types.PhysicalNicLinkInfo{SpeedMb: p.SpeedMb, Duplex: true},
			Spec:      types.PhysicalNicSpec{LinkSpeed: &types.PhysicalNicLinkInfo{SpeedMb: p.SpeedMb, Duplex: true}},
		})
	}
	stacks := map[string]bool{}
	for _, v := range good.Vnic {
		network.Vnic = append(network.Vnic, types.HostVirtualNic{
			Device: v.Device, Key: "key-vim.host.VirtualNic-" + v.Device, Portgroup: v.Portgroup,
			Spec: types.HostVirtualNicSpec{
				Ip: &types.HostIpConfig{IpAddress: v.Ip, SubnetMask: v.Mask}, Mac: v.Mac, Mtu: v.Mtu,
				Portgroup: v.Portgroup, TsoEnabled: types.NewBool(true), NetStackInstanceKey: v.Stack,
			},
		})
		if !stacks[v.Stack] {
			stacks[v.Stack] = true
			stack := types.HostNetStackInstance{Key: v.Stack, Name: v.Stack, DnsConfig: &types.HostDnsConfig{}}
			stack.IpRouteConfig = &types.HostIpRouteConfig{}
			if v.Stack == "defaultTcpipStack" {
				stack.DnsConfig, stack.IpRouteConfig = &dns, network.IpRouteConfig
			}
			network.NetStackInstance = append(network.NetStackInstance, stack)
		}
	}
	info := &types.HostVirtualNicManagerInfo{}
	for _, kind := range []string{
		"faultToleranceLogging", "management", "vSphereProvisioning", "vSphereReplication", "vmotion", "vsan",
	} {
		config := types.VirtualNicManagerNetConfig{NicType: kind, MultiSelectAllowed: true, CandidateVnic: network.Vnic}
		for _, device := range good.Vnic_services[kind] {
			config.SelectedVnic = append(config.SelectedVnic, fmt.Sprintf("%s.key-vim.host.VirtualNic-%s", kind, device))
		}
		for i := range config.CandidateVnic { // a vCenter prefixes the keys here with the kind
			if i == 0 {
				config.CandidateVnic = append([]types.HostVirtualNic{}, config.CandidateVnic...)
			}
			config.CandidateVnic[i].Key = fmt.Sprintf("%s.%s", kind, config.CandidateVnic[i].Key)
		}
		info.NetConfig = append(info.NetConfig, config)
	}
	h.Config.VirtualNicManagerInfo = info
	system := &HostNetworkSystem{host: h}
	system.NetworkInfo = network
	system.DnsConfig = network.DnsConfig
	system.compute()
	return system
}
