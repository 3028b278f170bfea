package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/vmware/govmomi/vim25/types"
)

// Action is one request to the control channel.
type Action struct {
	Action string
	Rule
	Host, State, Path, Key string
	Vm                     string
	Value                  json.RawMessage
	Answer                 json.RawMessage
}

// serveControl listens on a loopback port of its own and returns its address.
func serveControl(faults *Faults) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var action Action
		answer := map[string]interface{}{}
		if err := json.NewDecoder(r.Body).Decode(&action); err != nil {
			answer["error"] = err.Error()
		} else if err := act(faults, &action, answer); err != nil {
			answer["error"] = err.Error()
		}
		_ = json.NewEncoder(w).Encode(answer)
	})
	go func() { log.Fatal(http.Serve(listener, handler)) }()
	return fmt.Sprintf("http://%s/_control", listener.Addr())
}

func act(faults *Faults, a *Action, answer map[string]interface{}) error {
	host := hosts[a.Host]
	if a.Host != "" && a.Host != "*" && host == nil && machines[a.Host] == nil {
		return fmt.Errorf("no host %q", a.Host)
	}
	switch a.Action {
	case "fault":
		return faults.add(a.Rule)
	case "clear":
		faults.clear()
		forbidden.Lock()
		forbidden.paths = map[string][]string{}
		forbidden.Unlock()
	case "calls":
		answer["calls"] = faults.counts()
	case "forbid":
		forbidden.Lock()
		forbidden.paths[a.Host] = append(forbidden.paths[a.Host], a.Path)
		forbidden.Unlock()
	case "host_state":
		if host == nil {
			return fmt.Errorf("which host?")
		}
		host.setState(types.HostSystemConnectionState(a.State))
	case "vm":
		vm, value := machines[a.Vm], ""
		if vm == nil {
			return fmt.Errorf("no machine %q", a.Vm)
		}
		if err := json.Unmarshal(a.Value, &value); err != nil {
			return err
		}
		return vm.set(a.Path, value)
	case "hide_option", "remove_option":
		if host == nil {
			return fmt.Errorf("which host?")
		}
		if a.Action == "hide_option" && !host.options.hide(a.Key) || a.Action == "remove_option" && !host.options.remove(a.Key) {
			return fmt.Errorf("no option %q", a.Key)
		}
	case "set_option":
		if host == nil {
			return fmt.Errorf("which host?")
		}
		option := host.options.find(a.Key)
		if option == nil {
			return fmt.Errorf("no option %q", a.Key)
		}
		option.Value = scalar(a.Value)
	case "account":
		rename(a.Key)
	case "attestation":
		if host == nil {
			return fmt.Errorf("which host?")
		}
		host.attest(a.State)
	case "esxcli":
		if host == nil {
			return fmt.Errorf("which host?")
		}
		host.cli.Lock()
		host.esxcli[a.Key] = a.Answer
		host.cli.Unlock()
	default:
		return fmt.Errorf("no action %q", a.Action)
	}
	return nil
}
