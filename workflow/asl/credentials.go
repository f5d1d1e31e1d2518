package asl

import "strings"

// credentials is the role that a task is to be performed with. There are no roles here:
// the history names it, and nothing else comes of it.
type credentials struct {
	fixed string
	path  *template // of RoleArn.$
	query *query
}

func (c *compiler) credentials(p place) (out credentials) {
	given, ok := p.member("Credentials")
	if !ok || given.value.kind != '{' {
		return out
	}
	if role, ok := given.member("RoleArn.$"); ok && !c.current.jsonata {
		out.path = c.payload(given, role, "RoleArn.$")
		return out
	}
	role, ok := given.member("RoleArn")
	switch {
	case !ok:
	case c.current.jsonata && strings.HasPrefix(role.value.text, "{%"):
		out.query = c.query(role, c.fieldAt(role), 0)
	default:
		out.fixed = role.value.text
	}
	return out
}

// role is the role's ARN; empty when the task has none of its own.
func (c *credentials) role(e *environment, s *state) (string, *failure) {
	switch {
	case c.query != nil:
		return c.query.text(e)
	case c.path == nil:
		return c.fixed, nil
	}
	data, fail := s.lang.effective(e, e.f.input)
	if fail != nil {
		return "", fail
	}
	raw, fail := c.path.render(e, data)
	if fail != nil {
		return "", fail
	}
	role, ok := rawString(trim(raw))
	if !ok {
		return "", runtimeFailure(e.f, "The Credentials field 'RoleArn.$' must be a string: %s", cut(string(raw), 256))
	}
	return role, nil
}
