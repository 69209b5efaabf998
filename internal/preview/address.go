package preview

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

var errForbidden = errors.New("this address is not asked")

// closed are networks that are not the public internet, or lead out of it in a way
// that hides where to. All of IPv6 outside of 2000::/3 is closed as well.
var closed = networks(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)

var global6 = netip.MustParsePrefix("2000::/3")

func networks(list ...string) (out []netip.Prefix) {
	for _, n := range list {
		out = append(out, netip.MustParsePrefix(n))
	}
	return out
}

// Public refuses every address that is not on the public internet, and every port
// but those of web pages.
func Public(to netip.AddrPort) error {
	if to.Port() != 80 && to.Port() != 443 {
		return fmt.Errorf("%w: port %d", errForbidden, to.Port())
	}
	ip := to.Addr().Unmap()
	if !ip.IsValid() || ip.Zone() != "" || ip.Is6() && !global6.Contains(ip) {
		return fmt.Errorf("%w: %s", errForbidden, ip)
	}
	for _, n := range closed {
		if n.Contains(ip) {
			return fmt.Errorf("%w: %s", errForbidden, ip)
		}
	}
	return nil
}

// guarded makes the dialer ask about the very address that it is about to connect
// to: whatever a name means by then, and for each redirect anew.
func guarded(allow func(netip.AddrPort) error) func(network, address string, _ syscall.RawConn) error {
	return func(network, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !strings.HasPrefix(network, "tcp") {
			return fmt.Errorf("%w: %s %s", errForbidden, network, address)
		}
		return allow(to)
	}
}

// maxURL is the longest address that is looked at, in bytes.
const maxURL = 2_000

// pageURL reads an address as it stands in a message.
func pageURL(address string) (*url.URL, error) {
	if len(address) > maxURL {
		return nil, fmt.Errorf("%w: too long", errForbidden)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	u.Fragment, u.RawFragment = "", ""
	return u, checkURL(u)
}

// checkURL refuses what is no plain address of a page.
func checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Hostname() == "" || u.Opaque != "" {
		return fmt.Errorf("%w: %s", errForbidden, u.Redacted())
	}
	return nil
}
