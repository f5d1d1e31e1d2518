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
	b.credentials = c.credentials(p)
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
		c.integration(b, name, state, p)
		return
	}
	if arn, ok := activityARN(b.resource); ok {
		if b.activity = arn; c.express {
			c.at(p, CodeSchema, "Express state machine does not support Activity ARN '%s'", b.resource)
		}
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
		c.at(p, CodeSchema, notRecognized, b.resource)
		return
	}
	c.at(p, CodeSchema, "Value is not a valid resource ARN")
}

// notRecognized is what the service says of the ARN of something that it cannot call.
const notRecognized = "The resource provided %s is not recognized. The value is not a valid resource ARN, or the resource is not available in this region."

// integration says what a task asks of a service.
func (c *compiler) integration(b *taskBody, name string, state, p place) {
	b.integration, b.pattern = findIntegration(name)
	switch {
	case c.express && b.pattern != RequestResponse:
		c.at(p, CodeSchema, "Express state machine does not support '%s' service integration ", strings.TrimSuffix(string(b.pattern), ":2"))
	case c.test.mocked:
		c.mocked(b, name, state, p)
	case b.integration == nil && strings.Contains(name, ":"):
		c.at(p, CodeInvalidResource, notRecognized+" Available are the ARNs of functions and activities, and %s.", b.resource, offered())
	case b.integration == nil || !slices.Contains(b.integration.patterns, b.pattern):
		c.at(p, CodeSchema, notRecognized, b.resource)
	default:
		c.arguments(b.integration, state)
	}
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
		field := "Parameters"
		if c.current.jsonata {
			field = "Arguments"
		}
		c.at(resource, CodeSchema, "%s field is required for resource ARN: %s", field, resource.value.text)
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
