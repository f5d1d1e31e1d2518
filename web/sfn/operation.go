package sfn

import (
	"maps"
	"time"

	"countersign/workflow"
)

// operation is what answers one X-Amz-Target, and whom.
type operation struct {
	roles    []workflow.Role // any of them
	patience time.Duration   // how long it may wait; 0: it does not
	serve    func(*Service, *Call, map[string]any) (any, error)
}

var (
	readers = []workflow.Role{workflow.RoleApprover, workflow.RoleOperator, workflow.RoleAdministrator}
	writers = []workflow.Role{workflow.RoleOperator, workflow.RoleAdministrator}
)

// group is the operations of one kind of resource, by name.
type group map[string]operation

// operations are all that there are.
func operations() map[string]operation {
	all := map[string]operation{}
	for _, g := range []group{
		stateMachineOperations, versionOperations, aliasOperations, activityOperations, tagOperations,
		testOperations, executionOperations, taskOperations, mapRunOperations,
	} {
		maps.Copy(all, g)
	}
	return all
}

// read is an operation that changes nothing. In is the struct that its input is read into,
// by the names in the json tags of its fields.
func read[In any](serve func(*Service, *Call, In) (any, error)) operation {
	return operation{roles: readers, serve: typed(serve)}
}

// write is an operation that changes something.
func write[In any](serve func(*Service, *Call, In) (any, error)) operation {
	return operation{roles: writers, serve: typed(serve)}
}

// within lets an operation wait.
func (o operation) within(patience time.Duration) operation {
	o.patience = patience
	return o
}

func typed[In any](serve func(*Service, *Call, In) (any, error)) func(*Service, *Call, map[string]any) (any, error) {
	return func(s *Service, c *Call, members map[string]any) (any, error) {
		var in In
		if err := decode(members, &in); err != nil {
			return nil, err
		}
		return serve(s, c, in)
	}
}
