package asl

func (c *compiler) pass(p place) body {
	b := &passBody{}
	if result, ok := p.member("Result"); ok {
		b.result = c.d.raw(result.value)
	}
	c.current.next = c.nextOrEnd(p)
	return b
}

func (c *compiler) succeed(place) body {
	c.ends = true
	return succeedBody{}
}

func (c *compiler) fail(p place) body {
	c.ends = true
	b := &failBody{errPath: c.source(p, "ErrorPath"), causePath: c.source(p, "CausePath")}
	for _, f := range []struct {
		name string
		to   *string
		from **source
	}{{"Error", &b.err, &b.errPath}, {"Cause", &b.cause, &b.causePath}} {
		if v := p.value.get(f.name); v != nil {
			*f.to = v.text
			if q := c.queryField(p, f.name); q != nil {
				*f.from = &source{query: q}
			}
		}
	}
	return b
}

// source compiles a field that takes a path or a call of an intrinsic function.
func (c *compiler) source(p place, field string) *source {
	f, ok := p.member(field)
	if !ok || f.value.kind != '"' {
		return nil
	}
	if intrinsicCall.MatchString(f.value.text) {
		return &source{call: c.intrinsic(f)}
	}
	return &source{path: c.path(f, false)}
}

// waitFields are in the order of the service's message.
var waitFields = []string{"SecondsPath", "Seconds", "TimestampPath", "Timestamp"}

func (c *compiler) wait(p place) body {
	c.alternatives(p, true, waitFields...)
	b := &waitBody{timestampPath: c.pathField(p, "TimestampPath")}
	if p.value.get("Seconds") != nil || p.value.get("SecondsPath") != nil {
		b.seconds = &seconds{
			fixed: c.secondsField(p, "Seconds", 0), path: c.pathField(p, "SecondsPath"), query: c.queryField(p, "Seconds"),
		}
	}
	b.timestampQuery = c.queryField(p, "Timestamp")
	if at, ok := p.member("Timestamp"); ok && at.value.kind == '"' && b.timestampQuery == nil {
		t, valid := parseTimestamp(at.value.text)
		if !valid {
			c.at(at, CodeSchema, "String does not match RFC3339 timestamp")
		}
		b.timestamp = toMillis(t.Add(999_999)) // never too early
	}
	c.current.next = c.nextOrEnd(p)
	return b
}
