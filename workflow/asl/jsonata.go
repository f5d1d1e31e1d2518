package asl

import (
	"encoding/json"
)

// jsonataLanguage is the query language JSONata: what a state gives to its work, and
// what it hands on, are JSON texts with expressions in them.
type jsonataLanguage struct {
	args   *template // Arguments; nil is the state's input
	out    *template // Output; nil is the result, or the input where there is none
	assign assignment
}

func (q *jsonataLanguage) effective(_ *environment, input json.RawMessage) (json.RawMessage, *failure) {
	return input, nil
}

func (q *jsonataLanguage) arguments(e *environment, input json.RawMessage) (json.RawMessage, *failure) {
	var fail *failure
	if q.args != nil {
		input, fail = q.args.render(e, input)
	}
	if p := e.x.probe; p != nil && fail == nil {
		p.AfterArguments = input
	}
	return input, fail
}

func (q *jsonataLanguage) random() bool { return q.args != nil && q.args.random }

func (q *jsonataLanguage) result(e *environment, _, result json.RawMessage) (json.RawMessage, *failure) {
	e.result = result
	return q.leave(e, result)
}

func (q *jsonataLanguage) output(e *environment, input json.RawMessage) (json.RawMessage, *failure) {
	return q.leave(e, input)
}

// leave evaluates Assign and Output, which see the same variables.
func (q *jsonataLanguage) leave(e *environment, otherwise json.RawMessage) (json.RawMessage, *failure) {
	if fail := q.assign.evaluate(e, otherwise); fail != nil {
		return nil, fail
	}
	if q.out == nil {
		return otherwise, nil
	}
	return q.out.render(e, otherwise)
}

// condition is the Condition of a choice rule.
type condition struct {
	query *query
	fixed bool // without a query
}

func (c *condition) holds(e *environment, _ json.RawMessage) (bool, *failure) {
	if c.query == nil {
		return c.fixed, nil
	}
	v, fail := c.query.typed(e, 't')
	return fail == nil && v[0] == 't', fail
}

// jsonataMap are the fields that a Map state has for JSONata.
type jsonataMap struct {
	list     *template // Items, when it is written out; nil is the state's input
	query    *query    // Items, when it is an expression
	selector *template // ItemSelector
}

func (q *jsonataMap) items(e *environment, data json.RawMessage, object bool) (json.RawMessage, *failure) {
	var fail *failure
	switch {
	case q.query != nil:
		if data, fail = q.query.value(e, nil); fail == nil && !(object && rawKind(data) == '{') {
			fail = q.query.expect(e.f, data, '[')
		}
		return data, fail
	case q.list != nil:
		if data, fail = q.list.render(e, data); fail != nil {
			return nil, fail
		}
	}
	if kind := rawKind(data); kind != '[' && !(object && kind == '{') {
		return nil, evaluationFailure(e.f, "", "Map state input must be an array but was: %s", data)
	}
	return data, nil
}

func (q *jsonataMap) item(e *environment, data, value json.RawMessage) (json.RawMessage, *failure) {
	return renderItem(e, q.selector, data, value)
}

// queryNumber is a quantity that an expression computes.
type queryNumber struct {
	query *query
	most  float64
	whole bool
}

func (n *queryNumber) value(e *environment, _ json.RawMessage) (float64, *failure) {
	if n.whole {
		whole, fail := n.query.whole(e, 0, int64(n.most))
		return float64(whole), fail
	}
	raw, fail := n.query.typed(e, '0')
	if fail != nil {
		return 0, fail
	}
	var number float64
	if err := json.Unmarshal(raw, &number); err != nil || number < 0 || number > n.most {
		return 0, n.query.fails(e.f, "returned an invalid value: %s. Expected a number between 0 and %g", raw, n.most)
	}
	return number, nil
}
