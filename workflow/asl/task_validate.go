package asl

import (
	"slices"
	"strings"

	"countersign/workflow"
)

func (c *compiler) task(p place) body {
	b := &taskBody{}
	if resource, ok := p.member("Resource"); ok && resource.value.kind == '"' {
		c.resource(b, p, resource)
	}
	c.credentials(b, p)
	b.timeout = c.seconds(p, "TimeoutSeconds", 1)
	b.heartbeat = c.seconds(p, "HeartbeatSeconds", 1)
	if heartbeat, ok := p.member("HeartbeatSeconds"); ok && b.timeout.fixed > 0 && b.heartbeat.fixed >= b.timeout.fixed {
		c.at(heartbeat, CodeSchema, "The field 'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'")
	}
	c.current.retry = c.retriers(p)
	c.current.catch = c.catchers(p)
	c.current.next = c.nextOrEnd(p)
	return b
}

// resource says what a task calls.
func (c *compiler) resource(b *taskBody, state, p place) {
	b.resource = p.value.text
	if name, ok := strings.CutPrefix(b.resource, integrationPrefix); ok {
		if b.integration, b.pattern = findIntegration(name); c.test.mocked {
			c.mocked(b, name, state, p)
			return
		}
		if b.integration == nil {
			c.at(p, CodeNotSupported, "The resource '%s' is not supported; supported are the ARNs of functions and activities, and %s",
				b.resource, offered())
			return
		}
		if !slices.Contains(b.integration.patterns, b.pattern) {
			c.at(p, CodeNotSupported, "The resource '%s' is not supported: %s has no %s",
				b.resource, b.integration.name(), strings.TrimPrefix(string(b.pattern), "."))
			return
		}
		c.arguments(b.integration, state)
		return
	}
	if arn, ok := activityARN(b.resource); ok {
		b.activity = arn
		return
	}
	if !strings.HasPrefix(b.resource, "arn:") {
		c.at(p, CodeSchema, "Value is not a valid resource ARN")
		return
	}
	if b.function = workflow.FunctionName(b.resource); b.function != "" {
		return
	}
	if parts := strings.Split(b.resource, ":"); len(parts) > 5 && parts[2] != "lambda" {
		c.at(p, CodeNotSupported, "The resource '%s' is not supported", b.resource)
		return
	}
	c.at(p, CodeSchema, "Value is not a valid resource ARN")
}

func offered() string {
	names := make([]string, len(integrations))
	for i, integration := range integrations {
		names[i] = integration.name()
	}
	return strings.Join(names, ", ")
}

// arguments checks the fields that an integration takes, as far as they stand in the
// definition.
func (c *compiler) arguments(i *integration, state place) {
	args, ok := state.member("Parameters")
	if !ok {
		args, ok = state.member("Arguments")
	}
	if !ok {
		resource, _ := state.member("Resource")
		c.at(resource, CodeSchema, "Parameters field is required for resource ARN: %s", resource.value.text)
		return
	}
	if args.value.kind != '{' {
		return
	}
	for _, field := range i.required {
		if args.value.get(field) == nil && args.value.get(field+".$") == nil {
			c.at(args, CodeSchema, "The field '%s' is required but was missing", field)
		}
	}
	args.each(func(name string, at int, p place) {
		plain := strings.TrimSuffix(name, ".$")
		switch {
		case !slices.Contains(i.required, plain) && !slices.Contains(i.optional, plain):
			c.within(args, p, at, CodeSchema, "The field %q is not supported by Step Functions", name)
		case i == lambdaInvoke:
			c.invokeArgument(name, p)
		}
	})
}

func (c *compiler) invokeArgument(name string, p place) {
	if p.value.kind == '"' && strings.HasPrefix(p.value.text, "{%") {
		return
	}
	switch name {
	case "FunctionName":
		if workflow.FunctionName(p.value.text) == "" {
			c.at(p, CodeSchema, "The field 'FunctionName' must be the name or the ARN of a function")
		}
	case "InvocationType":
		if p.value.text != "RequestResponse" && p.value.text != "Event" {
			c.at(p, CodeNotSupported, "The invocation type '%s' is not supported; RequestResponse and Event are", p.value.text)
		}
	}
}

// credentials reads the role that Credentials name; there are no roles here, so it is
// kept for the history only.
func (c *compiler) credentials(b *taskBody, p place) {
	credentials, ok := p.member("Credentials")
	if !ok || credentials.value.kind != '{' {
		return
	}
	if role := credentials.value.get("RoleArn"); role != nil && !strings.HasPrefix(role.text, "{%") {
		b.credentials = role.text
	} else if role == nil && credentials.value.get("RoleArn.$") == nil {
		c.at(credentials, CodeSchema, "The field 'RoleArn' is required but was missing")
	}
}
