package main

import (
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// PhysicalNic adds what came with 8.0; it hides govmomi's.
type PhysicalNic struct {
	types.PhysicalNic
	DriverVersion   string `xml:"driverVersion,omitempty"`
	FirmwareVersion string `xml:"firmwareVersion,omitempty"`
}

type ArrayOfPhysicalNic struct {
	PhysicalNic []PhysicalNic `xml:"PhysicalNic"`
}

func (h *Host) nics() ArrayOfPhysicalNic {
	out := ArrayOfPhysicalNic{}
	for i, nic := range h.Config.Network.Pnic {
		one := PhysicalNic{PhysicalNic: nic}
		if i < len(h.nicVersions) {
			one.DriverVersion, one.FirmwareVersion = h.nicVersions[i][0], h.nicVersions[i][1]
		}
		out.PhysicalNic = append(out.PhysicalNic, one)
	}
	return out
}

func (s *HostDateTimeSystem) QueryDateTime(*types.QueryDateTime) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.QueryDateTimeBody{Fault_: fault}
	}
	return &methods.QueryDateTimeBody{Res: &types.QueryDateTimeResponse{Returnval: time.Now().UTC().Add(s.ahead)}}
}

// UpdateDateTime sets the host's clock: it runs on from there.
func (s *HostDateTimeSystem) UpdateDateTime(r *types.UpdateDateTime) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.UpdateDateTimeBody{Fault_: fault}
	}
	s.ahead = time.Until(r.DateTime)
	return &methods.UpdateDateTimeBody{Res: &types.UpdateDateTimeResponse{}}
}

func (s *HostImageConfigManager) HostImageConfigGetProfile(*types.HostImageConfigGetProfile) soap.HasFault {
	if fault := s.host.away(); fault != nil {
		return &methods.HostImageConfigGetProfileBody{Fault_: fault}
	}
	return &methods.HostImageConfigGetProfileBody{Res: &types.HostImageConfigGetProfileResponse{Returnval: s.profile}}
}

// Licences answers for every host; the key itself is a placeholder, as a collector must not keep it.
type Licences struct {
	mo.LicenseAssignmentManager
	good *Good
	all  []types.LicenseAssignmentManagerLicenseAssignment
}

func licence(edition, name string) types.LicenseManagerLicenseInfo {
	return types.LicenseManagerLicenseInfo{LicenseKey: "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE", EditionKey: edition, Name: name, Total: 64, CostUnit: "cpuPackage"}
}

func (m *Licences) QueryAssignedLicenses(r *types.QueryAssignedLicenses) soap.HasFault {
	out := []types.LicenseAssignmentManagerLicenseAssignment{}
	for _, one := range m.all {
		if r.EntityId == "" || r.EntityId == one.EntityId {
			out = append(out, one)
		}
	}
	return &methods.QueryAssignedLicensesBody{Res: &types.QueryAssignedLicensesResponse{Returnval: out}}
}

// UpdateAssignedLicense puts an entity back to evaluation mode; no other key is known here.
func (m *Licences) UpdateAssignedLicense(r *types.UpdateAssignedLicense) soap.HasFault {
	for i := range m.all {
		if m.all[i].EntityId == r.Entity {
			m.all[i].AssignedLicense = simulator.EvalLicense
			if r.LicenseKey != "00000-00000-00000-00000-00000" {
				m.all[i].AssignedLicense = licence(m.good.Licence.Edition, m.good.Licence.Name)
			}
			return &methods.UpdateAssignedLicenseBody{Res: &types.UpdateAssignedLicenseResponse{Returnval: m.all[i].AssignedLicense}}
		}
	}
	return &methods.UpdateAssignedLicenseBody{Fault_: simulator.Fault("", &types.NotFound{})}
}

// furnishLicences licenses the vCenter and every host, or the one host.
func furnishLicences(m *simulator.Model, good *Good, standalone bool) {
	manager := simulator.Map.Get(*m.ServiceContent.LicenseManager).(*simulator.LicenseManager)
	manager.Licenses = []types.LicenseManagerLicenseInfo{licence(good.Licence.Edition, good.Licence.Name)}
	if standalone {
		return
	}
	ours := &Licences{good: good}
	ours.Self = *manager.LicenseAssignmentManager
	uuid := m.ServiceContent.About.InstanceUuid
	ours.all = append(ours.all, types.LicenseAssignmentManagerLicenseAssignment{
		EntityId: uuid, EntityDisplayName: "vCenter", AssignedLicense: licence("vc.standard.instance", "vCenter Server 8 Standard"),
	})
	for _, entity := range simulator.Map.All("HostSystem") {
		ours.all = append(ours.all, types.LicenseAssignmentManagerLicenseAssignment{
			EntityId: entity.Reference().Value, Scope: uuid, AssignedLicense: licence(good.Licence.Edition, good.Licence.Name),
		})
	}
	simulator.Map.Put(ours)
}

// Store is a datastore that can be renamed.
type Store struct{ simulator.Datastore }

func (s *Store) RenameTask(r *types.Rename_Task) soap.HasFault {
	s.Name, s.Summary.Name, s.ManagedEntity.Name = r.NewName, r.NewName, r.NewName
	task := simulator.CreateTask(s, "rename", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) { return nil, nil })
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: task.Run()}}
}

// furnishStores marks the simulator's datastore as shared and gives each host one of its own.
func furnishStores() {
	for _, entity := range simulator.Map.All("Datastore") {
		shared := entity.(*simulator.Datastore)
		shared.Summary.MultipleHostAccess = types.NewBool(true)
		folder := simulator.Map.Get(*shared.Parent).(*simulator.Folder)
		for _, found := range simulator.Map.All("HostSystem") {
			host := hosts[found.Reference().Value]
			short, _, _ := strings.Cut(host.Name, ".")
			own := &Store{simulator.Datastore{Datastore: shared.Datastore}}
			own.Self = types.ManagedObjectReference{Type: "Datastore", Value: "datastore-local-" + host.Self.Value}
			own.Name, own.Summary.Name = short+"-local", short+"-local"
			own.ManagedEntity.Name = own.Name
			own.Summary.Datastore = ref(own.Self)
			own.Summary.MultipleHostAccess, own.Summary.Type = types.NewBool(false), "VMFS"
			own.Host, own.Vm = []types.DatastoreHostMount{{Key: host.Self, MountInfo: shared.Host[0].MountInfo}}, nil
			simulator.Map.Put(own)
			folder.ChildEntity = append(folder.ChildEntity, own.Self)
			host.Datastore = append(append([]types.ManagedObjectReference{}, host.Datastore...), own.Self)
		}
		return
	}
}
