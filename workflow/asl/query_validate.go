package asl

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/workflow"
	"countersign/workflow/asl/jsonata"
	"countersign/workflow/asl/jsontext"
)

// queryText is the expression within a string's delimiters.
func queryText(s string) (text string, ok bool) {
	text, ok = strings.CutPrefix(s, "{%")
	if !ok || !strings.HasSuffix(text, "%}") {
		return "", false
	}
	return strings.TrimSpace(text[:len(text)-2]), true
}

// sights are the members of $states that there are at some places only.
type sights uint8

const (
	seesResult sights = 1 << iota
	seesError
)

// maxQueries bounds the time that a definition full of expressions takes to compile.
const maxQueries = 5000

// query compiles an expression; nil when the value is none, or not a good one, which is
// reported.
func (c *compiler) query(p place, field string, sees sights) *query {
	if p.value.kind != '"' {
		return nil
	}
	text, ok := queryText(p.value.text)
	if !ok {
		if strings.HasPrefix(p.value.text, "{%") {
			c.at(p, CodeSchema, "JSONata string must start with {%% and end with %%}")
		}
		return nil
	}
	if c.queriesParsed >= maxQueries {
		if c.queriesParsed == maxQueries {
			c.at(p, CodeTooLarge, "The definition has more than %d JSONata expressions besides plain references", maxQueries)
		}
		c.queriesParsed++
		return nil
	}
	expr, err := jsonata.Parse(text)
	if err != nil || !expr.Plain() {
		c.queriesParsed++
	}
	var syntax *jsonata.SyntaxError
	if errors.As(err, &syntax) {
		c.at(p, CodeInvalidJSONata, "%s", syntax.Message)
		return nil
	} else if err != nil {
		c.at(p, CodeInvalidJSONata, "%v", err)
		return nil
	}
	c.queryReferences(p, expr, sees)
	return &query{expr, field}
}

func (c *compiler) queryReferences(p place, expr *jsonata.Expression, sees sights) {
	refs := expr.References()
	if refs.Root {
		c.at(p, CodeUnsupportedJSONata, "Reference to '$$' is not supported.")
	}
	for _, name := range refs.Bare {
		c.at(p, CodeUnsupportedJSONata, "Reference to '%s' at the top level is not supported.", name)
	}
	for _, member := range refs.States {
		switch {
		case member == "" || member == "input" || member == "context",
			member == "result" && sees&seesResult != 0, member == "errorOutput" && sees&seesError != 0:
		default:
			c.at(p, CodeUnsupportedJSONata, "Field '$states.%s' does not exist.", member)
		}
		if member == "" || member == "context" {
			c.reads = c.reads || expr.SeesInput()
		}
	}
	for _, name := range refs.Variables {
		if !jsonata.Builtin(name) {
			c.refer(name)
		}
	}
}

// queries compiles a field that may hold expressions anywhere within.
func (c *compiler) queries(p place, field string, sees sights) *template {
	f, ok := p.member(field)
	if !ok {
		return nil
	}
	return c.queriesIn(f, field, sees)
}

func (c *compiler) queriesIn(p place, field string, sees sights) *template {
	t := &queryCompiler{compiler: c, sees: sees}
	t.value(p, field)
	t.flush(nil)
	return &template{t.pieces, t.random}
}

// queryCompiler makes a template of a JSON text with expressions.
type queryCompiler struct {
	*compiler
	sees    sights
	literal []byte
	pieces  []piece
	random  bool
}

func (t *queryCompiler) flush(e expression) {
	t.pieces = append(t.pieces, piece{string(t.literal), e})
	t.literal = t.literal[:0]
}

func (t *queryCompiler) value(p place, field string) {
	switch p.value.kind {
	case '{':
		t.literal = append(t.literal, '{')
		first := true
		p.each(func(name string, _ int, member place) {
			if !first {
				t.literal = append(t.literal, ',')
			}
			first = false
			t.literal = append(jsontext.AppendString(t.literal, name), ':')
			t.value(member, field+"/"+name)
		})
		t.literal = append(t.literal, '}')
	case '[':
		t.literal = append(t.literal, '[')
		for i := range p.value.items {
			if i > 0 {
				t.literal = append(t.literal, ',')
			}
			t.value(p.item(i), field+"["+strconv.Itoa(i)+"]")
		}
		t.literal = append(t.literal, ']')
	default:
		if q := t.query(p, field, t.sees); q != nil {
			t.random = t.random || q.expr.Random()
			t.flush(q)
			return
		}
		t.literal = append(t.literal, t.d.raw(p.value)...)
	}
}

