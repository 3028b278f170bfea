package main

import (
	"context"
	"reflect"
	"strconv"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Switch is a distributed switch whose policy can be changed and is inherited by its port groups.
type Switch struct {
	simulator.DistributedVirtualSwitch
	groups []*PortGroup
}

// PortGroup keeps what it sets itself; config.defaultPortConfig is what is in force.
type PortGroup struct {
	simulator.DistributedVirtualPortgroup
	home  *Switch
	own   *types.VMwareDVSPortSetting
	ports map[string]*types.VMwareDVSPortSetting // what single ports set, by key
}

func (s *Switch) config() *types.VMwareDVSConfigInfo { return s.Config.(*types.VMwareDVSConfigInfo) }

func (g *PortGroup) compute() {
	var parent, own types.BaseDVPortSetting = g.home.config().DefaultPortConfig, g.own
	in := inherit(reflect.ValueOf(&parent).Elem(), reflect.ValueOf(&own).Elem())
	g.Config.DefaultPortConfig = in.Interface().(types.BaseDVPortSetting)
}

// ReconfigureDvsTask takes the policy settings of the specification; member hosts and port groups are not changed.
func (s *Switch) ReconfigureDvsTask(r *types.ReconfigureDvs_Task) soap.HasFault {
	task := simulator.CreateTask(s, "reconfigureDvs", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		config, spec := s.config(), r.Spec.GetDVSConfigSpec()
		if spec.DefaultPortConfig != nil {
			config.DefaultPortConfig = overlay(config.DefaultPortConfig, spec.DefaultPortConfig)
		}
		if full, ok := r.Spec.(*types.VMwareDVSConfigSpec); ok {
			if full.LinkDiscoveryProtocolConfig != nil {
				config.LinkDiscoveryProtocolConfig = full.LinkDiscoveryProtocolConfig
			}
			if full.IpfixConfig != nil {
				config.IpfixConfig = full.IpfixConfig
			}
			changeLists(config, full)
			if full.MaxMtu != 0 {
				config.MaxMtu = full.MaxMtu
			}
		}
		for _, group := range s.groups {
			group.compute()
		}
		return nil, nil
	})
	return &methods.ReconfigureDvs_TaskBody{Res: &types.ReconfigureDvs_TaskResponse{Returnval: task.Run()}}
}

func (s *Switch) UpdateDVSHealthCheckConfigTask(r *types.UpdateDVSHealthCheckConfig_Task) soap.HasFault {
	task := simulator.CreateTask(s, "updateDVSHealthCheckConfig", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		s.config().HealthCheckConfig = r.HealthCheckConfig
		return nil, nil
	})
	return &methods.UpdateDVSHealthCheckConfig_TaskBody{Res: &types.UpdateDVSHealthCheckConfig_TaskResponse{Returnval: task.Run()}}
}

func (s *Switch) EnableNetworkResourceManagement(r *types.EnableNetworkResourceManagement) soap.HasFault {
	s.config().NetworkResourceManagementEnabled = &r.Enable
	return &methods.EnableNetworkResourceManagementBody{Res: &types.EnableNetworkResourceManagementResponse{}}
}

// ReconfigureDVPortgroupTask lays the specification over what the group sets; what it leaves out stays.
func (g *PortGroup) ReconfigureDVPortgroupTask(r *types.ReconfigureDVPortgroup_Task) soap.HasFault {
	task := simulator.CreateTask(g, "reconfigureDvPortgroup", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		spec := r.Spec
		if setting, ok := spec.DefaultPortConfig.(*types.VMwareDVSPortSetting); ok {
			g.own = overlay(g.own, setting)
			if team := setting.UplinkTeamingPolicy; team != nil && team.UplinkPortOrder != nil {
				g.own.UplinkTeamingPolicy.UplinkPortOrder = team.UplinkPortOrder // as one: an empty list is meant
			}
		}
		g.Config.Policy = overlay(g.Config.Policy, spec.Policy)
		g.Config.NumPorts = overlay(g.Config.NumPorts, spec.NumPorts)
		g.Config.AutoExpand = overlay(g.Config.AutoExpand, spec.AutoExpand)
		g.Config.Type = overlay(g.Config.Type, spec.Type)
		g.Config.Description = overlay(g.Config.Description, spec.Description)
		g.Config.Name = overlay(g.Config.Name, spec.Name)
		g.Name = g.Config.Name
		g.compute()
		return nil, nil
	})
	return &methods.ReconfigureDVPortgroup_TaskBody{Res: &types.ReconfigureDVPortgroup_TaskResponse{Returnval: task.Run()}}
}

func boolPolicy(value, from bool) *types.BoolPolicy {
	return &types.BoolPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: from}, Value: &value}
}

