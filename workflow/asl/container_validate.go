package asl

import (
	"math"

	"countersign/workflow"
)

func (c *compiler) parallel(p place) body {
	s := c.current
	if list, ok := p.member("Branches"); ok && list.value.kind == '[' {
		for i := range list.value.items {
			if branch := list.item(i); branch.value.kind == '{' {
				s.scopes = append(s.scopes, c.states(branch, s))
			}
		}
	}
	c.handled(p)
	return &parallelBody{}
}

// handled compiles what every state has that can fail and go on.
func (c *compiler) handled(p place) {
	c.current.retry = c.retriers(p)
	c.current.catch = c.catchers(p)
	c.current.next = c.nextOrEnd(p)
}

func (c *compiler) mapState(p place) body {
	s := c.current
	distributed := false
	processor, ok := p.member("ItemProcessor")
	if older, both := p.member("Iterator"); both {
		processor, ok = older, true
	}
	if ok && processor.value.kind == '{' {
		if distributed = isDistributed(processor); distributed && c.express {
			c.at(modeOf(processor), CodeSchema, "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines")
		}
		outer := c.express
		c.express = c.express || distributed && childType(processor) == workflow.Express
		s.scopes = []*scope{c.states(processor, s)}
		c.express = outer
	}
	b := &mapBody{
		lang:             c.iterator(p),
		concurrency:      c.quantity(p, "MaxConcurrency", math.MaxInt32),
		tolerated:        c.quantity(p, "ToleratedFailureCount", math.MaxInt32),
		toleratedPercent: c.quantity(p, percentageField, 100),
	}
	c.handled(p)
	if distributed {
		return c.mapRun(p, processor, *b)
	}
	return b
}

// iterator compiles the fields that choose and shape the items.
func (c *compiler) iterator(p place) iterator {
	if c.current.jsonata {
		return c.jsonataIterator(p)
	}
	q := &jsonPathMap{}
	q.itemsPath, _ = c.pathOrNull(p, "ItemsPath", false)
	if lang, ok := c.current.lang.(*jsonPath); ok {
		q.selector, lang.parameters = lang.parameters, nil
	}
	if p.value.get("ItemSelector") != nil {
		if p.value.get("Parameters") != nil {
			c.alternatives(p, false, "ItemSelector", "Parameters")
		}
		q.selector = c.template(p, "ItemSelector")
	}
	return q
}

// quantity reads FIELD or FIELDPath, of which there may be one.
func (c *compiler) quantity(p place, field string, most float64) quantity {
	given, found := p.member(field)
	path, byPath := p.member(field + "Path")
	switch {
	case found && given.value.kind == '"':
		if q := c.queryField(p, field); q != nil {
			return &queryNumber{q, most, field != percentageField}
		}
	case found && given.value.kind == '0':
		if field == percentageField {
			return number(c.number(p, field, 0, 0, most, false))
		}
		if field == "MaxItems" {
			return number(c.number(p, field, 0, 0, most, true))
		}
		return number(min(c.number(p, field, 0, 0, math.MaxFloat64, true), most))
	case byPath:
		if compiled := c.path(path, true); compiled != nil {
			return &pathNumber{field, compiled, most}
		}
	}
	return nil
}

func (c *compiler) jsonataIterator(p place) iterator {
	q := &jsonataMap{selector: c.queries(p, "ItemSelector", 0)}
	items, ok := p.member("Items")
	switch {
	case ok && items.value.kind == '"':
		if q.query = c.query(items, "Items", 0); q.query == nil {
			c.at(items, CodeSchema, "The value of the field 'Items' must be an array or a JSONata expression")
		}
	case ok:
		q.list = c.queries(p, "Items", 0)
	}
	return q
}
