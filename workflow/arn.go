package workflow

import (
	"fmt"
	"strings"
)

// Region and Account are what Countersign answers as when nothing else is configured.
const (
	Region  = "us-east-1"
	Account = "123456789012"
)

// ARN is an Amazon Resource Name: arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE.
type ARN string

// StateMachineARN names a state machine.
func StateMachineARN(name string) ARN {
	return ARN(fmt.Sprintf("arn:aws:states:%s:%s:stateMachine:%s", Region, Account, name))
}

// ExecutionARN names an execution of a state machine.
func ExecutionARN(machine, name string) ARN {
	return ARN(fmt.Sprintf("arn:aws:states:%s:%s:execution:%s:%s", Region, Account, machine, name))
}

// ExpressARN names an execution of an EXPRESS state machine, whose name need not be its
// own alone.
func ExpressARN(machine, name string, id ExecutionID) ARN {
	return ARN(fmt.Sprintf("arn:aws:states:%s:%s:express:%s:%s:%s", Region, Account, machine, name, id))
}

// VersionARN names a published version of a state machine.
func VersionARN(machine string, number int64) ARN {
	return ARN(fmt.Sprintf("%s:%d", StateMachineARN(machine), number))
}

// AliasARN names an alias of a state machine.
func AliasARN(machine, alias string) ARN {
	return ARN(fmt.Sprintf("%s:%s", StateMachineARN(machine), alias))
}

// ActivityARN names an activity.
func ActivityARN(name string) ARN {
	return ARN(fmt.Sprintf("arn:aws:states:%s:%s:activity:%s", Region, Account, name))
}

// MapRunARN names a Map Run of a state machine's Distributed Map state.
func MapRunARN(machine, label, id string) ARN {
	return ARN(fmt.Sprintf("arn:aws:states:%s:%s:mapRun:%s/%s:%s", Region, Account, machine, label, id))
}

// Last is what follows the ARN's last colon.
func (a ARN) Last() string { return string(a[strings.LastIndexByte(string(a), ':')+1:]) }

// Tail is what follows the kind of resource: MACHINE:NAME of an execution, MACHINE/LABEL:ID of
// a Map Run. It is empty for what is no such ARN.
func (a ARN) Tail() string {
	parts := strings.SplitN(string(a), ":", 7) // arn, partition, service, region, account, kind
	if len(parts) < 7 {
		return ""
	}
	return parts[6]
}

// FunctionARN names a function.
func FunctionARN(name string) ARN {
	return ARN(fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", Region, Account, name))
}

// TopicARN names a topic.
func TopicARN(name string) ARN {
	return ARN(fmt.Sprintf("arn:aws:sns:%s:%s:%s", Region, Account, name))
}

// ConnectionARN names a connection.
func ConnectionARN(name, id string) ARN {
	return ARN(fmt.Sprintf("arn:aws:events:%s:%s:connection/%s/%s", Region, Account, name, id))
}

// FunctionName returns NAME of "arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]",
// of the shorter "ACCOUNT:function:NAME[:QUALIFIER]" and of "NAME[:QUALIFIER]". Empty
// means that s is none of them.
func FunctionName(s string) string {
	if rest, ok := strings.CutPrefix(s, "arn:"); ok {
		parts := strings.SplitN(rest, ":", 5) // partition, service, region, account, resource
		if len(parts) < 5 || parts[1] != "lambda" || !strings.HasPrefix(parts[4], "function:") {
			return ""
		}
		s = strings.TrimPrefix(parts[4], "function:")
	} else if _, name, ok := strings.Cut(s, ":function:"); ok {
		s = name
	}
	name, qualifier, qualified := strings.Cut(s, ":")
	if name == "" || strings.ContainsAny(s, "/ ") || qualified && (qualifier == "" || strings.Contains(qualifier, ":")) {
		return ""
	}
	return name
}
