package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// Wishes are what the command line says about all hosts.
type Wishes struct {
	options        int
	hidden, absent []string
	certDays       int
	standalone     bool
}

// furnish turns a host of the simulator's template into the good host of the JSON file, with managers of its own.
func furnish(template *simulator.HostSystem, name string, number int, good *Good, ca *hostCA, wishes Wishes) *Host {
	h := &Host{
		HostSystem: *template, stateEncryption: good.State_encryption, uefiSecureBoot: good.Capability.UefiSecureBoot, esxcli: good.Esxcli,
		timeEnabled: good.Time_enabled,
	}
	h.Name, h.Summary.Config.Name = name, name
	h.ManagedEntity.Name = name
	h.Summary.Host = &h.Self
	h.Summary.Runtime = &h.Runtime
	hosts[name], hosts[h.Self.Value] = h, h
	simulator.Map.Put(h)
	h.setState(types.HostSystemConnectionStateConnected)
	if !wishes.standalone {
		h.Summary.ManagementServerIp = good.Management_server_ip
		h.attest("accepted")
	}
	h.Capability = &types.HostCapability{
		TpmSupported: types.NewBool(good.Capability.TpmSupported), TpmVersion: good.Capability.TpmVersion,
	}
	furnishHardware(h, name, good)
	product := good.Product
	h.Summary.Config.Product = &product
	config := &types.HostConfigInfo{
		Host: h.Self, Product: product, HyperThread: &good.Hyper_thread, Firewall: &good.Firewall,
		Service: &types.HostServiceInfo{Service: good.Services}, ActiveDiagnosticPartition: &good.Diagnostic_partition,
		DateTimeInfo: &good.Date_time, PowerSystemInfo: &types.PowerSystemInfo{CurrentPolicy: good.Power},
		Capabilities: template.Config.Capabilities, FileSystemVolume: template.Config.FileSystemVolume,
	}
	config.AuthenticationManagerInfo = &types.HostAuthenticationManagerInfo{AuthConfig: []types.BaseHostAuthenticationStoreInfo{
		&types.HostLocalAuthenticationInfo{HostAuthenticationStoreInfo: types.HostAuthenticationStoreInfo{Enabled: true}},
		activeDirectory(good.Active_directory),
	}}
	h.Config = config
	for _, nic := range good.Pnic {
		h.nicVersions = append(h.nicVersions, [2]string{nic.DriverVersion, nic.Firmware})
	}
	config.StorageDevice = storage(good)
	furnishManagers(h, good, wishes)
	pem, certificate := ca.issue(name, int64(number), wishes.certDays)
	h.certificate = pem
	certs := &HostCertificateManager{host: h, trusted: []string{ca.pem()}}
	certs.CertificateInfo = types.HostCertificateManagerCertificateInfo{
		Issuer: certificate.Issuer.String(), Subject: certificate.Subject.String(), Status: "good",
		NotBefore: &certificate.NotBefore, NotAfter: &certificate.NotAfter,
	}
	h.manager(&h.ConfigManager.CertificateManager, "HostCertificateManager", certs, &certs.Self)
	executer := &MethodExecuter{host: h}
	executer.Self = types.ManagedObjectReference{Type: "ReflectManagedMethodExecuter", Value: "mme-" + h.Self.Value}
	simulator.Map.Put(executer)
	return h
}

func activeDirectory(info types.HostActiveDirectoryInfo) *types.HostActiveDirectoryInfo {
	info.Enabled = info.JoinedDomain != ""
	return &info
}

