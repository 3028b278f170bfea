package main

import (
	"strconv"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Collector pages its answers, adds what govmomi's types lack, and takes out what the account may not see. The
// simulator makes one per session, so a token dies with its session.
type Collector struct {
	simulator.PropertyCollector
	lock  sync.Mutex
	pages map[string][]types.ObjectContent
	size  int
	count int
}

var serverPage int // objects in one answer at most, whatever the client asks for; 0: no limit

// forbidden lists what NoPermission hides: by host name or reference value ("*": all), property paths or prefixes.
var forbidden = struct {
	sync.Mutex
	paths map[string][]string
}{paths: map[string][]string{}}

func (c *Collector) page(objects []types.ObjectContent) *types.RetrieveResult {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.size <= 0 || len(objects) <= c.size {
		return &types.RetrieveResult{Objects: objects}
	}
	if c.pages == nil {
		c.pages = map[string][]types.ObjectContent{}
	}
	c.count++
	token := strconv.Itoa(c.count)
	c.pages[token] = objects[c.size:]
	return &types.RetrieveResult{Objects: objects[:c.size], Token: token}
}

func (c *Collector) RetrievePropertiesEx(ctx *simulator.Context, r *types.RetrievePropertiesEx) soap.HasFault {
	res := c.PropertyCollector.RetrievePropertiesEx(ctx, r)
	body, ok := res.(*methods.RetrievePropertiesExBody)
	if !ok || body.Res == nil || body.Res.Returnval == nil {
		return res
	}
	objects := body.Res.Returnval.Objects
	if ctx.Session != nil {
		for i := range objects {
			amend(&objects[i], asked(r.SpecSet, objects[i].Obj.Type))
		}
	}
	if len(objects) == 0 { // a vCenter answers nothing at all then
		body.Res.Returnval = nil
		return body
	}
	c.size = serverPage
	if wanted := int(r.Options.MaxObjects); wanted > 0 && (c.size == 0 || wanted < c.size) {
		c.size = wanted
	}
	body.Res.Returnval = c.page(objects)
	return body
}

func (c *Collector) ContinueRetrievePropertiesEx(r *types.ContinueRetrievePropertiesEx) soap.HasFault {
	c.lock.Lock()
	objects, ok := c.pages[r.Token]
	delete(c.pages, r.Token)
	c.lock.Unlock()
	if !ok {
		fault := &types.InvalidArgument{InvalidProperty: "token"}
		return &methods.ContinueRetrievePropertiesExBody{Fault_: simulator.Fault("A specified parameter was not correct: token", fault)}
	}
	return &methods.ContinueRetrievePropertiesExBody{
		Res: &types.ContinueRetrievePropertiesExResponse{Returnval: *c.page(objects)},
	}
}

func (c *Collector) CancelRetrievePropertiesEx(r *types.CancelRetrievePropertiesEx) soap.HasFault {
	c.lock.Lock()
	delete(c.pages, r.Token)
	c.lock.Unlock()
	return &methods.CancelRetrievePropertiesExBody{Res: &types.CancelRetrievePropertiesExResponse{}}
}

// Fetch answers one attribute; unset is an empty answer, as from a vCenter.
func (c *Collector) Fetch(ctx *simulator.Context, r *Fetch) soap.HasFault {
	if r.This == vim25.ServiceInstance && r.Prop == "content" {
		instance := ctx.Map.Get(r.This).(*simulator.ServiceInstance)
		return &FetchBody{Res: &FetchResponse{Returnval: instance.Content}}
	}
	res := c.PropertyCollector.RetrievePropertiesEx(ctx, &types.RetrievePropertiesEx{
		SpecSet: []types.PropertyFilterSpec{{
			PropSet:   []types.PropertySpec{{Type: r.This.Type, PathSet: []string{r.Prop}}},
			ObjectSet: []types.ObjectSpec{{Obj: r.This}},
		}},
	})
	if fault := res.Fault(); fault != nil {
		return &FetchBody{Fault_: fault}
	}
	out := &FetchResponse{}
	for _, object := range res.(*methods.RetrievePropertiesExBody).Res.Returnval.Objects {
		if ctx.Session != nil {
			amend(&object, []string{r.Prop})
		}
		for _, property := range object.PropSet {
			out.Returnval = property.Val
		}
		for _, missing := range object.MissingSet {
			return &FetchBody{Fault_: simulator.Fault(missing.Fault.LocalizedMessage, missing.Fault.Fault)}
		}
	}
	return &FetchBody{Res: out}
}

func asked(specs []types.PropertyFilterSpec, kind string) []string {
	paths := []string{}
	for _, spec := range specs {
		for _, set := range spec.PropSet {
			if set.Type == kind || set.Type == "ManagedEntity" {
				paths = append(paths, set.PathSet...)
			}
		}
	}
	return paths
}

// amend gives the newer properties of a host and hides what is forbidden.
func amend(object *types.ObjectContent, paths []string) {
	host := hosts[object.Obj.Value]
	if object.Obj.Type == "HostSystem" && host != nil {
		for i := range object.PropSet {
			if value := newer(host, object.PropSet[i].Name); value != nil {
				object.PropSet[i].Val = value
			}
		}
		have := map[string]bool{}
		for _, property := range object.PropSet {
			have[property.Name] = true
		}
		for _, path := range paths {
			if value := newer(host, path); value != nil && !have[path] {
				object.PropSet = append(object.PropSet, types.DynamicProperty{Name: path, Val: value})
				object.MissingSet = without(object.MissingSet, path)
			}
		}
	}
	if object.Obj.Type == "VirtualMachine" {
		amendVM(object, paths)
	}
	hide(object, host)
}

func newer(h *Host, path string) types.AnyType {
	switch path {
	case "runtime":
		return HostRuntimeInfo{HostRuntimeInfo: h.Runtime, StateEncryption: &h.stateEncryption}
	case "runtime.stateEncryption":
		return h.stateEncryption
	case "runtime.stateEncryption.protectionMode":
		return h.stateEncryption.ProtectionMode
	case "runtime.stateEncryption.requireSecureBoot":
		return *h.stateEncryption.RequireSecureBoot
	case "runtime.stateEncryption.requireExecInstalledOnly":
		return *h.stateEncryption.RequireExecInstalledOnly
	case "capability":
		return HostCapability{HostCapability: *h.Capability, UefiSecureBoot: &h.uefiSecureBoot}
	case "capability.uefiSecureBoot":
		return h.uefiSecureBoot
	case "config":
		return HostConfigInfo{HostConfigInfo: *h.Config, Certificate: signed(h.certificate)}
	case "config.dateTimeInfo":
		return HostDateTimeInfo{HostDateTimeInfo: *h.Config.DateTimeInfo, Enabled: &h.timeEnabled}
	case "config.network.pnic":
		return h.nics()
	case "config.certificate":
		return ArrayOfByte{Byte: signed(h.certificate)}
	}
	return nil
}

func without(list []types.MissingProperty, path string) []types.MissingProperty {
	kept := []types.MissingProperty{}
	for _, missing := range list {
		if missing.Path != path {
			kept = append(kept, missing)
		}
	}
	return kept
}

func hide(object *types.ObjectContent, host *Host) {
	forbidden.Lock()
	defer forbidden.Unlock()
	rules := append(append([]string{}, forbidden.paths["*"]...), forbidden.paths[object.Obj.Value]...)
	if host != nil {
		rules = append(rules, forbidden.paths[host.Name]...)
	}
	if vm := machines[object.Obj.Value]; vm != nil {
		rules = append(rules, forbidden.paths[vm.Name]...)
	}
	if len(rules) == 0 {
		return
	}
	kept := []types.DynamicProperty{}
	for _, property := range object.PropSet {
		hidden := false
		for _, rule := range rules {
			hidden = hidden || property.Name == rule || strings.HasPrefix(property.Name, rule+".")
		}
		if !hidden {
			kept = append(kept, property)
			continue
		}
		fault := &types.NoPermission{Object: object.Obj, PrivilegeId: "System.Read"}
		object.MissingSet = append(object.MissingSet, types.MissingProperty{
			Path: property.Name, Fault: types.LocalizedMethodFault{Fault: fault, LocalizedMessage: "Permission to perform this operation was denied."},
		})
	}
	object.PropSet = kept
}
