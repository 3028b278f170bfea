package main

import (
	"fmt"
	"sort"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// furnishVMs gives each virtual machine hardened settings. Settings can be changed by ReconfigVM_Task.
func furnishVMs(good *Good) {
	all := simulator.Map.All("VirtualMachine")
	sort.Slice(all, func(i, j int) bool { return all[i].Reference().Value < all[j].Reference().Value })
	for i, entity := range all {
		vm, ok := entity.(*simulator.VirtualMachine)
		if !ok || vm.Config == nil {
			continue
		}
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
