package asl

import (
	"strings"
)

// hints warns of values in a JSONPath state that look as if they were to be evaluated
// and will not be.
func (c *formCheck) hints(p place) {
	for _, name := range []string{"Parameters", "ResultSelector", "ItemSelector", "Assign"} {
		if template, ok := p.member(name); ok {
			c.undollared(template)
		}
	}
	if result, ok := p.member("Result"); ok {
		c.static(result, result)
	}
	for _, name := range []string{"Error", "Cause"} {
		if field, ok := p.member(name); ok {
			c.unpathed(field, name)
		}
	}
}

// lookAlike says what a text looks like: a path, a call, or neither.
func lookAlike(v *value) string {
	switch {
	case v.kind != '"':
		return ""
	case intrinsicCall.MatchString(v.text):
		return "an Intrinsic Function"
	case strings.HasPrefix(v.text, "$.") || strings.HasPrefix(v.text, "$[") || strings.HasPrefix(v.text, "$$."):
		if _, err := parsePath(v.text); err == nil {
			return "a JSONPath"
		}
	}
	return ""
}

// undollared warns of the fields of a payload template that lack .$ at their end.
func (c *formCheck) undollared(p place) {
	for i := range p.value.items {
		c.undollared(p.item(i))
	}
	p.each(func(name string, _ int, field place) {
		if strings.HasSuffix(name, ".$") {
			return
		}
		if what := lookAlike(field.value); what != "" {
			c.warn(p, field, CodeNoDollar, "The value of '%s' looks like %s. Instead of '%s', use '%s.$' to evaluate it as %s at runtime.",
				name, what, name, name, what)
			return
		}
		c.undollared(field)
	})
}

// static warns of fields in a Pass state's Result that would be evaluated elsewhere.
func (c *formCheck) static(result, p place) {
	for i := range p.value.items {
		c.static(result, p.item(i))
	}
	p.each(func(name string, _ int, field place) {
		if strings.HasSuffix(name, ".$") && lookAlike(field.value) != "" {
			c.warn(result, field, CodeStaticResult, "The value of '%s' will not evaluate as a JSONPath or Intrinsic Function at runtime. "+
				"Instead of 'Result', use 'Parameters' to evaluate it as a JSONPath or Intrinsic Function at runtime.", name)
			return
		}
		c.static(result, field)
	})
}

// unpathed warns of a field whose twin with Path at its end takes paths.
func (c *formCheck) unpathed(p place, name string) {
	if what := lookAlike(p.value); what != "" {
		c.warn(p, p, CodeNoPath, "The value of '%s' looks like %s. Instead of '%s', use '%sPath' to evaluate it as %s at runtime.",
			name, what, name, name, what)
	}
}
