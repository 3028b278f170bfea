package main

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Host replaces the simulator's host system once the inventory stands.
type Host struct {
	simulator.HostSystem
	stateEncryption HostRuntimeInfoStateEncryptionInfo
	uefiSecureBoot  bool
	timeEnabled     bool
	certificate     []byte     // PEM
	cli             sync.Mutex // control may change answers while calls read them
	esxcli          map[string]json.RawMessage
	options         *HostOptions
	nicVersions     [][2]string // driver and firmware, by adapter
}

var hosts = map[string]*Host{} // by name and by reference value

// away is the fault of a call that vCenter would pass on to this host; nil while the host is connected.
func (h *Host) away() *soap.Fault {
	switch h.Runtime.ConnectionState {
	case types.HostSystemConnectionStateConnected:
		return nil
	case types.HostSystemConnectionStateNotResponding:
		return simulator.Fault("Unable to communicate with the host.", &types.HostCommunication{})
	default:
		return simulator.Fault("The host is not connected.", &types.HostNotConnected{})
	}
}

func (h *Host) setState(state types.HostSystemConnectionState) {
	h.Runtime.ConnectionState = state
	h.Summary.OverallStatus = types.ManagedEntityStatusGreen
	if state != types.HostSystemConnectionStateConnected {
		h.Summary.OverallStatus = types.ManagedEntityStatusRed
	}
	h.OverallStatus = h.Summary.OverallStatus
}

func (h *Host) task(name string, state types.HostSystemConnectionState) types.ManagedObjectReference {
	return simulator.CreateTask(h, name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		h.setState(state)
		return nil, nil
	}).Run()
}

func (h *Host) DisconnectHostTask(*types.DisconnectHost_Task) soap.HasFault {
	task := h.task("disconnectHost", types.HostSystemConnectionStateDisconnected)
	return &methods.DisconnectHost_TaskBody{Res: &types.DisconnectHost_TaskResponse{Returnval: task}}
}

func (h *Host) ReconnectHostTask(*types.ReconnectHost_Task) soap.HasFault {
	task := h.task("reconnectHost", types.HostSystemConnectionStateConnected)
	return &methods.ReconnectHost_TaskBody{Res: &types.ReconnectHost_TaskResponse{Returnval: task}}
}

func (h *Host) RetrieveManagedMethodExecuter(*RetrieveManagedMethodExecuter) soap.HasFault {
	if fault := h.away(); fault != nil {
		return &RetrieveManagedMethodExecuterBody{Fault_: fault}
	}
	ref := types.ManagedObjectReference{Type: "ReflectManagedMethodExecuter", Value: "mme-" + h.Self.Value}
	return &RetrieveManagedMethodExecuterBody{Res: &RetrieveManagedMethodExecuterResponse{Returnval: ref}}
}

// manager puts a per-host object under its own reference and points the host's configManager at it.
func (h *Host) manager(field **types.ManagedObjectReference, kind string, object mo.Reference, self *types.ManagedObjectReference) {
	*self = types.ManagedObjectReference{Type: kind, Value: fmt.Sprintf("%s-%s", kind, h.Self.Value)}
	ref := *self
	*field = &ref
	simulator.Map.Put(object)
}
