package asl

import (
	"math"
)

// branchFields are those of a branch, and of a Map state's processor.
var branchFields = fields{"Comment": `"`, "StartAt": `"`, "States": `{`}

var processorFields = fields{"ProcessorConfig": `{`}

var processorConfigFields = fields{"Mode": `"`, "ExecutionType": `"`}

// branches checks the form of what is within a state.
func (c *formCheck) branches(p place) {
	c.objects(p, "Branches", func(branch place) { c.branch(branch, "a branch") })
	for _, name := range []string{"Iterator", "ItemProcessor"} {
		processor, ok := p.member(name)
		if !ok || processor.value.kind != '{' {
			continue
		}
		c.branch(processor, "an item processor", processorFields)
		if config, ok := processor.member("ProcessorConfig"); ok && config.value.kind == '{' {
			c.object(config, "a processor configuration", processorConfigFields)
		}
	}
}

func (c *formCheck) branch(p place, what string, more ...fields) {
	c.require(p, "StartAt", "States")
	c.object(p, what, append(more, branchFields)...)
	c.states(p)
}

func (c *compiler) parallel(p place) body {
	s := c.current
	if list, ok := p.member("Branches"); ok && list.value.kind == '[' {
		if len(list.value.items) == 0 {
			c.at(list, CodeSchema, "The field 'Branches' must have at least one branch")
		}
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
		if ok {
			c.at(p, CodeSchema, "Only one of the fields 'ItemProcessor' and 'Iterator' may be given")
		}
		processor, ok = older, true
	}
	switch {
	case !ok:
		c.at(p, CodeSchema, "These fields are required: [ItemProcessor]")
	case processor.value.kind == '{':
		distributed = c.processorConfig(processor)
		s.scopes = []*scope{c.states(processor, s)}
	}
	b := &mapBody{
		lang:             c.iterator(p),
		concurrency:      c.quantity(p, "MaxConcurrency", math.MaxInt32),
		tolerated:        c.quantity(p, "ToleratedFailureCount", math.MaxInt32),
		toleratedPercent: c.quantity(p, "ToleratedFailurePercentage", 100),
	}
	c.handled(p)
	if distributed {
		return c.mapRun(p, processor, *b)
	}
	return b
}

// processorConfig says whether a Map state is in DISTRIBUTED mode.
func (c *compiler) processorConfig(processor place) (distributed bool) {
	config, ok := processor.member("ProcessorConfig")
	if !ok || config.value.kind != '{' {
		return false
	}
	mode, ok := config.member("Mode")
	switch {
	case !ok || mode.value.kind != '"' || mode.value.text == "INLINE":
	case mode.value.text == "DISTRIBUTED":
		return true
	default:
		c.at(mode, CodeSchema, "The field 'Mode' should have one of these values: [INLINE, DISTRIBUTED]")
	}
	return false
}

// iterator compiles the fields that choose and shape the items.
func (c *compiler) iterator(p place) iterator {
	q := &jsonPathMap{}
	q.itemsPath, _ = c.pathOrNull(p, "ItemsPath", false)
	if lang, ok := c.current.lang.(*jsonPath); ok {
		q.selector, lang.parameters = lang.parameters, nil
	}
	if selector, ok := p.member("ItemSelector"); ok {
		if p.value.get("Parameters") != nil {
			c.at(selector, CodeSchema, "Only one of the fields 'ItemSelector' and 'Parameters' may be given")
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
	case found && byPath:
		c.at(p, CodeSchema, "Only one of the fields '%s' and '%sPath' may be given", field, field)
	case found && given.value.kind == '0':
		return number(c.number(p, field, 0, 0, most, field != "ToleratedFailurePercentage"))
	case byPath:
		if compiled := c.path(path, false); compiled != nil {
			return &pathNumber{field + "Path", compiled, most}
		}
	}
	return nil
}