func furnishHardware(h *Host, name string, good *Good) {
	uuid := placeholders(name, 0).Replace("{{uuid}}")
	hardware := *h.Hardware
	hardware.SystemInfo = types.HostSystemInfo{
		Vendor: good.Hardware.Vendor, Model: good.Hardware.Model, Uuid: uuid, SerialNumber: good.Hardware.SerialNumber,
		OtherIdentifyingInfo: []types.HostSystemIdentificationInfo{{
			IdentifierValue: good.Hardware.SerialNumber,
			IdentifierType: &types.ElementDescription{
				Description: types.Description{Label: "Service tag", Summary: "Service tag of the system"}, Key: "ServiceTag",
			},
		}},
	}
	hardware.BiosInfo = &types.HostBIOSInfo{BiosVersion: good.Hardware.BiosVersion}
	h.Hardware = &hardware
	summary := *h.Summary.Hardware
	summary.Vendor, summary.Model, summary.Uuid = good.Hardware.Vendor, good.Hardware.Model, uuid
	summary.OtherIdentifyingInfo = hardware.SystemInfo.OtherIdentifyingInfo
	h.Summary.Hardware = &summary
}

func furnishManagers(h *Host, good *Good, wishes Wishes) {
	m := &h.ConfigManager
	services := &HostServiceSystem{host: h}
	services.ServiceInfo = *h.Config.Service
	h.manager(&m.ServiceSystem, "HostServiceSystem", services, &services.Self)

	access := &HostAccessManager{host: h, exceptions: good.Lockdown.Exceptions, entries: good.Access}
	access.setMode(good.Lockdown.Mode)
	if wishes.standalone { // only a vCenter can lock a host down
		access.setMode(types.HostLockdownModeLockdownDisabled)
	}
	h.manager(&m.HostAccessManager, "HostAccessManager", access, &access.Self)

	image := &HostImageConfigManager{host: h, level: good.Acceptance, packages: good.Packages, profile: good.Image_profile}
	h.manager(&m.ImageConfigManager, "HostImageConfigManager", image, &image.Self)

	firewall := &HostFirewallSystem{host: h}
	firewall.FirewallInfo = h.Config.Firewall
	h.manager(&m.FirewallSystem, "HostFirewallSystem", firewall, &firewall.Self)

	clock := &HostDateTimeSystem{host: h}
	clock.DateTimeInfo = *h.Config.DateTimeInfo
	h.manager(&m.DateTimeSystem, "HostDateTimeSystem", clock, &clock.Self)

	network := furnishNetwork(h, good)
	h.manager(&m.NetworkSystem, "HostNetworkSystem", network, &network.Self)

	nics := &HostVirtualNicManager{host: h}
	nics.Info = *h.Config.VirtualNicManagerInfo
	h.manager(&m.VirtualNicManager, "HostVirtualNicManager", nics, &nics.Self)

	modules := &HostKernelModuleSystem{host: h}
	for i, name := range good.Modules {
		modules.modules = append(modules.modules, types.KernelModuleInfo{
			Id: int32(i), Name: name, Version: good.Product.Version, Filename: "/usr/lib/vmware/vmkmod/" + name, Loaded: true, Enabled: true,
		})
	}
	h.manager(&m.KernelModuleSystem, "HostKernelModuleSystem", modules, &modules.Self)

	snmp := &HostSnmpSystem{host: h}
	snmp.Configuration = good.Snmp
	h.manager(&m.SnmpSystem, "HostSnmpSystem", snmp, &snmp.Self)

	power := &mo.HostPowerSystem{Info: *h.Config.PowerSystemInfo}
	h.manager(&m.PowerSystem, "HostPowerSystem", power, &power.Self)

	logins := &mo.HostAuthenticationManager{Info: *h.Config.AuthenticationManagerInfo}
	h.manager(&m.AuthenticationManager, "HostAuthenticationManager", logins, &logins.Self)

	dump := &mo.HostDiagnosticSystem{ActivePartition: h.Config.ActiveDiagnosticPartition}
	h.manager(&m.DiagnosticSystem, "HostDiagnosticSystem", dump, &dump.Self)

	disks := &HostStorageSystem{host: h}
	disks.StorageDeviceInfo = h.Config.StorageDevice
	h.manager(&m.StorageSystem, "HostStorageSystem", disks, &disks.Self)

	h.options = newHostOptions(h, optionValues(good.Options), wishes.options, wishes.hidden, wishes.absent)
	h.manager(&m.AdvancedOption, "OptionManager", h.options, &h.options.Self)
}
