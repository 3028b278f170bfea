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
	ftEncryption string // config.ftEncryptionMode: newer than govmomi 0.24.2
}

var machines = map[string]*VM{} // by name and by reference value

func (v *VM) ReconfigVMTask(ctx *simulator.Context, r *types.ReconfigVM_Task) soap.HasFault {
	tellOfMachine(ctx, v, r.Spec)
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
		vm := &VM{VirtualMachine: *stock, ftEncryption: good.Vm.FtEncryptionMode}
		simulator.Map.Put(vm)
		name := fmt.Sprintf("vm-%02d", i+1)
		machines[name], machines[vm.Self.Value] = vm, vm
		vm.Name, vm.ManagedEntity.Name, vm.Config.Name, vm.Summary.Config.Name = name, name, name, name
		vm.Config.Version, vm.Config.Firmware = good.Vm.Version, good.Vm.Firmware
		vm.Config.MigrateEncryption = good.Vm.MigrateEncryption
		vm.Config.GuestId, vm.Config.Hardware.NumCPU, vm.Config.Hardware.MemoryMB = good.Vm.GuestId, 2, 4096
		vm.Runtime.PowerState, vm.Summary.Runtime.PowerState = "poweredOn", "poweredOn"
		vm.Guest = &types.GuestInfo{
			ToolsRunningStatus: good.Vm.Tools.Running, ToolsVersionStatus2: good.Vm.Tools.VersionStatus, ToolsVersion: "12389",
		}
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
			switch card := device.(type) {
			case *types.VirtualE1000:
				paravirtual := &types.VirtualVmxnet3{}
				paravirtual.VirtualEthernetCard = card.VirtualEthernetCard
				paravirtual.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: true, Connected: true}
				paravirtual.MacAddress = fmt.Sprintf("02:60:%02x:%02x:%02x:01", i>>16&255, i>>8&255, i&255) // the stock one repeats
				paravirtual.DeviceInfo = &types.Description{Label: "Network adapter 1", Summary: "Network adapter 1"}
				devices = append(devices, paravirtual)
			case *types.VirtualFloppy, *types.VirtualCdrom, *types.VirtualSerialPort, *types.VirtualParallelPort:
			default:
				devices = append(devices, device)
			}
		}
		vm.Config.Hardware.Device = devices
	}
}

// amendVM gives the newer properties of a machine.
func amendVM(object *types.ObjectContent, paths []string) {
	vm := machines[object.Obj.Value]
	for _, path := range paths {
		if vm != nil && path == "config.ftEncryptionMode" && vm.ftEncryption != "" {
			object.PropSet = append(object.PropSet, types.DynamicProperty{Name: path, Val: vm.ftEncryption})
			object.MissingSet = without(object.MissingSet, path)
		}
	}
}

// set changes what no call of the API changes here.
func (v *VM) set(path, value string) error {
	switch path {
	case "name":
		delete(machines, v.Name)
		machines[value] = v
		v.Name, v.ManagedEntity.Name, v.Config.Name, v.Summary.Config.Name = value, value, value, value
	case "runtime.connectionState":
		v.Runtime.ConnectionState = types.VirtualMachineConnectionState(value)
	case "runtime.powerState":
		v.Runtime.PowerState = types.VirtualMachinePowerState(value)
	case "guest.toolsRunningStatus":
		v.Guest.ToolsRunningStatus = value
	case "guest.toolsVersionStatus2":
		v.Guest.ToolsVersionStatus2 = value
	case "config.ftEncryptionMode":
		v.ftEncryption = value
	case "config.version":
		v.Config.Version = value
	case "config.template":
		v.Config.Template = value == "true"
	case "config.managedBy":
		v.Config.ManagedBy = nil
		if key, kind, ok := strings.Cut(value, "/"); ok {
			v.Config.ManagedBy = &types.ManagedByInfo{ExtensionKey: key, Type: kind}
		}
	default:
		return fmt.Errorf("no path %q", path)
	}
	return nil
}
