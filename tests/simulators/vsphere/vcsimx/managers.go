package main

import (
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// HostServiceSystem starts and stops services; the host's config.service is the one copy.
type HostServiceSystem struct {
	mo.HostServiceSystem
	host *Host
}

func (s *HostServiceSystem) change(id string, f func(*types.HostService)) *soap.Fault {
	if fault := s.host.away(); fault != nil {
		return fault
	}
	list := s.host.Config.Service.Service
	for i := range list {
		if list[i].Key == id {
			f(&list[i])
			s.ServiceInfo = *s.host.Config.Service
			return nil
		}
	}
	return simulator.Fault("", &types.NotFound{})
}

func (s *HostServiceSystem) StartService(ctx *simulator.Context, r *types.StartService) soap.HasFault {
	if fault := s.change(r.Id, func(v *types.HostService) { v.Running = true }); fault != nil {
		return &methods.StartServiceBody{Fault_: fault}
	}
	tell(ctx, s.host, "host.ServiceSystem.start", "Start service")
	return &methods.StartServiceBody{Res: &types.StartServiceResponse{}}
}

func (s *HostServiceSystem) StopService(ctx *simulator.Context, r *types.StopService) soap.HasFault {
	if fault := s.change(r.Id, func(v *types.HostService) { v.Running = false }); fault != nil {
		return &methods.StopServiceBody{Fault_: fault}
	}
	tell(ctx, s.host, "host.ServiceSystem.stop", "Stop service")
	return &methods.StopServiceBody{Res: &types.StopServiceResponse{}}
}

func (s *HostServiceSystem) UpdateServicePolicy(ctx *simulator.Context, r *types.UpdateServicePolicy) soap.HasFault {
	if fault := s.change(r.Id, func(v *types.HostService) { v.Policy = r.Policy }); fault != nil {
		return &methods.UpdateServicePolicyBody{Fault_: fault}
	}
	tell(ctx, s.host, "host.ServiceSystem.updatePolicy", "Update service activation policy")
	return &methods.UpdateServicePolicyBody{Res: &types.UpdateServicePolicyResponse{}}
}

// HostAccessManager holds lockdown mode and exceptions, and who may log in to the host itself.
type HostAccessManager struct {
	mo.HostAccessManager
	host       *Host
	exceptions []string
	entries    []types.HostAccessControlEntry
}

func (s *HostAccessManager) ChangeLockdownMode(r *types.ChangeLockdownMode) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.ChangeLockdownModeBody{Fault_: fault}
	}
	s.setMode(r.Mode)
	return &methods.ChangeLockdownModeBody{Res: &types.ChangeLockdownModeResponse{}}
}

func (s *HostAccessManager) setMode(mode types.HostLockdownMode) {
	s.LockdownMode = mode
	s.host.Config.LockdownMode = mode
	s.host.Config.AdminDisabled = types.NewBool(mode != types.HostLockdownModeLockdownDisabled)
}

func (s *HostAccessManager) QueryLockdownExceptions(*types.QueryLockdownExceptions) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.QueryLockdownExceptionsBody{Fault_: fault}
	}
	return &methods.QueryLockdownExceptionsBody{Res: &types.QueryLockdownExceptionsResponse{Returnval: s.exceptions}}
}

func (s *HostAccessManager) UpdateLockdownExceptions(r *types.UpdateLockdownExceptions) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.UpdateLockdownExceptionsBody{Fault_: fault}
	}
	s.exceptions = r.Users
	return &methods.UpdateLockdownExceptionsBody{Res: &types.UpdateLockdownExceptionsResponse{}}
}

func (s *HostAccessManager) RetrieveHostAccessControlEntries(*types.RetrieveHostAccessControlEntries) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.RetrieveHostAccessControlEntriesBody{Fault_: fault}
	}
	return &methods.RetrieveHostAccessControlEntriesBody{
		Res: &types.RetrieveHostAccessControlEntriesResponse{Returnval: s.entries},
	}
}

// HostImageConfigManager holds the acceptance level and the installed packages.
type HostImageConfigManager struct {
	mo.HostImageConfigManager
	host     *Host
	level    string
	packages []types.SoftwarePackage
	profile  types.HostImageProfileSummary
}

