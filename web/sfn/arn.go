package sfn

import (
	"strconv"
	"strings"

	"countersign/workflow"
)

// machineARN is what an ARN of a state machine points at.
type machineARN struct {
	text    string
	name    string
	label   string // of a Distributed Map state: stateMachine:NAME/LABEL
	version int64  // stateMachine:NAME:3; 0 for none
	alias   string // stateMachine:NAME:production; empty for none
}

func (a machineARN) qualified() bool { return a.version != 0 || a.alias != "" }

func invalidArn(format string, args ...any) *Error {
	e := Refuse("InvalidArn", format, args...)
	e.Message = "Invalid Arn: '" + e.Message + "'"
	return e
}

// resource reads arn:aws:states:REGION:ACCOUNT:KIND:REST and gives KIND and REST. Nothing of
// another region or account exists here, so such an ARN is well-formed and found is false.
func resource(arn string) (kind, rest string, found bool, err error) {
	if !strings.HasPrefix(arn, "arn:") {
		return "", "", false, invalidArn("Invalid ARN prefix: %s", arn)
	}
	parts := strings.SplitN(arn, ":", 7)
	switch {
	case len(parts) < 6 || parts[1] == "" || parts[2] == "":
		return "", "", false, invalidArn("Invalid ARN: %s", arn)
	case parts[2] != "states":
		return "", "", false, invalidArn("Invalid ARN service: %s", arn)
	case len(parts) < 7 || parts[5] == "" || parts[6] == "":
		return "", "", false, invalidArn("Invalid ARN: %s", arn)
	}
	return parts[5], parts[6], parts[3] == workflow.Region && parts[4] == workflow.Account, nil
}

// parseMachine reads the ARN of a state machine, a version or an alias.
func parseMachine(arn string) (machineARN, error) {
	kind, rest, found, err := resource(arn)
	if err != nil {
		return machineARN{}, err
	}
	if kind != "stateMachine" {
		return machineARN{}, invalidArn("Resource type not valid in this context: %s", kind)
	}
	a := machineARN{text: arn}
	name, qualifier, qualified := strings.Cut(rest, ":")
	a.name, a.label, _ = strings.Cut(name, "/")
	if a.name == "" || qualified && qualifier == "" || strings.Contains(qualifier, ":") {
		return machineARN{}, invalidArn("Invalid ARN: %s", arn)
	}
	if !found {
		a.name = "" // nothing here has that name
	}
	if number, err := strconv.ParseInt(qualifier, 10, 64); err == nil && number > 0 {
		a.version = number
	} else {
		a.alias = qualifier
	}
	return a, nil
}

// parsePlain reads the ARN of a state machine itself.
func parsePlain(arn string) (machineARN, error) {
	a, err := parseMachine(arn)
	switch {
	case err != nil:
		return machineARN{}, err
	case a.label != "":
		return machineARN{}, labelled(arn)
	case a.qualified():
		return machineARN{}, invalidArn("Resource type not valid in this context: %s", arn)
	}
	return a, nil
}

// labelled refuses the ARN of a Distributed Map state.
func labelled(arn string) *Error {
	return invalidBecause("API_DOES_NOT_SUPPORT_LABELED_ARNS", "This API does not support labeled ARNs: '%s'", arn)
}

// parseVersion reads the ARN of a published version.
func parseVersion(arn string) (machineARN, error) {
	a, err := parseMachine(arn)
	if err == nil && (a.version == 0 || a.label != "") {
		err = invalidArn("Resource type not valid in this context: %s", arn)
	}
	return a, err
}

// parseAlias reads the ARN of an alias.
func parseAlias(arn string) (machineARN, error) {
	a, err := parseMachine(arn)
	if err == nil && (a.alias == "" || a.label != "") {
		err = invalidArn("Resource type not valid in this context: %s", arn)
	}
	return a, err
}

// parseActivity reads the ARN of an activity; the name is empty for one that cannot be here.
func parseActivity(arn string) (name string, err error) {
	kind, name, found, err := resource(arn)
	switch {
	case err != nil:
		return "", err
	case kind != "activity":
		return "", invalidArn("Resource type not valid in this context: %s", kind)
	case strings.Contains(name, ":"):
		return "", invalidArn("Invalid ARN: %s", arn)
	case !found:
		return "", nil
	}
	return name, nil
}
