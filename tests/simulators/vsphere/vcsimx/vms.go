package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// VM can be reconfigured where an audit looks; the simulator's own method wants the hosts that we replaced.
type VM struct {
	simulator.VirtualMachine
}

func (v *VM) ReconfigVMTask(r *types.ReconfigVM_Task) soap.HasFault {
	task := simulator.CreateTask(v, "reconfigVm", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		for _, change := range r.Spec.ExtraConfig {
			v.setExtra(change.GetOptionValue())
		}
		v.Config.BootOptions = overlay(v.Config.BootOptions, r.Spec.BootOptions)
		v.Config.MigrateEncryption = overlay(v.Config.MigrateEncryption, r.Spec.MigrateEncryption)
		v.Config.Firmware = overlay(v.Config.Firmware, r.Spec.Firmware)
		if r.Spec.Flags != nil {
			v.Config.Flags = overlay(v.Config.Flags, *r.Spec.Flags)
		}
		for _, change := range r.Spec.DeviceChange {
			v.setDevice(change.GetVirtualDeviceConfigSpec())
		}
		return nil, nil
	})
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: task.Run()}}
}

func (v *VM) setExtra(wanted *types.OptionValue) {
	kept := []types.BaseOptionValue{}
	for _, option := range v.Config.ExtraConfig {
		if !strings.EqualFold(option.GetOptionValue().Key, wanted.Key) {
			kept = append(kept, option)
		}
	}
	if wanted.Value != "" { // an empty value takes the key out
		kept = append(kept, wanted)
	}
	v.Config.ExtraConfig = kept
}

func (v *VM) setDevice(change *types.VirtualDeviceConfigSpec) {
	key := change.Device.GetVirtualDevice().Key
	kept := []types.BaseVirtualDevice{}
	for _, device := range v.Config.Hardware.Device {
		if device.GetVirtualDevice().Key != key {
			kept = append(kept, device)
		}
	}
	if change.Operation != types.VirtualDeviceConfigSpecOperationRemove {
		kept = append(kept, change.Device)
	}
	v.Config.Hardware.Device = kept
}

// furnishVMs gives each virtual machine hardened settings.
func furnishVMs(good *Good) {
	all := simulator.Map.All("VirtualMachine")
	sort.Slice(all, func(i, j int) bool { return all[i].Reference().Value < all[j].Reference().Value })
	for i, entity := range all {
		stock, ok := entity.(*simulator.VirtualMachine)
		if !ok || stock.Config == nil {
			continue
		}
		vm := &VM{VirtualMachine: *stock}
		simulator.Map.Put(vm)
		name := fmt.Sprintf("vm-%02d", i+1)
		vm.Name, vm.ManagedEntity.Name, vm.Config.Name, vm.Summary.Config.Name = name, name, name, name
		vm.Config.Version, vm.Config.Firmware = good.Vm.Version, good.Vm.Firmware
		vm.Config.MigrateEncryption = good.Vm.MigrateEncryption // ftEncryptionMode: newer than govmomi 0.24.2
		vm.Config.BootOptions = &types.VirtualMachineBootOptions{EfiSecureBootEnabled: types.NewBool(good.Vm.SecureBoot)}
		vm.Config.Flags.EnableLogging = types.NewBool(true)
		keys := make([]string, 0, len(good.Vm.ExtraConfig))
		for key := range good.Vm.ExtraConfig {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		vm.Config.ExtraConfig = nil
		for _, key := range keys {
			vm.Config.ExtraConfig = append(vm.Config.ExtraConfig, &types.OptionValue{Key: key, Value: good.Vm.ExtraConfig[key]})
		}
		devices := []types.BaseVirtualDevice{}
		for _, device := range vm.Config.Hardware.Device {
			switch device.(type) {
			case *types.VirtualFloppy, *types.VirtualCdrom, *types.VirtualSerialPort, *types.VirtualParallelPort:
			default:
				devices = append(devices, device)
			}
		}
		vm.Config.Hardware.Device = devices
	}
}
