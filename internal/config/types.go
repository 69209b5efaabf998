package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// hidden stands wherever a secret would be shown.
const hidden = "***"

// Secret is a string that no log, JSON or formatting shows. Convert it to a
// string to use it.
type Secret string

// String returns "***", or nothing if there is no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format writes String for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalText is String for encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// SecretURL is an address that may hold credentials. Logs, JSON and formatting
// show it without them. Convert it to a string to use it.
type SecretURL string

// String returns the address without credentials and query, and "***" for what
// is neither a URL nor a path.
func (s SecretURL) String() string {
	if !strings.Contains(string(s), "://") {
		if strings.ContainsAny(string(s), "=@") {
			return hidden
		}
		return string(s)
	}
	u, err := url.Parse(string(s))
	if err != nil {
		return hidden
	}
	if u.User != nil {
		u.User = url.User(hidden)
	}
	if u.RawQuery != "" {
		u.RawQuery = hidden
	}
	return strings.ReplaceAll(u.String(), url.User(hidden).String(), hidden)
}

// Format writes String for every verb.
func (s SecretURL) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalText is String for encoders.
func (s SecretURL) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Switch is on or off. It is no bool, because a flag of that kind would take no
// value.
type Switch struct{ On bool }

// UnmarshalText reads on and off, and true and false as YAML writes them.
func (s *Switch) UnmarshalText(text []byte) error {
	switch string(text) {
	case "on", "true":
		s.On = true
	case "off", "false":
		s.On = false
	default:
		return fmt.Errorf("%q is neither on nor off", text)
	}
	return nil
}

func (s Switch) String() string {
	if s.On {
		return "on"
	}
	return "off"
}

// MarshalText is String for encoders.
func (s Switch) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Network is a network, or a single address as a network of its own.
type Network struct{ netip.Prefix }

// UnmarshalText reads 10.0.0.0/8, 10.0.0.1, fd00::/8 and the like.
func (n *Network) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap().WithZone("")
		n.Prefix = netip.PrefixFrom(addr, addr.BitLen())
		return nil
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil || prefix.Addr().Is4In6() {
		return fmt.Errorf("%q is neither an IP address nor a network like 10.0.0.0/8", s)
	}
	n.Prefix = prefix.Masked()
	return nil
}

func (n Network) String() string {
	if n.IsSingleIP() {
		return n.Addr().String()
	}
	return n.Prefix.String()
}

// MarshalText is String for encoders.
func (n Network) MarshalText() ([]byte, error) { return []byte(n.String()), nil }
