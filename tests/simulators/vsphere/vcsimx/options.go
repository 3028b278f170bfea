package main

import (
	"fmt"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// HostOptions are the advanced options of one host. `Setting` is what bulk answers give; hidden keys are answered
// under their exact name only, as real hosts do with some.
type HostOptions struct {
	mo.OptionManager
	host   *Host
	hidden map[string]types.BaseOptionValue // by lower-case key
}

func newHostOptions(h *Host, settings []types.BaseOptionValue, fill int, hidden, absent []string) *HostOptions {
	o := &HostOptions{host: h, hidden: map[string]types.BaseOptionValue{}}
	for i := len(settings); i < fill; i++ {
		settings = append(settings, &types.OptionValue{Key: fmt.Sprintf("Misc.Filler%04dSettingOption", i), Value: int64(i)})
	}
	o.Setting = settings
	h.Config.Option = settings
	for _, key := range hidden {
		o.hide(key)
	}
	for _, key := range absent {
		o.remove(key)
	}
	return o
}

func (o *HostOptions) take(key string) types.BaseOptionValue {
	for i, setting := range o.Setting {
		if strings.EqualFold(setting.GetOptionValue().Key, key) {
			rest := append([]types.BaseOptionValue{}, o.Setting[:i]...)
			o.Setting = append(rest, o.Setting[i+1:]...)
			o.host.Config.Option = o.Setting
			return setting
		}
	}
	return nil
}

func (o *HostOptions) hide(key string) bool {
	setting := o.take(key)
	if setting != nil {
		o.hidden[strings.ToLower(key)] = setting
	}
	return setting != nil
}

func (o *HostOptions) remove(key string) bool {
	_, was := o.hidden[strings.ToLower(key)]
	delete(o.hidden, strings.ToLower(key))
	return o.take(key) != nil || was
}

func (o *HostOptions) find(key string) *types.OptionValue {
	if setting, ok := o.hidden[strings.ToLower(key)]; ok {
		return setting.GetOptionValue()
	}
	for _, setting := range o.Setting {
		if strings.EqualFold(setting.GetOptionValue().Key, key) {
			return setting.GetOptionValue()
		}
	}
	return nil
}

// QueryOptions gives one option under its exact name, or all below a name that ends in a dot.
func (o *HostOptions) QueryOptions(r *types.QueryOptions) soap.HasFault {
	if fault := o.host.away(); fault != nil {
		return &methods.QueryOptionsBody{Fault_: fault}
	}
	found := &types.QueryOptionsResponse{}
	if option := o.find(r.Name); option != nil {
		found.Returnval = []types.BaseOptionValue{option}
	} else if r.Name == "" || strings.HasSuffix(r.Name, ".") {
		for _, setting := range o.Setting {
			if strings.HasPrefix(strings.ToLower(setting.GetOptionValue().Key), strings.ToLower(r.Name)) {
				found.Returnval = append(found.Returnval, setting)
			}
		}
	}
	if len(found.Returnval) == 0 {
		fault := &types.InvalidName{Name: r.Name}
		return &methods.QueryOptionsBody{Fault_: simulator.Fault("The name is not valid.", fault)}
	}
	return &methods.QueryOptionsBody{Res: found}
}

// UpdateOptions changes known keys only, as a host does.
func (o *HostOptions) UpdateOptions(ctx *simulator.Context, r *types.UpdateOptions) soap.HasFault {
	if fault := o.host.away(); fault != nil {
		return &methods.UpdateOptionsBody{Fault_: fault}
	}
	for _, change := range r.ChangedValue {
		wanted := change.GetOptionValue()
		option := o.find(wanted.Key)
		if option == nil {
			fault := &types.InvalidName{Name: wanted.Key}
			return &methods.UpdateOptionsBody{Fault_: simulator.Fault("The name is not valid.", fault)}
		}
		option.Value = wanted.Value
		if number, ok := wanted.Value.(int32); ok {
			option.Value = int64(number)
		}
	}
	tell(ctx, o.host, "option.OptionManager.updateValues", "Update option values")
	return &methods.UpdateOptionsBody{Res: &types.UpdateOptionsResponse{}}
}
