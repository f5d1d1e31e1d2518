package integrations

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"countersign/workflow"
)

func TestPublicAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"93.184.215.14": true, "2606:2800:21f:cb07:6820:80da:af6b:8b2c": true, "8.8.8.8": true, "64:ff9b::808:808": true, "2002:808:808::1": true,
		"127.0.0.1": false, "127.255.0.9": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "fd00::1": false, "fc00::1": false,
		"169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "100.64.0.1": false, "192.0.0.8": false, "198.18.0.1": false,
		"192.0.2.1": false, "203.0.113.9": false, "2001:db8::1": false, "2001::1": false,
		"224.0.0.1": false, "239.1.1.1": false, "ff02::1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:8.8.8.8": true, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "2002:7f00:1::": false, "2002:a00:1::": false, "64:ff9b:1::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// Every way of writing our own address is refused once it is resolved, and nothing is sent.
func TestPrivateAddressesAreRefused(t *testing.T) {
	s := serve(t, says(200, "", ""))
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	guarded := httpWith(basic, func(o *HTTPOptions) { o.AllowPrivate = false })
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "169.254.169.254", "10.255.255.1", "192.168.255.254"} {
		_, err := invoke(t, guarded, task("GET", "http://"+host+":"+port+"/latest/meta-data", ""))
		fails(t, err, "States.Permissions", "not a public address", "--allow-private-http")
	}
	c := connectionOfTest(workflow.ConnectionOAuth, "client")
	c.TokenURL = s.URL
	_, err := invoke(t, httpWith(c, func(o *HTTPOptions) { o.AllowPrivate = false }), task("GET", "https://93.184.215.14", ""))
	fails(t, err, "States.Permissions", "127.0.0.1")
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// A proxy would resolve the name itself, so there is none for http:invoke.
func TestNoProxyGetsAroundTheGuard(t *testing.T) {
	s := serve(t, says(200, "", ""))
	t.Setenv("HTTP_PROXY", s.URL)
	guarded := httpWith(basic, func(o *HTTPOptions) { o.AllowPrivate = false })
	if guarded.client.Transport.(*http.Transport).Proxy != nil { // the environment is read once, perhaps by an earlier test
		t.Error("it asks for a proxy")
	}
	_, err := invoke(t, guarded, task("GET", "http://10.0.0.1/", ""))
	fails(t, err, "States.Permissions")
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// Whoever may start a task does not learn where this network's name server is.
func TestReasonNamesNoNameServer(t *testing.T) {
	err := &url.Error{Op: "Get", URL: "http://secret.example", Err: &net.OpError{Op: "dial", Net: "tcp",
		Err: &net.DNSError{Err: "no such host", Name: "nowhere.example", Server: "10.1.2.3:53", IsNotFound: true}}}
	if got, want := reason(err), "no such host: nowhere.example"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
