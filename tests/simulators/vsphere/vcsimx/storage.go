package main

import (
	"fmt"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// HostStorageSystem changes the path policy of a LUN; the host's config.storageDevice is the one copy.
type HostStorageSystem struct {
	mo.HostStorageSystem
	host *Host
}

func (s *HostStorageSystem) SetMultipathLunPolicy(r *types.SetMultipathLunPolicy) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.SetMultipathLunPolicyBody{Fault_: fault}
	}
	list := s.host.Config.StorageDevice.MultipathInfo.Lun
	for i := range list {
		if list[i].Id == r.LunId {
			list[i].Policy = r.Policy
			return &methods.SetMultipathLunPolicyBody{Res: &types.SetMultipathLunPolicyResponse{}}
		}
	}
	return &methods.SetMultipathLunPolicyBody{Fault_: simulator.Fault("", &types.NotFound{})}
}

// UpdateInternetScsiAuthenticationProperties sets CHAP of an adapter, or of the targets that are named.
func (s *HostStorageSystem) UpdateInternetScsiAuthenticationProperties(r *types.UpdateInternetScsiAuthenticationProperties) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.UpdateInternetScsiAuthenticationPropertiesBody{Fault_: fault}
	}
	for _, one := range s.host.Config.StorageDevice.HostBusAdapter {
		adapter, ok := one.(*types.HostInternetScsiHba)
		if !ok || adapter.Device != r.IScsiHbaDevice {
			continue
		}
		given := r.AuthenticationProperties
		if r.TargetSet == nil {
			adapter.AuthenticationProperties = given
		} else {
			for i := range adapter.ConfiguredSendTarget {
				for _, wanted := range r.TargetSet.SendTargets {
					if adapter.ConfiguredSendTarget[i].Address == wanted.Address {
						adapter.ConfiguredSendTarget[i].AuthenticationProperties = &given
					}
				}
			}
		}
		return &methods.UpdateInternetScsiAuthenticationPropertiesBody{
			Res: &types.UpdateInternetScsiAuthenticationPropertiesResponse{},
		}
	}
	return &methods.UpdateInternetScsiAuthenticationPropertiesBody{Fault_: simulator.Fault("", &types.NotFound{})}
}

func storage(good *Good) *types.HostStorageDeviceInfo {
	out := &types.HostStorageDeviceInfo{SoftwareInternetScsiEnabled: true, MultipathInfo: &types.HostMultipathInfo{}}
	out.HostBusAdapter = []types.BaseHostHostBusAdapter{
		&types.HostBlockHba{HostHostBusAdapter: types.HostHostBusAdapter{
			Key: "key-vim.host.BlockHba-vmhba0", Device: "vmhba0", Status: "unknown", Model: "AHCI Controller", Driver: "vmw_ahci",
		}},
		&types.HostInternetScsiHba{
			HostHostBusAdapter: types.HostHostBusAdapter{
				Key: "key-vim.host.InternetScsiHba-" + good.Iscsi.Device, Device: good.Iscsi.Device, Status: "online",
				Model: good.Iscsi.Model, Driver: good.Iscsi.Driver,
			},
			IsSoftwareBased: true, IScsiName: good.Iscsi.IScsiName,
			AuthenticationProperties: types.HostInternetScsiHbaAuthenticationProperties{
				ChapAuthEnabled: true, ChapAuthenticationType: good.Iscsi.Chap, MutualChapAuthenticationType: good.Iscsi.MutualChap,
			},
			ConfiguredSendTarget: []types.HostInternetScsiHbaSendTarget{{
				Address: good.Iscsi.Target, Port: 3260,
				AuthenticationProperties: &types.HostInternetScsiHbaAuthenticationProperties{
					ChapAuthEnabled: true, ChapAuthenticationType: good.Iscsi.Chap, ChapInherited: types.NewBool(true),
					MutualChapAuthenticationType: good.Iscsi.MutualChap, MutualChapInherited: types.NewBool(true),
				},
			}},
		},
	}
	for i, lun := range good.Luns {
		key := fmt.Sprintf("key-vim.host.ScsiDisk-%02d", i)
		disk := &types.HostScsiDisk{
			Capacity: types.HostDiskDimensionsLba{BlockSize: 512, Block: lun.Size_blocks}, LocalDisk: types.NewBool(lun.Local),
			DevicePath: "/vmfs/devices/disks/" + lun.Id,
		}
		disk.Key, disk.Uuid, disk.CanonicalName, disk.DisplayName, disk.LunType = key, lun.Id, lun.Id, lun.Id, "disk"
		disk.Vendor, disk.Model, disk.QueueDepth, disk.VStorageSupport = lun.Vendor, lun.Model, lun.QueueDepth, lun.Vaai
		disk.DeviceName, disk.DeviceType = disk.DevicePath, "disk"
		disk.OperationalState = []string{"ok"}
		out.ScsiLun = append(out.ScsiLun, disk)
		unit := types.HostMultipathInfoLogicalUnit{
			Key: fmt.Sprintf("key-vim.host.MultipathInfo.LogicalUnit-%02d", i), Id: lun.Id, Lun: key,
			Policy:                 &types.HostMultipathInfoLogicalUnitPolicy{Policy: lun.Policy},
			StorageArrayTypePolicy: &types.HostMultipathInfoLogicalUnitStorageArrayTypePolicy{Policy: lun.Satp},
		}
		for j, name := range lun.Paths {
			device, _, _ := strings.Cut(name, ":")
			kind := "BlockHba"
			if device == good.Iscsi.Device {
				kind = "InternetScsiHba"
			}
			unit.Path = append(unit.Path, types.HostMultipathInfoPath{
				Key: "key-vim.host.MultipathInfo.Path-" + name, Name: name, PathState: "active", State: "active",
				IsWorkingPath: types.NewBool(j == 0), Adapter: "key-vim.host." + kind + "-" + device, Lun: unit.Key,
			})
		}
		out.MultipathInfo.Lun = append(out.MultipathInfo.Lun, unit)
	}
	return out
}
