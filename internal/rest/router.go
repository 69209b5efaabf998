package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// router finds the operation for a path. Literal segments win over {name} ones,
// whatever stands behind them, which the ServeMux of the standard library
// refuses to decide (direct/{userId} beside {id}/participants).
type router struct {
	root node
}

type node struct {
	literal  map[string]*node
	wildcard *node
	byMethod map[string]*endpoint // nil: no path ends here
}

// endpoint is what answers one method of one path.
type endpoint struct {
	pattern string
	names   []string // of the path's {name} segments, in order
	serve   func(http.ResponseWriter, *http.Request, *exchange) error
}

// add puts an endpoint into the tree. The pattern is "GET /api/users/{id}".
func (rt *router) add(pattern string, serve func(http.ResponseWriter, *http.Request, *exchange) error) {
	method, path, _ := strings.Cut(pattern, " ")
	e := &endpoint{pattern: pattern, serve: serve}
	n := &rt.root
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if strings.HasPrefix(segment, "{") {
			e.names = append(e.names, strings.Trim(segment, "{}"))
		}
		n = n.child(segment)
	}
	if n.byMethod == nil {
		n.byMethod = map[string]*endpoint{}
	}
	if n.byMethod[method] != nil {
		panic(fmt.Sprintf("rest: two routes for %s", pattern))
	}
	n.byMethod[method] = e
}

func (n *node) child(segment string) *node {
	if strings.HasPrefix(segment, "{") {
		if n.wildcard == nil {
			n.wildcard = &node{}
		}
		return n.wildcard
	}
	if n.literal == nil {
		n.literal = map[string]*node{}
	}
	if n.literal[segment] == nil {
		n.literal[segment] = &node{}
	}
	return n.literal[segment]
}

// find returns the endpoint for a request and sets its path values, each
// percent-decoded exactly once. Without an endpoint, allow says which methods
// the path has; none if it is unknown.
func (rt *router) find(r *http.Request) (e *endpoint, allow []string) {
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for i, s := range segments {
		decoded, err := url.PathUnescape(s)
		if err != nil {
			return nil, nil
		}
		segments[i] = decoded
	}
	n, values := rt.root.match(segments, nil)
	if n == nil {
		return nil, nil
	}
	method := r.Method
	if method == http.MethodHead && n.byMethod[method] == nil {
		method = http.MethodGet
	}
	if e = n.byMethod[method]; e == nil {
		return nil, n.methods()
	}
	for i, name := range e.names {
		r.SetPathValue(name, values[i])
	}
	return e, nil
}

// match walks down to the node for the segments, literals first.
func (n *node) match(segments, values []string) (*node, []string) {
	if len(segments) == 0 {
		if n.byMethod == nil {
			return nil, nil
		}
		return n, values
	}
	if next := n.literal[segments[0]]; next != nil {
		if found, v := next.match(segments[1:], values); found != nil {
			return found, v
		}
	}
	if n.wildcard == nil || segments[0] == "" {
		return nil, nil
	}
	return n.wildcard.match(segments[1:], append(values, segments[0]))
}

func (n *node) methods() []string {
	var list []string
	for m := range n.byMethod {
		if list = append(list, m); m == http.MethodGet {
			list = append(list, http.MethodHead)
		}
	}
	slices.Sort(list)
	return list
}