func (s *HostImageConfigManager) HostImageConfigGetAcceptance(*types.HostImageConfigGetAcceptance) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.HostImageConfigGetAcceptanceBody{Fault_: fault}
	}
	return &methods.HostImageConfigGetAcceptanceBody{Res: &types.HostImageConfigGetAcceptanceResponse{Returnval: s.level}}
}

func (s *HostImageConfigManager) UpdateHostImageAcceptanceLevel(r *types.UpdateHostImageAcceptanceLevel) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.UpdateHostImageAcceptanceLevelBody{Fault_: fault}
	}
	s.level = r.NewAcceptanceLevel
	return &methods.UpdateHostImageAcceptanceLevelBody{Res: &types.UpdateHostImageAcceptanceLevelResponse{}}
}

func (s *HostImageConfigManager) FetchSoftwarePackages(*types.FetchSoftwarePackages) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.FetchSoftwarePackagesBody{Fault_: fault}
	}
	return &methods.FetchSoftwarePackagesBody{Res: &types.FetchSoftwarePackagesResponse{Returnval: s.packages}}
}

// HostFirewallSystem changes rule sets; the host's config.firewall is the one copy.
type HostFirewallSystem struct {
	mo.HostFirewallSystem
	host *Host
}

func (s *HostFirewallSystem) change(id string, f func(*types.HostFirewallRuleset)) *soap.Fault {
	if fault := s.host.away(); fault != nil {
		return fault
	}
	list := s.host.Config.Firewall.Ruleset
	for i := range list {
		if list[i].Key == id {
			f(&list[i])
			return nil
		}
	}
	return simulator.Fault("", &types.NotFound{})
}

func (s *HostFirewallSystem) EnableRuleset(r *types.EnableRuleset) soap.HasFault {
	if fault := s.change(r.Id, func(v *types.HostFirewallRuleset) { v.Enabled = true }); fault != nil {
		return &methods.EnableRulesetBody{Fault_: fault}
	}
	return &methods.EnableRulesetBody{Res: &types.EnableRulesetResponse{}}
}

func (s *HostFirewallSystem) DisableRuleset(r *types.DisableRuleset) soap.HasFault {
	if fault := s.change(r.Id, func(v *types.HostFirewallRuleset) { v.Enabled = false }); fault != nil {
		return &methods.DisableRulesetBody{Fault_: fault}
	}
	return &methods.DisableRulesetBody{Res: &types.DisableRulesetResponse{}}
}

func (s *HostFirewallSystem) UpdateRuleset(r *types.UpdateRuleset) soap.HasFault {
	fault := s.change(r.Id, func(v *types.HostFirewallRuleset) { v.AllowedHosts = &r.Spec.AllowedHosts })
	if fault != nil {
		return &methods.UpdateRulesetBody{Fault_: fault}
	}
	return &methods.UpdateRulesetBody{Res: &types.UpdateRulesetResponse{}}
}

func (s *HostFirewallSystem) UpdateDefaultPolicy(r *types.UpdateDefaultPolicy) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.UpdateDefaultPolicyBody{Fault_: fault}
	}
	s.host.Config.Firewall.DefaultPolicy = overlay(s.host.Config.Firewall.DefaultPolicy, r.DefaultPolicy)
	return &methods.UpdateDefaultPolicyBody{Res: &types.UpdateDefaultPolicyResponse{}}
}

// HostDateTimeSystem holds the NTP servers.
type HostDateTimeSystem struct {
	mo.HostDateTimeSystem
	host  *Host
	ahead time.Duration // of the real time
}

func (s *HostDateTimeSystem) UpdateDateTimeConfig(r *types.UpdateDateTimeConfig) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.UpdateDateTimeConfigBody{Fault_: fault}
	}
	if r.Config.NtpConfig != nil {
		s.host.Config.DateTimeInfo.NtpConfig = r.Config.NtpConfig
		s.DateTimeInfo = *s.host.Config.DateTimeInfo
	}
	return &methods.UpdateDateTimeConfigBody{Res: &types.UpdateDateTimeConfigResponse{}}
}

// HostKernelModuleSystem lists the modules.
type HostKernelModuleSystem struct {
	mo.HostKernelModuleSystem
	host    *Host
	modules []types.KernelModuleInfo
}

func (s *HostKernelModuleSystem) QueryModules(*types.QueryModules) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.QueryModulesBody{Fault_: fault}
	}
	return &methods.QueryModulesBody{Res: &types.QueryModulesResponse{Returnval: s.modules}}
}
