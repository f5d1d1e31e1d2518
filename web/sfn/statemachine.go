package sfn

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"countersign/models"
	"countersign/workflow"
)

// registryStore keeps state machines.
type registryStore interface {
	CreateStateMachine(ctx context.Context, m workflow.StateMachine, c models.Creation) (made workflow.StateMachine, published int64, err error)
	UpdateStateMachine(ctx context.Context, name string, r models.Revision) (now workflow.StateMachine, published int64, err error)
	DeleteStateMachine(ctx context.Context, name string) error
	StateMachine(ctx context.Context, name string) (workflow.StateMachine, error)
	ListStateMachines(ctx context.Context, after string, limit int) ([]workflow.StateMachine, error)
}

var stateMachineOperations = group{
	"CreateStateMachine":             write((*Service).createStateMachine),
	"UpdateStateMachine":             write((*Service).updateStateMachine),
	"DeleteStateMachine":             write((*Service).deleteStateMachine),
	"DescribeStateMachine":           read((*Service).describeStateMachine),
	"ListStateMachines":              read((*Service).listStateMachines),
	"ValidateStateMachineDefinition": read((*Service).validateDefinition),
}

// validName refuses names with characters that the service does not allow in them: white space,
// brackets, wildcards, special and control characters. It refuses . and .. as well: browsers take
// them for folders, so that nobody would get to their pages.
func validName(name string) error {
	if name == "." || name == ".." {
		return Refuse("InvalidName", "Invalid Name: '%s'", name)
	}
	for _, r := range name {
		if unicode.IsSpace(r) || strings.ContainsRune(`<>{}[]?*"#%\^|~`+"`"+`$&,;:/`, r) || unicode.IsControl(r) || r == 0xfffe || r == 0xffff || r == 0x10ffff {
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

// ofMachine words the store's errors about a state machine that was named by arn.
func ofMachine(err error, arn string) error {
	switch {
	case errors.Is(err, workflow.ErrDeleting):
		return Refuse("StateMachineDeleting", "State Machine is being deleted: '%s'", arn)
	case errors.Is(err, workflow.ErrNotFound):
		return doesNotExist(arn)
	}
	return err
}