func portSetting(good *Good) *types.VMwareDVSPortSetting {
	p := good.Dvs.Policy
	return &types.VMwareDVSPortSetting{
		DVPortSetting: types.DVPortSetting{Blocked: boolPolicy(false, false)},
		Vlan:          &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: 0},
		IpfixEnabled:  boolPolicy(false, false),
		TxUplink:      boolPolicy(false, false),
		SecurityPolicy: &types.DVSSecurityPolicy{
			AllowPromiscuous: boolPolicy(p.AllowPromiscuous, false), MacChanges: boolPolicy(p.MacChanges, false),
			ForgedTransmits: boolPolicy(p.ForgedTransmits, false),
		},
		MacManagementPolicy: &types.DVSMacManagementPolicy{
			AllowPromiscuous: &p.AllowPromiscuous, MacChanges: &p.MacChanges, ForgedTransmits: &p.ForgedTransmits,
			MacLearningPolicy: &types.DVSMacLearningPolicy{Enabled: p.MacLearning},
		},
		UplinkTeamingPolicy: &types.VmwareUplinkPortTeamingPolicy{
			Policy:        &types.StringPolicy{Value: p.Teaming},
			ReversePolicy: boolPolicy(true, false), NotifySwitches: boolPolicy(true, false), RollingOrder: boolPolicy(false, false),
			FailureCriteria: &types.DVSFailureCriteria{CheckBeacon: boolPolicy(false, false)},
			UplinkPortOrder: &types.VMwareUplinkPortOrderPolicy{ActiveUplinkPort: p.Active, StandbyUplinkPort: p.Standby},
		},
	}
}

func groupPolicy(uplink bool) *types.VMwareDVSPortgroupPolicy {
	no := types.NewBool(false)
	return &types.VMwareDVSPortgroupPolicy{
		DVPortgroupPolicy: types.DVPortgroupPolicy{
			BlockOverrideAllowed: true, PortConfigResetAtDisconnect: true, LivePortMovingAllowed: false,
			NetworkResourcePoolOverrideAllowed: no, TrafficFilterOverrideAllowed: no,
		},
		VlanOverrideAllowed: uplink, IpfixOverrideAllowed: no, MacManagementOverrideAllowed: no,
	}
}

// furnishSwitches fills the switch that the simulator made, and adds one of Cisco's when a uuid is given.
func furnishSwitches(m *simulator.Model, client *object.Folder, good *Good, nexus string) error {
	for _, entity := range simulator.Map.All("DistributedVirtualSwitch") {
		furnishSwitch(entity.(*simulator.DistributedVirtualSwitch), good)
	}
	if nexus == "" {
		return nil
	}
	spec := types.DVSCreateSpec{
		ConfigSpec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: "n1kv-vsm01"}},
		ProductInfo: &types.DistributedVirtualSwitchProductSpec{
			Name: "Cisco_Nexus_1000V_1234567890", Vendor: "Cisco Systems, Inc.", Version: "5.2.1.SV3.4.1a", Build: "", ForwardingClass: "etherswitch",
		},
	}
	task, err := client.CreateDVS(context.Background(), spec)
	if err != nil {
		return err
	}
	made, err := task.WaitForResult(context.Background(), nil)
	if err != nil {
		return err
	}
	stock := simulator.Map.Get(made.Result.(types.ManagedObjectReference)).(*simulator.DistributedVirtualSwitch)
	config := stock.Config.(*types.VMwareDVSConfigInfo)
	stock.Uuid, stock.Summary.Uuid, config.Uuid = nexus, nexus, nexus
	config.ProductInfo = *stock.Summary.ProductInfo
	config.DefaultPortConfig = &types.DVPortSetting{Blocked: boolPolicy(false, false)}
	config.UplinkPortPolicy = &types.DVSNameArrayUplinkPortPolicy{UplinkPortName: []string{"uplink"}}
	config.ExtensionKey = "Cisco_Nexus_1000V_1234567890"
	for _, host := range simulator.Map.All("HostSystem") {
		stock.Summary.HostMember = append(stock.Summary.HostMember, host.Reference())
	}
	return nil
}

