package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Validate reports every setting whose value the server cannot run with, by
// its name and where the value comes from.
func (c *Config) Validate() error {
	var errs []error
	refuse := func(name, reason string, args ...any) {
		errs = append(errs, fmt.Errorf("%s (from %s): "+reason, append([]any{name, c.origin(name)}, args...)...))
	}
	for _, s := range settings(c) {
		if values := s.values(); values != nil && !slices.Contains(values, s.text()) {
			refuse(s.Name, "%q is none of %s", s.text(), strings.Join(values, ", "))
		}
		if least, greatest, ok := s.bounds(); ok && (s.Target.Int() < least || s.Target.Int() > greatest) {
			refuse(s.Name, "%s is not between %d and %d", s.text(), least, greatest)
		}
	}
	c.validateAddresses(refuse)
	if r := c.Rooms; r.DefaultTTL > r.MaxTTL {
		refuse("rooms.default-ttl-seconds", "%d is more than rooms.max-ttl-seconds", r.DefaultTTL)
	}
	if c.Rooms.MemoryOnly.On && c.NATS != "" {
		refuse("rooms.memory-only", "several nodes cannot share a room that is in the memory of one of them")
	}
	c.validatePins(refuse)
	c.refuseUnbuilt(refuse)
	return errors.Join(errs...)
}

func (c *Config) origin(name string) string {
	if origin, ok := c.origins[name]; ok {
		return origin
	}
	return "default"
}

func (c *Config) validateAddresses(refuse func(name, reason string, args ...any)) {
	if !isHostPort(c.Listen) {
		refuse("listen", "%q is no address like 127.0.0.1:8080 or :8080", c.Listen)
	}
	switch {
	case c.AdminListen == "":
	case !isHostPort(c.AdminListen):
		refuse("admin-listen", "%q is no address like 127.0.0.1:9090", c.AdminListen)
	case c.AdminListen == c.Listen && !strings.HasSuffix(c.Listen, ":0"):
		refuse("admin-listen", "%q is where everything else listens", c.AdminListen)
	}
	if c.PublicURL != "" && !isPublicURL(c.PublicURL) {
		refuse("public-url", "%q is no address like https://chat.example.com", c.PublicURL)
	}
	for _, origin := range c.AllowedOrigins {
		if !isOrigin(origin) {
			refuse("allowed-origins", "%q is no origin like https://www.example.com", origin)
		}
	}
	if c.Data == "" {
		refuse("data", "a folder is needed")
	}
	if c.NATS != "" && c.Database == "" {
		refuse("nats", "several nodes share one PostgreSQL: --database has to name it")
	}
	if p := c.Topics.NATSPrefix; p != "" && !isSubject(p) {
		refuse("topics.nats-prefix", "%q is no subject like parley or acme.chat", p)
	} else if p != "" && c.NATS == "" {
		refuse("topics.nats-prefix", "topics are published on NATS: --nats has to name it")
	}
	if c.Database != "" && !isPostgres(string(c.Database)) {
		refuse("database", "%s is no address like postgres://user@host:5432/parley", c.Database)
	}
}

// refuseUnbuilt keeps the server from ignoring what an operator relies on.
func (c *Config) refuseUnbuilt(refuse func(name, reason string, args ...any)) {
	if strings.Contains(string(c.Blobs), "://") {
		refuse("blobs", "other stores than a folder are not supported yet")
	}
	if c.JWTSecret != "" {
		refuse("jwt-secret", "tokens of an application are not supported yet")
	}
	if c.JWKSURL != "" {
		refuse("jwks-url", "tokens of an application are not supported yet")
	}
	if c.UserIDs == "external" {
		refuse("user-ids", "ids of an application are not supported yet")
	}
}

func isHostPort(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func isPostgres(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") && u.Path != "" && u.Path != "/"
}

func isPublicURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == "" && !u.ForceQuery
}

// isOrigin is strict about the form, because browsers send exactly this one.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && isPublicURL(s) && s == strings.ToLower(u.Scheme+"://"+u.Host)
}

// isSubject says whether s can begin a subject of NATS. Those that begin with $ are
// the server's.
func isSubject(s string) bool {
	if len(s) > 100 {
		return false
	}
	for token := range strings.SplitSeq(s, ".") {
		if token == "" || strings.Trim(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
			return false
		}
	}
	return true
}
