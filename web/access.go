package web

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/models"
	"countersign/workflow"
)

// door is how a route learns who asks.
type door int

const (
	noDoor        door = iota // a route that has not said; New refuses it
	openDoor                  // it does not ask
	pageDoor                  // by the session's cookie; changes need the CSRF token
	programDoor               // by the API key, "Authorization: Bearer …"; cookies count for nothing
	signatureDoor             // by an access key's signature, which the handler checks
	machineDoor               // by being on this machine, or by an operator's API key
)

// access states who may use a route. Whose things somebody may see is the handler's matter:
// it answers workflow.ErrNotFound for the rest.
type access struct {
	name    string
	door    door
	visitor bool            // nobody needs to be signed in
	roles   []workflow.Role // any of them; none: everybody who is signed in
}

// The accesses there are.
var (
	anyone         = access{name: "anyone", door: openDoor, visitor: true}
	visitors       = access{name: "visitors", door: pageDoor, visitor: true}
	signedIn       = access{name: "everybody signed in", door: pageDoor}
	approvers      = access{name: "approvers", door: pageDoor, roles: []workflow.Role{workflow.RoleApprover, workflow.RoleAdministrator}}
	staff          = access{name: "approvers and operators", door: pageDoor, roles: []workflow.Role{workflow.RoleApprover, workflow.RoleOperator, workflow.RoleAdministrator}}
	operators      = access{name: "operators", door: pageDoor, roles: []workflow.Role{workflow.RoleOperator, workflow.RoleAdministrator}}
	administrators = access{name: "administrators", door: pageDoor, roles: []workflow.Role{workflow.RoleAdministrator}}

	keyHolders   = access{name: "everybody with an API key", door: programDoor}
	approverKeys = access{name: "approvers with an API key", door: programDoor, roles: approvers.roles}
	signers      = access{name: "approvers and operators with an access key", door: signatureDoor, roles: staff.roles}
	machineRoom  = access{name: "this machine and operators with an API key", door: machineDoor, roles: operators.roles}
)

// allows says whether a person, who may be nil, may use the route.
func (a access) allows(p *models.Person) bool {
	if p == nil {
		return a.visitor
	}
	return a.visitor || len(a.roles) == 0 || p.Has(a.roles...)
}

// guard puts a route's handler behind its access.
func (s *Server) guard(r route) echo.HandlerFunc {
	r.handler = withPlainParams(r.handler)
	checked := func(c echo.Context) error {
		if err := refusal(c, r.access); err != nil {
			return err
		}
		return r.handler(c)
	}
	switch r.access.door {
	case openDoor, signatureDoor:
		return r.handler
	case pageDoor:
		return s.withSession(func(c echo.Context) error {
			if err := refusal(c, r.access); err != nil {
				return err // before the form is looked at: who has signed out in another tab is led to sign in
			}
			return withoutForgery(r.handler)(c)
		})
	case programDoor:
		return s.withKey(checked)
	case machineDoor:
		guarded := s.withKey(checked)
		return func(c echo.Context) error {
			if fromThisMachine(c.Request()) {
				return r.handler(c)
			}
			return guarded(c)
		}
	}
	panic("route " + r.method + " " + r.path + " does not say who may use it")
}

// withPlainParams decodes path parameters where Echo leaves them as they were sent: it does
// so when a slash is escaped within a segment, and only then.
func withPlainParams(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().URL.RawPath == "" {
			return next(c)
		}
		plain := slices.Clone(c.ParamValues())
		for i, value := range plain {
			decoded, err := url.PathUnescape(value)
			if err != nil {
				return badRequest("The address is not escaped correctly. Follow a link to this page instead.")
			}
			plain[i] = decoded
		}
		c.SetParamValues(plain...)
		return next(c)
	}
}

func refusal(c echo.Context, a access) error {
	p := personOf(c)
	switch {
	case a.allows(p):
		return nil
	case p == nil:
		return errSignedOut
	}
	return forbidden("This is for " + a.name + ", and you are signed in as " + p.Name + " (" + roleNames(p) + "). Sign in as somebody else, or ask an administrator for the role.")
}

func roleNames(p *models.Person) string {
	if len(p.Roles) == 0 {
		return "no role"
	}
	names := make([]string, len(p.Roles))
	for i, r := range p.Roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// fromThisMachine is false for what a proxy on this machine passes on.
func fromThisMachine(r *http.Request) bool {
	if r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
		return false
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && net.ParseIP(host).IsLoopback()
}
