package asl

import (
	"slices"
	"strings"

	"countersign/workflow"
)

const (
	integrationPrefix = "arn:aws:states:::"
	tokenSuffix       = ".waitForTaskToken"
)

func (c *compiler) task(p place) body {
	b := &taskBody{}
	if resource, ok := p.member("Resource"); ok && resource.value.kind == '"' {
		c.resource(b, p, resource)
	}
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
	name, integration := strings.CutPrefix(b.resource, integrationPrefix)
	switch {
	case integration:
		name, b.token = strings.CutSuffix(name, tokenSuffix)
		b.integration = true
		if name != "lambda:invoke" {
			c.at(p, CodeNotSupported, "The resource '%s' is not supported; supported are functions' ARNs and lambda:invoke, the latter with .waitForTaskToken too", b.resource)
			return
		}
		c.invokeParameters(state)
	case !strings.HasPrefix(b.resource, "arn:"):
		c.at(p, CodeSchema, "Value is not a valid resource ARN")
	default:
		if b.function = workflow.FunctionName(b.resource); b.function != "" {
			return
		}
		if strings.Contains(b.resource, ":activity:") {
			c.at(p, CodeNotSupported, "Activities are not supported yet: '%s'", b.resource)
			return
		}
		if parts := strings.Split(b.resource, ":"); len(parts) > 5 && parts[2] != "lambda" {
			c.at(p, CodeNotSupported, "The resource '%s' is not supported", b.resource)
			return
		}
		c.at(p, CodeSchema, "Value is not a valid resource ARN")
	}
}

// invokeFields are the parameters of lambda:invoke.
var invokeFields = []string{"FunctionName", "Payload", "InvocationType", "Qualifier", "ClientContext", "LogType"}

func (c *compiler) invokeParameters(state place) {
	params, ok := state.member("Parameters")
	if !ok {
		c.at(state, CodeSchema, "These fields are required: [Parameters]")
		return
	}
	if params.value.kind != '{' {
		return
	}
	if params.value.get("FunctionName") == nil && params.value.get("FunctionName.$") == nil {
		c.at(params, CodeSchema, "The field 'FunctionName' is required but was missing")
	}
	params.each(func(name string, at int, p place) {
		plain := strings.TrimSuffix(name, ".$")
		switch {
		case !slices.Contains(invokeFields, plain):
			c.add(CodeSchema, p.pointer, at, "The field '%s' is not supported by Step Functions", name)
		case name == "FunctionName" && workflow.FunctionName(p.value.text) == "":
			c.at(p, CodeSchema, "The field 'FunctionName' must be the name or the ARN of a function")
		case name == "InvocationType" && p.value.text != "RequestResponse":
			c.at(p, CodeNotSupported, "The invocation type '%s' is not supported; only RequestResponse is", p.value.text)
		}
	})
}
