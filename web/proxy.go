package web

import (
	"net"
	"net/netip"

	"github.com/labstack/echo/v4"
)

// addresses says where a request comes from: the peer, for X-Forwarded-For is whatever its sender
// likes; behind trusted proxies the last address in that header that is not one of theirs.
func addresses(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trusted := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		p = p.Masked()
		trusted = append(trusted, echo.TrustIPRange(&net.IPNet{
			IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(trusted...)
}
