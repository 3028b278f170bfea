package main

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// Good is good_host.json: what each host, the vCenter, its switch and its VMs look like.
type Good struct {
	Product              types.AboutInfo
	Hardware             struct{ Vendor, Model, SerialNumber, BiosVersion string }
	Management_server_ip string
	Options              map[string]json.RawMessage
	Services             []types.HostService
	Firewall             types.HostFirewallInfo
	Lockdown             struct {
		Mode       types.HostLockdownMode
		Exceptions []string
	}
	Acceptance    string
	Image_profile types.HostImageProfileSummary
	Licence       struct{ Edition, Name string }
	Access        []types.HostAccessControlEntry
	Date_time     types.HostDateTimeInfo
	Time_enabled  bool
	Dns           types.HostDnsConfig
	Gateway       string
	Vswitch       []struct {
		Name          string
		NumPorts, Mtu int32
		Nics          []string
		Policy        types.HostNetworkPolicy
	}
	Portgroup []types.HostPortGroupSpec
	Pnic      []struct {
		Device, Pci, Driver, Mac, DriverVersion, Firmware string
		SpeedMb                                           int32
	}
	Vnic []struct {
		Device, Portgroup, Ip, Mask, Mac, Stack string
		Mtu                                     int32
	}
	Vnic_services        map[string][]string
	Active_directory     types.HostActiveDirectoryInfo
	Diagnostic_partition types.HostDiagnosticPartition
	Hyper_thread         types.HostHyperThreadScheduleInfo
	Power                types.HostPowerPolicy
	Iscsi                struct{ Device, Model, Driver, IScsiName, Chap, MutualChap, Target string }
	Luns                 []struct {
		Id, Policy, Satp, Vendor, Model, Vaai string
		QueueDepth                            int32
		Paths                                 []string
		Size_blocks                           int64
		Local                                 bool
	}
	Snmp             types.HostSnmpConfigSpec
	Packages         []types.SoftwarePackage
	Modules          []string
	State_encryption HostRuntimeInfoStateEncryptionInfo
	Capability       struct {
		TpmSupported, UefiSecureBoot bool
		TpmVersion                   string
	}
	Esxcli  map[string]json.RawMessage
	Vcenter struct {
		About      types.AboutInfo
		Options    map[string]json.RawMessage
		Extensions []struct{ Key, Version, Company string }
	}
	Dvs struct {
		Name, Version, Uuid, Discovery string
		HealthCheck, Nioc              bool
		MaxMtu                         int32
		Uplinks                        []string
		Policy                         struct {
			AllowPromiscuous, MacChanges, ForgedTransmits, MacLearning bool
			Teaming                                                    string
			Active, Standby                                            []string
		}
		Portgroups []struct {
			Name   string
			VlanId int32
		}
	}
	Vm struct {
		Version, Firmware, MigrateEncryption, FtEncryptionMode string
		SecureBoot                                             bool
		GuestId                                                string
		Tools                                                  struct{ Running, VersionStatus string }
		ExtraConfig                                            map[string]string
	}
}

// loadGood reads the template for one host: number counts from 1.
func loadGood(path, name string, number int) *Good {
	raw, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	good := &Good{}
	if err := json.Unmarshal([]byte(placeholders(name, number).Replace(string(raw))), good); err != nil {
		log.Fatalf("%s: %s", path, err)
	}
	return good
}

// placeholders fills in what differs per host; host.py does the same. README.md lists them.
func placeholders(name string, n int) *strings.Replacer {
	short, domain, _ := strings.Cut(name, ".")
	mac := func(kind, i int) string {
		return fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", kind, n>>16&255, n>>8&255, n&255, i)
	}
	sum := sha1.Sum([]byte(name))
	h := fmt.Sprintf("%x", sum[:16])
	pairs := []string{
		"{{n}}", fmt.Sprint(n), "{{name}}", name, "{{short}}", short, "{{domain}}", domain,
		"{{serial}}", fmt.Sprintf("SN%06d", n),
		"{{uuid}}", fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:32]),
		"{{scratch}}", fmt.Sprintf("%s-%s-%s-%s", h[:8], h[8:16], h[16:20], h[20:32]),
		"{{naa}}", "6" + h[:15],
		"{{bus0}}", fmt.Sprintf("%02x", 0x18+n%16), "{{bus1}}", fmt.Sprintf("%02x", 0x3b+n%16),
		"{{ip0}}", fmt.Sprintf("10.10.%d.%d", n/250, n%250+1), "{{ip1}}", fmt.Sprintf("10.20.%d.%d", n/250, n%250+1),
		"{{vmk0}}", mac(0x50, 0), "{{vmk1}}", mac(0x50, 1),
	}
	for i := 0; i < 4; i++ {
		pairs = append(pairs, fmt.Sprintf("{{mac%d}}", i), mac(0x10, i))
	}
	return strings.NewReplacer(pairs...)
}

// optionValues turns the JSON table into options sorted by key; integers are 64 bit, as ESXi gives most of its own.
func optionValues(table map[string]json.RawMessage) []types.BaseOptionValue {
	keys := make([]string, 0, len(table))
	for key := range table {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	out := make([]types.BaseOptionValue, 0, len(keys))
	for _, key := range keys {
		out = append(out, &types.OptionValue{Key: key, Value: scalar(table[key])})
	}
	return out
}

func scalar(raw json.RawMessage) types.AnyType {
	var number int64
	if json.Unmarshal(raw, &number) == nil {
		return number
	}
	var flag bool
	if json.Unmarshal(raw, &flag) == nil {
		return flag
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		log.Fatalf("an option is neither number, truth value nor text: %s", raw)
	}
	return text
}
