package integrations

import (
	"fmt"
	"net/netip"
	"syscall"
)

// privateAddressError: http:invoke does not go there.
type privateAddressError struct{ address netip.Addr }

func (e *privateAddressError) Error() string {
	return fmt.Sprintf("%s is not a public address, and http:invoke connects to public addresses only. Start Countersign with --allow-private-http to allow others.", e.address)
}

// reserved are addresses that the standard library's own questions leave out
// (IANA's special-purpose address registries).
var reserved = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
)

// translated carry an IPv4 address in their bits from the given offset on: NAT64 and 6to4.
var translated = []struct {
	prefix netip.Prefix
	offset int // in bytes
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12},
	{netip.MustParsePrefix("2002::/16"), 2},
	{netip.MustParsePrefix("::/96"), 12},
}

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// public says whether everybody can reach an address, so that nobody gains anything by
// asking us to.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	for _, t := range translated {
		if t.prefix.Contains(a) {
			b := a.As16()
			inner, _ := netip.AddrFromSlice(b[t.offset : t.offset+4])
			return public(inner)
		}
	}
	return true
}

// publicOnly is a dialer's control function: it sees the address that the name was resolved
// to, just before the connection is made.
func publicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !public(at.Addr()) {
		return &privateAddressError{at.Addr()}
	}
	return nil
}
