package main

import (
	"reflect"

	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Types that the API has and govmomi 0.24.2 has not, or writes differently from a vCenter. The name of the Go type
// becomes the xsi:type on the wire, so each is called as in the API.

// HostRuntimeInfoStateEncryptionInfo exists since 7.0.3.
type HostRuntimeInfoStateEncryptionInfo struct {
	ProtectionMode           string `xml:"protectionMode"`
	RequireSecureBoot        *bool  `xml:"requireSecureBoot"`
	RequireExecInstalledOnly *bool  `xml:"requireExecInstalledOnly"`
}

// HostRuntimeInfo adds what came after 7.0.
type HostRuntimeInfo struct {
	types.HostRuntimeInfo
	StateEncryption *HostRuntimeInfoStateEncryptionInfo `xml:"stateEncryption,omitempty"`
}

// HostCapability adds what came after 7.0.
type HostCapability struct {
	types.HostCapability
	UefiSecureBoot *bool `xml:"uefiSecureBoot"`
}

// HostDateTimeInfo adds what came with 7.0.3.
type HostDateTimeInfo struct {
	types.HostDateTimeInfo
	Enabled *bool `xml:"enabled"`
}

// ArrayOfByte is written as a vCenter does, one element a byte; govmomi writes the bytes as one text.
type ArrayOfByte struct {
	Byte []int8 `xml:"byte"`
}

// HostConfigInfo hides govmomi's certificate behind one that is written as a vCenter does.
type HostConfigInfo struct {
	types.HostConfigInfo
	Certificate []int8 `xml:"certificate,omitempty"`
}

func signed(data []byte) []int8 {
	out := make([]int8, len(data))
	for i, b := range data {
		out[i] = int8(b)
	}
	return out
}

// Fetch is how pyVmomi reads one attribute. Registered in place of the simulator's own, which panics when a property
// is unset.
type Fetch struct {
	This types.ManagedObjectReference `xml:"_this"`
	Prop string                       `xml:"prop"`
}

type FetchResponse struct {
	Returnval types.AnyType `xml:"returnval,omitempty,typeattr"`
}

type FetchBody struct {
	Res    *FetchResponse
	Fault_ *soap.Fault
}

func (b *FetchBody) Fault() *soap.Fault { return b.Fault_ }

// esxcli travels in these: RetrieveManagedMethodExecuter on the host, then ExecuteSoap on what that returned.

type RetrieveManagedMethodExecuter struct {
	This types.ManagedObjectReference `xml:"_this"`
}

type RetrieveManagedMethodExecuterResponse struct {
	Returnval types.ManagedObjectReference `xml:"returnval"`
}

type RetrieveManagedMethodExecuterBody struct {
	Res    *RetrieveManagedMethodExecuterResponse
	Fault_ *soap.Fault
}

func (b *RetrieveManagedMethodExecuterBody) Fault() *soap.Fault { return b.Fault_ }

type ReflectManagedMethodExecuterSoapArgument struct {
	Name string `xml:"name"`
	Val  string `xml:"val"`
}

type ExecuteSoap struct {
	This     types.ManagedObjectReference               `xml:"_this"`
	Moid     string                                     `xml:"moid"`
	Version  string                                     `xml:"version"`
	Method   string                                     `xml:"method"`
	Argument []ReflectManagedMethodExecuterSoapArgument `xml:"argument,omitempty"`
}

type ReflectManagedMethodExecuterSoapFault struct {
	FaultMsg    string `xml:"faultMsg"`
	FaultDetail string `xml:"faultDetail,omitempty"`
}

type ReflectManagedMethodExecuterSoapResult struct {
	Response string                                 `xml:"response,omitempty"`
	Fault    *ReflectManagedMethodExecuterSoapFault `xml:"fault,omitempty"`
}

type ExecuteSoapResponse struct {
	Returnval *ReflectManagedMethodExecuterSoapResult `xml:"returnval"`
}

type ExecuteSoapBody struct {
	Res    *ExecuteSoapResponse
	Fault_ *soap.Fault
}

func (b *ExecuteSoapBody) Fault() *soap.Fault { return b.Fault_ }

func init() {
	types.Add("Fetch", reflect.TypeOf(Fetch{}))
	types.Add("RetrieveManagedMethodExecuter", reflect.TypeOf(RetrieveManagedMethodExecuter{}))
	types.Add("ExecuteSoap", reflect.TypeOf(ExecuteSoap{}))
	types.Add("ReflectManagedMethodExecuterSoapArgument", reflect.TypeOf(ReflectManagedMethodExecuterSoapArgument{}))
}
