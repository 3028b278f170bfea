package main

import (
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// setting is what is in force at a port: what it sets itself, else its group's, marked as inherited.
func (g *PortGroup) setting(key string) types.BaseDVPortSetting {
	var parent, own types.BaseDVPortSetting = g.Config.DefaultPortConfig, g.ports[key]
	if g.ports[key] == nil {
		own = nil
	}
	in := inherit(reflect.ValueOf(&parent).Elem(), reflect.ValueOf(&own).Elem())
	return in.Interface().(types.BaseDVPortSetting)
}

// meant tells whether a criterion that is a list names this value; no list names all.
func meant(list []string, value string) bool {
	if len(list) == 0 {
		return true
	}
	for _, one := range list {
		if one == value {
			return true
		}
	}
	return false
}

func (s *Switch) ports(c *types.DistributedVirtualSwitchPortCriteria) []types.DistributedVirtualPort {
	if c == nil {
		c = &types.DistributedVirtualSwitchPortCriteria{}
	}
	out := []types.DistributedVirtualPort{}
	for _, group := range s.groups {
		inside := meant(c.PortgroupKey, group.Key)
		if c.Inside != nil && inside != *c.Inside {
			continue
		}
		for _, key := range group.PortKeys {
			if meant(c.PortKey, key) {
				out = append(out, types.DistributedVirtualPort{
					Key: key, DvsUuid: s.Uuid, PortgroupKey: group.Key, Config: types.DVPortConfigInfo{Setting: group.setting(key), ConfigVersion: "1"},
				})
			}
		}
	}
	return out
}

func (s *Switch) FetchDVPorts(r *types.FetchDVPorts) soap.HasFault {
	return &methods.FetchDVPortsBody{Res: &types.FetchDVPortsResponse{Returnval: s.ports(r.Criteria)}}
}

func (s *Switch) FetchDVPortKeys(r *types.FetchDVPortKeys) soap.HasFault {
	keys := []string{}
	for _, port := range s.ports(r.Criteria) {
		keys = append(keys, port.Key)
	}
	return &methods.FetchDVPortKeysBody{Res: &types.FetchDVPortKeysResponse{Returnval: keys}}
}

// ReconfigureDVPortTask lays settings over what single ports set; whether the group allows that is not asked.
func (s *Switch) ReconfigureDVPortTask(r *types.ReconfigureDVPort_Task) soap.HasFault {
	task := simulator.CreateTask(s, "reconfigureDvPort", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		for _, spec := range r.Port {
			found := false
			for _, group := range s.groups {
				for _, key := range group.PortKeys {
					if setting, ok := spec.Setting.(*types.VMwareDVSPortSetting); ok && key == spec.Key {
						own := group.ports[key]
						if own == nil {
							own = marked(reflect.ValueOf(group.own)).Interface().(*types.VMwareDVSPortSetting)
						}
						group.ports[key], found = overlay(own, setting), true
					}
				}
			}
			if !found {
				return nil, &types.NotFound{}
			}
		}
		return nil, nil
	})
	return &methods.ReconfigureDVPort_TaskBody{Res: &types.ReconfigureDVPort_TaskResponse{Returnval: task.Run()}}
}

// changeLists adds and removes private VLANs and mirror sessions (by name); nothing is edited in place.
func changeLists(config *types.VMwareDVSConfigInfo, spec *types.VMwareDVSConfigSpec) {
	for _, change := range spec.PvlanConfigSpec {
		kept := []types.VMwareDVSPvlanMapEntry{}
		for _, entry := range config.PvlanConfig {
			if entry != change.PvlanEntry {
				kept = append(kept, entry)
			}
		}
		if change.Operation == "add" {
			kept = append(kept, change.PvlanEntry)
		}
		config.PvlanConfig = kept
	}
	for _, change := range spec.VspanConfigSpec {
		kept := []types.VMwareVspanSession{}
		for _, session := range config.VspanSession {
			if session.Name != change.VspanSession.Name {
				kept = append(kept, session)
			}
		}
		if change.Operation == "add" {
			kept = append(kept, change.VspanSession)
		}
		config.VspanSession = kept
	}
}

// UpdateDVSLacpGroupConfigTask adds and removes link aggregation groups by name.
func (s *Switch) UpdateDVSLacpGroupConfigTask(r *types.UpdateDVSLacpGroupConfig_Task) soap.HasFault {
	task := simulator.CreateTask(s, "updateDVSLacpGroupConfig", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		for _, change := range r.LacpGroupSpec {
			kept := []types.VMwareDvsLacpGroupConfig{}
			for _, group := range s.config().LacpGroupConfig {
				if group.Name != change.LacpGroupConfig.Name {
					kept = append(kept, group)
				}
			}
			if change.Operation == "add" {
				kept = append(kept, change.LacpGroupConfig)
			}
			s.config().LacpGroupConfig = kept
		}
		return nil, nil
	})
	return &methods.UpdateDVSLacpGroupConfig_TaskBody{Res: &types.UpdateDVSLacpGroupConfig_TaskResponse{Returnval: task.Run()}}
}
