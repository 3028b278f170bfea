// vcsimx is a vCenter, or one ESXi host, for tests: govmomi's simulator package with what a hardening audit reads.
// launch.py builds and runs it; README.md says what it shows.
package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/url"
	"os"
	"os/signal"
	"sort"
	"strconv"
	"strings"
	"syscall"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"
)

func main() {
	data := flag.String("data", "good_host.json", "what a host looks like")
	clusters := flag.Int("cluster", 1, "number of clusters")
	perCluster := flag.Int("host", 2, "hosts per cluster")
	esx := flag.Bool("esx", false, "be one ESXi host, not a vCenter")
	vms := flag.Int("vms", 0, "virtual machines per cluster, or on the one host")
	names := flag.String("names", "esx-%02d.example.test", "names of the hosts")
	options := flag.Int("options", 0, "fill the advanced options up to this number")
	hidden := flag.String("hidden", "", "option keys, by comma: answered under their exact name only")
	absent := flag.String("absent", "", "option keys, by comma: not there at all")
	certDays := flag.Int("host-cert-days", 365, "days the hosts' certificates are still valid")
	nexus := flag.String("nexus-uuid", "", "add a distributed switch of Cisco's with this uuid")
	flag.IntVar(&serverPage, "page", 100, "objects in one answer at most; 0: no limit")
	delay := flag.Int("delay", 0, "milliseconds added to every SOAP call")
	apiVersion := flag.String("api-version", "8.0.3.0", "API version announced; pyVmomi must know it exactly")
	listen := flag.String("l", "127.0.0.1:0", "listen address")
	isTLS := flag.Bool("tls", true, "serve https")
	cert := flag.String("tlscert", "", "server certificate (PEM)")
	key := flag.String("tlskey", "", "key of -tlscert (PEM)")
	gzip := flag.Bool("gzip", false, "compress answers for clients that accept it")
	user := flag.String("username", "", "demand this login name; its password is in VCSIMX_PASSWORD")
	flag.Parse()

	m := simulator.VPX()
	if *esx {
		m = simulator.ESX()
	} else {
		m.Cluster, m.ClusterHost, m.Host, m.Portgroup = *clusters, *perCluster, 0, 2
	}
	m.Machine, m.Autostart = *vms, false
	m.DelayConfig.Delay = *delay
	good := loadGood(*data, "vc01.example.test", 0)
	about := good.Vcenter.About
	if *esx {
		about = good.Product
	}
	about.ApiVersion = *apiVersion
	about.InstanceUuid = m.ServiceContent.About.InstanceUuid
	m.ServiceContent.About = about
	if err := m.Create(); err != nil {
		log.Fatal(err)
	}
	defer m.Remove()
	wishes := Wishes{options: *options, hidden: list(*hidden), absent: list(*absent), certDays: *certDays, standalone: *esx}
	ca := newHostCA()
	all := simulator.Map.All("HostSystem")
	sort.Slice(all, func(i, j int) bool { return serial(all[i].Reference().Value) < serial(all[j].Reference().Value) })
	for i, entity := range all {
		name := fmt.Sprintf(*names, i+1)
		furnish(entity.(*simulator.HostSystem), name, i+1, loadGood(*data, name, i+1), ca, wishes)
	}
	furnishVMs(good)
	if !*esx {
		furnishCentre(m, good, *nexus)
	}
	furnishLicences(m, good, *esx)
	furnishStores()
	pc := &Collector{}
	pc.Self = m.ServiceContent.PropertyCollector
	simulator.Map.Put(pc)

	m.Service.Listen = &url.URL{Host: *listen}
	service = m.Service
	if *user != "" {
		m.Service.Listen.User = url.UserPassword(*user, os.Getenv("VCSIMX_PASSWORD"))
	}
	if *isTLS {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			log.Fatal(err)
		}
		m.Service.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	server := m.Service.NewServer()
	faults := &Faults{next: server.Config.Handler, gzip: *gzip, dead: map[string]bool{}, calls: map[string]int{}}
	server.Config.Handler = faults
	control := serveControl(faults)
	port, _ := strconv.Atoi(server.URL.Port())
	shown := *server.URL // a copy: the server checks logins against the original
	shown.User = nil     // the password is nobody's business
	ready, _ := json.Marshal(map[string]interface{}{"url": shown.String(), "port": port, "control": control})
	fmt.Println(string(ready))
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	<-stop
}

// furnishCentre sets what belongs to the vCenter itself: options, distributed switches, names.
func furnishCentre(m *simulator.Model, good *Good, nexus string) {
	settings := simulator.Map.OptionManager()
	kept := []types.BaseOptionValue{}
	for _, setting := range settings.Setting {
		if _, ours := good.Vcenter.Options[setting.GetOptionValue().Key]; !ours {
			kept = append(kept, setting)
		}
	}
	settings.Setting = append(kept, optionValues(good.Vcenter.Options)...)
	furnishExtensions(m, good)
	ctx := context.Background()
	client, err := vim25.NewClient(ctx, m.Service)
	if err != nil {
		log.Fatal(err)
	}
	finder := find.NewFinder(client, false)
	centre, err := finder.DefaultDatacenter(ctx)
	if err != nil {
		log.Fatal(err)
	}
	folders, err := centre.Folders(ctx)
	if err != nil {
		log.Fatal(err)
	}
	if err := furnishSwitches(m, folders.NetworkFolder, good, nexus); err != nil {
		log.Fatal(err)
	}
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// serial is the number at the end of a reference ("host-21"), so that hosts are numbered in the order they were made.
func serial(value string) int {
	n, _ := strconv.Atoi(value[strings.LastIndex(value, "-")+1:])
	return n
}