// jsonataFields compiles the fields that shape a state's data in JSONata. Only states
// with work of their own have a result.
func (c *compiler) jsonataFields(p place) language {
	var sees sights
	if typ := p.value.get("Type").text; typ == "Task" || typ == "Parallel" || typ == "Map" {
		sees = seesResult
	}
	return &jsonataLanguage{
		args: c.queries(p, "Arguments", 0), out: c.queries(p, "Output", sees), assign: c.assign(p, "", sees),
	}
}

// assign compiles an Assign field, of a state or of what within names.
func (c *compiler) assign(p place, within string, sees sights) assignment {
	f, ok := p.member("Assign")
	if !ok || f.value.kind != '{' {
		return nil
	}
	var a assignment
	f.each(func(key string, at int, member place) {
		name, value := key, (*template)(nil)
		if c.current.jsonata {
			value = c.queriesIn(member, within+"Assign/"+key, sees)
		} else {
			name = strings.TrimSuffix(key, ".$")
			if name != key && f.value.get(name) != nil {
				c.within(f, member, at, CodeSchema, "Duplicate field '%s'", name)
			}
			value = c.payload(f, member, key)
		}
		switch {
		case name == "states":
			c.add(CodeReservedVariable, member.pointer, at, "Cannot assign to reserved variable '$states'.")
		case !variableNamed(name):
			c.add(CodeVariableName, member.pointer, at, "Invalid variable name '%s': the variable name contains invalid characters.", name)
		}
		c.assigned = append(c.assigned, assignedAt{name, c.current, member.pointer, at, sees&seesError != 0})
		a = append(a, assigning{name, value})
	})
	return a
}

// variableNamed says whether a name is an identifier of Unicode, of 80 characters at most.
func variableNamed(name string) bool {
	if name == "" || utf8.RuneCountInString(name) > workflow.MaxName {
		return false
	}
	for i, r := range name {
		if !identifierStart(r) && (i == 0 || !identifierPart(r)) {
			return false
		}
	}
	return true
}

func identifierStart(r rune) bool {
	return unicode.IsLetter(r) || unicode.In(r, unicode.Nl, unicode.Other_ID_Start)
}

func identifierPart(r rune) bool {
	return identifierStart(r) || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
}

// assignedAt is where a definition assigns a variable.
type assignedAt struct {
	name    string
	state   *state
	pointer string
	at      int
	caught  bool // by a catcher
}

// variableScopes reports variables that have the name of one in a scope around theirs.
// What a catcher assigns out there is assigned when the inner scope is gone, and the
// service lets it have a name from within.
func (c *compiler) variableScopes() {
	type owned struct {
		name   string
		within *state
	}
	owners := map[owned]bool{}
	for _, a := range c.assigned {
		if !a.caught {
			owners[owned{a.name, a.state.within}] = true
		}
	}
	for _, a := range c.assigned {
		for s := a.state.within; s != nil; s = s.within {
			if owners[owned{a.name, s.within}] {
				c.add(CodeDuplicateVariable, a.pointer, a.at, "The variable name '%s' was already defined in a parent scope.", a.name)
				break
			}
		}
	}
}

// CodeDuplicateVariable: a variable has the name of one of an outer scope.
const CodeDuplicateVariable = "DUPLICATE_VARIABLE_NAME"

// reference is a variable that a state reads.
type reference struct {
	state *state
	name  string
}

// refer notes that the current state reads a variable.
func (c *compiler) refer(name string) {
	if r := (reference{c.current, name}); !c.referred[r] {
		c.referred[r] = true
		c.current.refers = append(c.current.refers, name)
	}
}

// VariableReferences says which variables each state reads, by the states' names; states
// that read none are left out. Names are sorted.
func (m *StateMachine) VariableReferences() map[string][]string {
	refs := map[string][]string{}
	for _, s := range m.all {
		if len(s.refers) > 0 {
			refs[s.name] = slices.Sorted(slices.Values(s.refers))
		}
	}
	return refs
}
