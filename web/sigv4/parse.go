package sigv4

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxAuthorization bounds what is parsed; the longest that a client of AWS sends has a few
// hundred bytes.
const maxAuthorization = 8 << 10

// Parse reads who signed the request and how. It looks at headers only.
func Parse(r *http.Request) (*Signature, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, &Error{CodeMissing, "Missing Authentication Token"}
	}
	if len(header) > maxAuthorization {
		return nil, incomplete("The Authorization header is longer than %d bytes.", maxAuthorization)
	}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	if scheme != algorithm {
		return nil, incomplete("Unsupported AWS 'algorithm': '%s'.", scheme)
	}
	fields, err := parameters(rest)
	if err != nil {
		return nil, err
	}
	s := &Signature{}
	if err := s.complete(r, fields); err != nil {
		return nil, err
	}
	if err := s.credential(fields["Credential"]); err != nil {
		return nil, err
	}
	s.headers = strings.Split(strings.ToLower(fields["SignedHeaders"]), ";")
	if s.sum, err = hex.DecodeString(fields["Signature"]); err != nil || len(s.sum) != 32 {
		return nil, invalid("The request signature does not conform to AWS standards: it must have 64 hexadecimal digits.")
	}
	return s, s.covers(r)
}

// parameters reads Name=value pairs, divided by commas.
func parameters(text string) (map[string]string, error) {
	fields := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, incomplete("'%s' not a valid key=value pair (missing equal-sign) in Authorization header.", part)
		}
		fields[name] = value
	}
	return fields, nil
}

// complete names everything that is missing at once, and reads the date.
func (s *Signature) complete(r *http.Request, fields map[string]string) error {
	var missing []string
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[name] == "" {
			missing = append(missing, "Authorization header requires '"+name+"' parameter.")
		}
	}
	stamp, date := r.Header.Get("X-Amz-Date"), r.Header.Get("Date")
	if stamp == "" && date == "" {
		missing = append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if len(missing) > 0 {
		return incomplete("%s", strings.Join(missing, " "))
	}
	at, err := time.Parse(dateForm, stamp)
	if stamp == "" {
		at, err = http.ParseTime(date)
	}
	if err != nil {
		return incomplete("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", stamp+date)
	}
	s.Date, s.stamp = at.UTC(), at.UTC().Format(dateForm)
	return nil
}

// credential reads KEY/DAY/REGION/SERVICE/aws4_request. A key's id may hold slashes.
func (s *Signature) credential(text string) error {
	parts := strings.Split(text, "/")
	if len(parts) < 5 {
		return incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", text)
	}
	scope := parts[len(parts)-4:]
	s.AccessKey = strings.Join(parts[:len(parts)-4], "/")
	s.Day, s.Region, s.Service = scope[0], scope[1], scope[2]
	switch {
	case s.AccessKey == "":
		return Unrecognized()
	case scope[3] != terminator:
		return invalid("Credential should be scoped with a valid terminator: '%s', not '%s'. ", terminator, scope[3])
	case s.Region == "":
		return invalid("Credential should be scoped to a valid region. ")
	case s.Day != s.Date.Format(dayForm):
		return invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			s.Day, s.Date.Format(dayForm), s.stamp)
	}
	return nil
}

// covers refuses a signature that leaves out what says where a request goes and what it asks for.
func (s *Signature) covers(r *http.Request) error {
	if !s.signs("host") {
		return invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	var unsigned []string
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") && !s.signs(name) {
			unsigned = append(unsigned, name)
		}
	}
	if len(unsigned) > 0 {
		slices.Sort(unsigned)
		return invalid("There were headers present in the request which were not signed: %s", strings.Join(unsigned, ", "))
	}
	for _, name := range s.headers {
		if name != "host" && name != "content-length" && len(r.Header.Values(name)) == 0 {
			return invalid("The signed header '%s' is not in the request.", name)
		}
	}
	return nil
}