func furnishSwitch(stock *simulator.DistributedVirtualSwitch, good *Good) {
	s := &Switch{DistributedVirtualSwitch: *stock}
	s.Self.Type = "VmwareDistributedVirtualSwitch" // as a vCenter calls its own; the base type is left to Cisco's
	folder := simulator.Map.Get(*s.Parent).(*simulator.Folder)
	for i := range folder.ChildEntity {
		if folder.ChildEntity[i] == stock.Self {
			folder.ChildEntity[i] = s.Self
		}
	}
	simulator.Map.Remove(stock.Self)
	simulator.Map.Put(s)
	no := types.NewBool(good.Dvs.HealthCheck)
	s.Uuid, s.Summary.Uuid = good.Dvs.Uuid, good.Dvs.Uuid
	s.Name, s.ManagedEntity.Name, s.Summary.Name = good.Dvs.Name, good.Dvs.Name, good.Dvs.Name
	config := s.config()
	config.Uuid, config.Name, config.ConfigVersion = good.Dvs.Uuid, good.Dvs.Name, "1"
	config.ProductInfo = types.DistributedVirtualSwitchProductSpec{
		Name: "DVS", Vendor: "VMware, Inc.", Version: good.Dvs.Version, Build: "24022515", ForwardingClass: "etherswitch",
	}
	s.Summary.ProductInfo = &config.ProductInfo
	config.MaxMtu, config.MaxPorts, config.NumPorts = good.Dvs.MaxMtu, 2147483647, 64
	config.DefaultPortConfig = portSetting(good)
	config.UplinkPortPolicy = &types.DVSNameArrayUplinkPortPolicy{UplinkPortName: good.Dvs.Uplinks}
	config.LinkDiscoveryProtocolConfig = &types.LinkDiscoveryProtocolConfig{Protocol: "lldp", Operation: good.Dvs.Discovery}
	config.NetworkResourceManagementEnabled = &good.Dvs.Nioc
	config.NetworkResourceControlVersion = "version3"
	config.IpfixConfig = &types.VMwareIpfixConfig{ActiveFlowTimeout: 60, IdleFlowTimeout: 15}
	config.LacpApiVersion = "multipleLag"
	config.HealthCheckConfig = []types.BaseDVSHealthCheckConfig{
		&types.VMwareDVSVlanMtuHealthCheckConfig{VMwareDVSHealthCheckConfig: types.VMwareDVSHealthCheckConfig{DVSHealthCheckConfig: types.DVSHealthCheckConfig{Enable: no}}},
		&types.VMwareDVSTeamingHealthCheckConfig{VMwareDVSHealthCheckConfig: types.VMwareDVSHealthCheckConfig{DVSHealthCheckConfig: types.DVSHealthCheckConfig{Enable: no}}},
	}
	for _, member := range s.Summary.HostMember {
		config.Host = append(config.Host, types.DistributedVirtualSwitchHostMember{
			Status: "up", Config: types.DistributedVirtualSwitchHostMemberConfigInfo{
				Host: ref(member), MaxProxySwitchPorts: 512,
				Backing: &types.DistributedVirtualSwitchHostMemberPnicBacking{PnicSpec: []types.DistributedVirtualSwitchHostMemberPnicSpec{
					{PnicDevice: "vmnic2"}, {PnicDevice: "vmnic3"},
				}},
			},
		})
	}
	s.Summary.PortgroupName = nil
	plain, port := 0, 0
	for _, member := range s.Portgroup {
		g := &PortGroup{DistributedVirtualPortgroup: *simulator.Map.Get(member).(*simulator.DistributedVirtualPortgroup), home: s}
		g.ports = map[string]*types.VMwareDVSPortSetting{}
		uplink := false
		if setting, ok := g.Config.DefaultPortConfig.(*types.VMwareDVSPortSetting); ok {
			_, uplink = setting.Vlan.(*types.VmwareDistributedVirtualSwitchTrunkVlanSpec)
		}
		g.Config.DistributedVirtualSwitch = ref(s.Self)
		g.Config.Uplink = types.NewBool(uplink)
		g.Config.Policy = groupPolicy(uplink)
		g.Config.Type = "earlyBinding"
		g.Config.AutoExpand = types.NewBool(false)
		count := 8
		if uplink {
			count = 1
		}
		for len(g.PortKeys) < count {
			g.PortKeys = append(g.PortKeys, strconv.Itoa(port))
			port++
		}
		g.Config.NumPorts = int32(len(g.PortKeys))
		own := marked(reflect.ValueOf(portSetting(good))).Interface().(*types.VMwareDVSPortSetting)
		name := good.Dvs.Name + "-DVUplinks"
		if uplink {
			own.Vlan = &types.VmwareDistributedVirtualSwitchTrunkVlanSpec{VlanId: []types.NumericRange{{Start: 0, End: 4094}}}
			config.UplinkPortgroup = []types.ManagedObjectReference{g.Self}
			g.Tag = []types.Tag{{Key: "SYSTEM/DVS.UPLINKPG"}}
		} else {
			wanted := good.Dvs.Portgroups[plain%len(good.Dvs.Portgroups)]
			plain++
			name = wanted.Name
			own.Vlan = &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: wanted.VlanId}
		}
		g.own = own
		g.Name, g.ManagedEntity.Name, g.Config.Name = name, name, name
		s.Summary.PortgroupName = append(s.Summary.PortgroupName, name)
		g.compute()
		s.groups = append(s.groups, g)
		simulator.Map.Put(g)
	}
}

func ref(r types.ManagedObjectReference) *types.ManagedObjectReference { return &r }
