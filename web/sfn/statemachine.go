package sfn

import (
	"context"
	"strings"
	"unicode"

	"countersign/models"
	"countersign/workflow"
)

// registryStore keeps state machines.
type registryStore interface {
	CreateStateMachine(ctx context.Context, m workflow.StateMachine, c models.Creation) (made workflow.StateMachine, published int64, err error)
	DeleteStateMachine(ctx context.Context, name string) error
	FinishDeletions(ctx context.Context) error
}

var stateMachineOperations = group{
	"CreateStateMachine": write((*Service).createStateMachine),
	"DeleteStateMachine": write((*Service).deleteStateMachine),
}

// validName refuses names with characters that the service does not allow in them: white space,
// brackets, wildcards, special and control characters.
func validName(name string) error {
	for _, r := range name {
		if unicode.IsSpace(r) || strings.ContainsRune(`<>{}[]?*"#%\^|~`+"`"+`$&,;:/`, r) || unicode.IsControl(r) || r == 0xfffe || r == 0xffff {
			return Refuse("InvalidName", "Invalid Name: '%s'", name)
		}
	}
	return nil
}

// roleARN refuses what is no ARN of a role. Roles give no rights here.
func roleARN(arn string) error {
	if !strings.HasPrefix(arn, "arn:") {
		return invalidArn("Invalid ARN prefix: %s", arn)
	}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[2] != "iam" || !strings.HasPrefix(parts[5], "role/") {
		return invalidArn("Invalid ARN: %s", arn)
	}
	return nil
}

func doesNotExist(arn string) *Error {
	return Refuse("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
}

func beingDeleted(arn string) *Error {
	return Refuse("StateMachineDeleting", "State Machine is being deleted: '%s'", arn)
}
