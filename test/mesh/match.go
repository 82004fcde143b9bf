package mesh

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
)

// meshGateway is the reserved name that binds a VirtualService to sidecars, the only kind of proxy here.
const meshGateway = "mesh"

// Request is what the proxy of a client sees of one call.
type Request struct {
	Namespace string // the client's
	Labels    map[string]string
	Method    string // empty means GET
	Host      string // as called, with or without port
	Path      string // with the query, if any
	Header    http.Header
}

func (r Request) method() string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

// matchesAny says whether one of the alternatives matches; a route without matches takes every request.
func matchesAny(alternatives []*networking.HTTPMatchRequest, r Request, port int32) bool {
	return len(alternatives) == 0 || slices.ContainsFunc(alternatives, func(m *networking.HTTPMatchRequest) bool {
		return matches(m, r, port)
	})
}

// matches says whether all conditions of one alternative hold.
func matches(m *networking.HTTPMatchRequest, r Request, port int32) bool {
	path, rawQuery, _ := strings.Cut(r.Path, "?")
	for _, holds := range []bool{
		matchesGateway(m.GetGateways()),
		m.GetPort() == 0 || m.GetPort() == uint32(max(port, 0)),
		m.GetSourceNamespace() == "" || m.GetSourceNamespace() == r.Namespace,
		matchesLabels(m.GetSourceLabels(), r.Labels),
		m.GetUri() == nil || matchesText(m.GetUri(), path, m.GetIgnoreUriCase()),
		m.GetMethod() == nil || matchesText(m.GetMethod(), r.method(), false),
		m.GetScheme() == nil || matchesText(m.GetScheme(), "http", false),
		m.GetAuthority() == nil || matchesText(m.GetAuthority(), r.Host, false),
		matchesHeaders(m.GetHeaders(), r.Header),
		lacksHeaders(m.GetWithoutHeaders(), r.Header),
		matchesQuery(m.GetQueryParams(), rawQuery),
	} {
		if !holds {
			return false
		}
	}
	return true
}

// matchesText applies one string condition. A condition of no kind asks for presence alone. Envoy matches a regular expression
// against the whole text; one that doesn't compile, which Istio's webhook would have refused, matches nothing.
func matchesText(m *networking.StringMatch, text string, ignoreCase bool) bool {
	switch kind := m.GetMatchType().(type) {
	case *networking.StringMatch_Exact:
		return kind.Exact == text || ignoreCase && strings.EqualFold(kind.Exact, text)
	case *networking.StringMatch_Prefix:
		if ignoreCase {
			return strings.HasPrefix(strings.ToLower(text), strings.ToLower(kind.Prefix))
		}
		return strings.HasPrefix(text, kind.Prefix)
	case *networking.StringMatch_Regex:
		pattern, err := regexp.Compile("^(?:" + kind.Regex + ")$")
		return err == nil && pattern.MatchString(text)
	default:
		return true
	}
}

func matchesHeaders(conditions map[string]*networking.StringMatch, header http.Header) bool {
	for name, condition := range conditions {
		if !matchesHeader(condition, name, header) {
			return false
		}
	}
	return true
}

func lacksHeaders(conditions map[string]*networking.StringMatch, header http.Header) bool {
	for name, condition := range conditions {
		if matchesHeader(condition, name, header) {
			return false
		}
	}
	return true
}

// matchesHeader joins repeated headers with commas, as Envoy does.
func matchesHeader(condition *networking.StringMatch, name string, header http.Header) bool {
	values := header.Values(name)
	return len(values) > 0 && matchesText(condition, strings.Join(values, ","), false)
}

func matchesQuery(conditions map[string]*networking.StringMatch, rawQuery string) bool {
	if len(conditions) == 0 {
		return true
	}
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return false
	}
	for name, condition := range conditions {
		if !query.Has(name) || !matchesText(condition, query.Get(name), false) {
			return false
		}
	}
	return true
}

func matchesGateway(gateways []string) bool {
	return len(gateways) == 0 || slices.Contains(gateways, meshGateway)
}

func matchesLabels(wanted, labels map[string]string) bool {
	for name, value := range wanted {
		if labels[name] != value {
			return false
		}
	}
	return true
}
