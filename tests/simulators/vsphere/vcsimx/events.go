package main

import (
	"net/url"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// service checks logins against the user of its address, which may change while the simulator runs.
var service *simulator.Service

// rename lets another name log in with the same password: events tell who did what.
func rename(name string) {
	password, _ := service.Listen.User.Password()
	service.Listen.User = url.UserPassword(name, password)
}

// tell posts the event of a task on a host, in the name of whoever is logged in, as a vCenter does for most changes
// that it passes on. A host alone has no events here.
func tell(ctx *simulator.Context, h *Host, method, words string) {
	if simulator.Map.IsESX() {
		return
	}
	event := &types.TaskEvent{Info: types.TaskInfo{
		Key: "task-of-event", Task: types.ManagedObjectReference{Type: "Task", Value: "task-of-event"}, DescriptionId: method,
		Entity: &h.Self, EntityName: h.Name, State: types.TaskInfoStateSuccess, QueueTime: time.Now(),
		Reason: &types.TaskReasonUser{UserName: ctx.Session.UserName},
	}}
	event.FullFormattedMessage = "Task: " + words
	event.Host = &types.HostEventArgument{
		EntityEventArgument: types.EntityEventArgument{Name: h.Name},
		Host:                h.Self,
	}
	simulator.Map.EventManager().PostEvent(ctx, &types.PostEvent{EventToPost: event})
}

// tellOfMachine posts the event of a machine that was reconfigured.
func tellOfMachine(ctx *simulator.Context, v *VM, spec types.VirtualMachineConfigSpec) {
	if simulator.Map.IsESX() {
		return
	}
	event := &types.VmReconfiguredEvent{ConfigSpec: spec}
	event.Vm = &types.VmEventArgument{
		EntityEventArgument: types.EntityEventArgument{Name: v.Name},
		Vm:                  v.Self,
	}
	simulator.Map.EventManager().PostEvent(ctx, &types.PostEvent{EventToPost: event})
}
