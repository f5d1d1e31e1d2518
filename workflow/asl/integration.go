package asl

import (
	"encoding/json"
	"slices"
	"strings"

	"countersign/workflow"
)

// Pattern is how a task waits for what it has called.
type Pattern string

// The patterns of service integrations, as they end a resource's name.
const (
	RequestResponse  Pattern = ""
	Sync             Pattern = ".sync"
	Sync2            Pattern = ".sync:2"
	WaitForTaskToken Pattern = ".waitForTaskToken"
)

// integration is something that a task can call besides functions by their ARNs and
// activities.
type integration struct {
	service, action string // as history events name them: resourceType, resource
	patterns        []Pattern
	required        []string // fields of the arguments
	optional        []string
	// metadata says which of the SDK's headers the result carries; nil for none.
	metadata *sdkMetadata
}

// name is the integration's resource without prefix and pattern.
func (i *integration) name() string { return i.service + ":" + i.action }

var tokenOnly = []Pattern{RequestResponse, WaitForTaskToken}

var snsFields = []string{
	"TopicArn", "TargetArn", "PhoneNumber", "Subject", "MessageStructure", "MessageAttributes",
	"MessageDeduplicationId", "MessageGroupId",
}

var lambdaInvoke = &integration{"lambda", "invoke", tokenOnly, []string{"FunctionName"},
	[]string{"Payload", "InvocationType", "Qualifier", "ClientContext", "LogType"}, lambdaMetadata}

// integrations are all that are offered.
var integrations = []*integration{
	lambdaInvoke,
	{"states", "startExecution", []Pattern{RequestResponse, Sync, Sync2, WaitForTaskToken}, []string{"StateMachineArn"},
		[]string{"Input", "Name", "TraceHeader"}, statesMetadata},
	{"sns", "publish", tokenOnly, []string{"Message"}, snsFields, snsMetadata},
	{"http", "invoke", []Pattern{RequestResponse}, []string{"ApiEndpoint", "Method"},
		[]string{"Authentication", "InvocationConfig", "Headers", "QueryParameters", "RequestBody", "Transform"}, nil},
	{"aws-sdk:sfn", "startExecution", tokenOnly, []string{"StateMachineArn"}, []string{"Input", "Name", "TraceHeader"}, nil},
	{"aws-sdk:sfn", "stopExecution", tokenOnly, []string{"ExecutionArn"}, []string{"Error", "Cause"}, nil},
	{"aws-sdk:sfn", "sendTaskSuccess", tokenOnly, []string{"Output", "TaskToken"}, nil, nil},
	{"aws-sdk:sfn", "sendTaskFailure", tokenOnly, []string{"TaskToken"}, []string{"Error", "Cause"}, nil},
	{"aws-sdk:sfn", "sendTaskHeartbeat", tokenOnly, []string{"TaskToken"}, nil, nil},
}

const integrationPrefix = "arn:aws:states:::"

// findIntegration takes a resource's name, without its prefix, apart. found is nil
// when there is no such integration.
func findIntegration(name string) (found *integration, p Pattern) {
	for _, p = range []Pattern{Sync2, Sync, WaitForTaskToken} {
		if rest, ok := strings.CutSuffix(name, string(p)); ok {
			name = rest
			break
		}
		p = RequestResponse
	}
	i := slices.IndexFunc(integrations, func(i *integration) bool { return i.name() == name })
	if i < 0 {
		return nil, p
	}
	return integrations[i], p
}

// activityARN says whether a resource is an activity's ARN.
func activityARN(resource string) (workflow.ARN, bool) {
	parts := strings.Split(resource, ":")
	ok := len(parts) == 7 && parts[0] == "arn" && parts[2] == "states" && parts[5] == "activity" && parts[6] != ""
	return workflow.ARN(resource), ok
}

// call reads what is called with what out of the arguments.
func (i *integration) call(args json.RawMessage) (c call, problem string) {
	for _, field := range i.required {
		if _, _, ok := member(args, field); !ok {
			return c, "The field '" + field + "' is required"
		}
	}
	if i != lambdaInvoke {
		return call{payload: args}, ""
	}
	start, end, _ := member(args, "FunctionName")
	name, _ := rawString(args[start:end])
	if c.function = workflow.FunctionName(name); c.function == "" {
		return c, "The value of the field 'FunctionName' has an invalid format"
	}
	c.payload = rawEmpty
	if start, end, ok := member(args, "Payload"); ok && rawKind(args[start:]) != 'n' { // null is no payload
		c.payload = args[start:end:end]
	}
	if start, end, ok := member(args, "InvocationType"); ok {
		kind, _ := rawString(args[start:end])
		c.event = kind == "Event"
	}
	return c, ""
}
