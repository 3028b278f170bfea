package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"sort"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
)

// MethodExecuter runs esxcli for one host. Its answers are shaped as govmomi's and rbvmomi's readers expect them; no
// real host was asked.
type MethodExecuter struct {
	mo.HostKernelModuleSystem // any managed object type will do: nothing reads its properties
	host                      *Host
}

func (m *MethodExecuter) ExecuteSoap(r *ExecuteSoap) soap.HasFault {
	if fault := m.host.away(); fault != nil {
		return &ExecuteSoapBody{Fault_: fault}
	}
	name := strings.TrimPrefix(r.Method, "vim.EsxCLI.")
	m.host.cli.Lock()
	key := name
	for _, argument := range r.Argument {
		key += " " + argument.Name + "=" + plainText(argument.Val)
	}
	raw, ok := m.host.esxcli[key]
	m.host.cli.Unlock()
	dot := strings.LastIndex(name, ".")
	if !ok || dot < 0 || r.Moid != "ha-cli-handler-"+strings.ReplaceAll(name[:dot], ".", "-") {
		return failure("EsxCLI.CLIFault.summary")
	}
	text, err := cliAnswer("VimEsxCLI"+strings.ReplaceAll(name, ".", ""), raw)
	if err != nil {
		return failure(err.Error())
	}
	return &ExecuteSoapBody{Res: &ExecuteSoapResponse{Returnval: &ReflectManagedMethodExecuterSoapResult{Response: text}}}
}

// plainText is what stands in an argument's element.
func plainText(element string) string {
	var value struct {
		Text string `xml:",chardata"`
	}
	if xml.Unmarshal([]byte(element), &value) != nil {
		return "?"
	}
	return value.Text
}

func failure(message string) soap.HasFault {
	fault := &ReflectManagedMethodExecuterSoapFault{FaultMsg: message}
	return &ExecuteSoapBody{Res: &ExecuteSoapResponse{Returnval: &ReflectManagedMethodExecuterSoapResult{Fault: fault}}}
}

func cliAnswer(kind string, raw json.RawMessage) (string, error) {
	const space = `xmlns="urn:vim25" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" versionId="5.0"`
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return "<obj " + space + ` xsi:type="xsd:string">` + escaped(text) + "</obj>", nil
	}
	var rows []map[string]string
	if json.Unmarshal(raw, &rows) == nil {
		var out strings.Builder
		out.WriteString("<obj " + space + ` xsi:type="ArrayOfDataObject">`)
		for _, row := range rows {
			out.WriteString(`<DataObject xsi:type="` + kind + `">` + cliFields(row) + "</DataObject>")
		}
		return out.String() + "</obj>", nil
	}
	var row map[string]string
	err := json.Unmarshal(raw, &row)
	return "<obj " + space + ` xsi:type="` + kind + `">` + cliFields(row) + "</obj>", err
}

func cliFields(row map[string]string) string {
	names := make([]string, 0, len(row))
	for name := range row {
		names = append(names, name)
	}
	sort.Strings(names)
	var out strings.Builder
	for _, name := range names {
		out.WriteString("<" + name + ">" + escaped(row[name]) + "</" + name + ">")
	}
	return out.String()
}

func escaped(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text))
	return out.String()
}
