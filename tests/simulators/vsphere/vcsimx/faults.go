package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Rule says what happens to calls that match it.
type Rule struct {
	Fault      string  // drop hang drip status html cut not_authenticated no_permission
	Method     string  // this SOAP method only; empty: any
	Containing string  // requests with this text only, such as a host's reference
	After      int     // let so many matching calls pass first
	Times      int     // then do it so often; 0: from then on
	Seconds    float64 // hang: how long; drip: pause between bytes
	Status     int     // status: which; default 503
}

// Faults stands before the simulator's own handler.
type Faults struct {
	next  http.Handler
	gzip  bool
	lock  sync.Mutex
	rules []*Rule
	dead  map[string]bool // session cookies that are not authenticated any more
	calls map[string]int
}

var methodName = regexp.MustCompile(`<(?:[A-Za-z0-9]+:)?Body[^>]*>\s*<(?:[A-Za-z0-9]+:)?([A-Za-z_]+)`)

func (f *Faults) add(rule Rule) error {
	switch rule.Fault {
	case "drop", "hang", "drip", "status", "html", "cut", "not_authenticated", "no_permission":
		f.lock.Lock()
		f.rules = append(f.rules, &rule)
		f.lock.Unlock()
		return nil
	}
	return fmt.Errorf("no fault %q", rule.Fault)
}

func (f *Faults) clear() {
	f.lock.Lock()
	f.rules = nil
	f.lock.Unlock()
}

func (f *Faults) counts() map[string]int {
	f.lock.Lock()
	defer f.lock.Unlock()
	out := map[string]int{}
	for name, n := range f.calls {
		out[name] = n
	}
	return out
}

// match finds the rule that is due for this call, and counts.
func (f *Faults) match(method, body, cookie string) (Rule, bool) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.calls[method]++
	open := method == "Login" || strings.Contains(body, ">ServiceInstance<") // needs no session
	if cookie != "" && f.dead[cookie] && !open {
		return Rule{Fault: "not_authenticated"}, true
	}
	for _, rule := range f.rules {
		if rule.Method != "" && rule.Method != method || !strings.Contains(body, rule.Containing) {
			continue
		}
		if rule.After > 0 {
			rule.After--
			continue
		}
		if rule.Times < 0 {
			continue
		}
		if rule.Times > 0 {
			rule.Times--
			if rule.Times == 0 {
				rule.Times = -1 // used up
			}
		}
		if rule.Fault == "not_authenticated" && cookie != "" {
			f.dead[cookie] = true
		}
		return *rule, true
	}
	return Rule{}, false
}

func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	method := r.Method
	if found := methodName.FindSubmatch(body); found != nil {
		method = string(found[1])
	}
	cookie := ""
	if c, err := r.Cookie("vmware_soap_session"); err == nil {
		cookie = c.Value
	}
	rule, due := f.match(method, string(body), cookie)
	if method == "Login" && f.isDead(cookie) {
		r.Header.Del("Cookie") // else the simulator would bring the old session back
	}
	switch {
	case !due:
		f.answer(w, r)
	case rule.Fault == "drop":
		reset(w)
	case rule.Fault == "hang":
		select {
		case <-r.Context().Done():
		case <-time.After(time.Duration(rule.Seconds * float64(time.Second))):
		}
		reset(w)
	case rule.Fault == "status":
		if rule.Status == 0 {
			rule.Status = http.StatusServiceUnavailable
		}
		http.Error(w, "Service Unavailable", rule.Status)
	case rule.Fault == "html":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><head><title>Maintenance<br></head><body>The server is starting &nbsp;</body></html>")
	case rule.Fault == "not_authenticated":
		soapFault(w, "NotAuthenticated", "The session is not authenticated.", "System.View")
	case rule.Fault == "no_permission":
		soapFault(w, "NoPermission", "Permission to perform this operation was denied.", "System.Read")
	default: // drip, cut
		record := &recorder{header: http.Header{}, status: http.StatusOK}
		f.next.ServeHTTP(record, r)
		text := record.body.Bytes()
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		if rule.Fault == "cut" { // a whole HTTP answer, half an XML document
			w.WriteHeader(record.status)
			_, _ = w.Write(text[:len(text)/2])
			return
		}
		drip(w, r, record.status, text, rule.Seconds)
	}
}

func (f *Faults) isDead(cookie string) bool {
	f.lock.Lock()
	defer f.lock.Unlock()
	return f.dead[cookie]
}

func (f *Faults) answer(w http.ResponseWriter, r *http.Request) {
	if !f.gzip || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		f.next.ServeHTTP(w, r)
		return
	}
	record := &recorder{header: http.Header{}, status: http.StatusOK}
	f.next.ServeHTTP(record, r)
	for name, values := range record.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(record.status)
	packed := gzip.NewWriter(w)
	_, _ = packed.Write(record.body.Bytes())
	_ = packed.Close()
}

// drip sends one byte at a time until the client gives up.
func drip(w http.ResponseWriter, r *http.Request, status int, text []byte, seconds float64) {
	w.Header().Set("Content-Length", fmt.Sprint(len(text)))
	w.WriteHeader(status)
	for i := range text {
		if _, err := w.Write(text[i : i+1]); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(time.Duration(seconds * float64(time.Second))):
		}
	}
}

// reset closes the connection without an answer.
func reset(w http.ResponseWriter) {
	if hijacker, ok := w.(http.Hijacker); ok {
		if connection, _, err := hijacker.Hijack(); err == nil {
			_ = connection.Close()
		}
	}
}

func soapFault(w http.ResponseWriter, kind, message, privilege string) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>%[2]s</faultstring><detail><%[1]sFault xmlns="urn:vim25" xsi:type="%[1]s"><object type="Folder">group-d1</object><privilegeId>%[3]s</privilegeId></%[1]sFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`, kind, message, privilege)
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
