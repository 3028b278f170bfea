package main

import (
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// ExtensionManager lists the plug-ins of the vCenter.
type ExtensionManager struct{ mo.ExtensionManager }

func (m *ExtensionManager) RegisterExtension(r *types.RegisterExtension) soap.HasFault {
	m.ExtensionList = append(m.ExtensionList, r.Extension)
	return &methods.RegisterExtensionBody{Res: &types.RegisterExtensionResponse{}}
}

func (m *ExtensionManager) UnregisterExtension(r *types.UnregisterExtension) soap.HasFault {
	for i, one := range m.ExtensionList {
		if one.Key == r.ExtensionKey {
			m.ExtensionList = append(m.ExtensionList[:i:i], m.ExtensionList[i+1:]...)
			return &methods.UnregisterExtensionBody{Res: &types.UnregisterExtensionResponse{}}
		}
	}
	return &methods.UnregisterExtensionBody{Fault_: simulator.Fault("", &types.NotFound{})}
}

func furnishExtensions(m *simulator.Model, good *Good) {
	manager := &ExtensionManager{}
	manager.Self = types.ManagedObjectReference{Type: "ExtensionManager", Value: "ExtensionManager"}
	if m.ServiceContent.ExtensionManager != nil {
		manager.Self = *m.ServiceContent.ExtensionManager
	}
	for _, one := range good.Vcenter.Extensions {
		manager.ExtensionList = append(manager.ExtensionList, types.Extension{
			Key: one.Key, Version: one.Version, Company: one.Company, LastHeartbeatTime: time.Now(),
			Description: &types.Description{Label: one.Key, Summary: one.Key},
		})
	}
	simulator.Map.Put(manager)
}
