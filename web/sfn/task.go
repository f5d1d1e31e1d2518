package sfn

import (
	"context"
	"encoding/json"
	"errors"

	"countersign/workflow"
	"countersign/workflow/asl"
)

// taskEngine answers the tasks that wait with a token.
type taskEngine interface {
	SucceedTask(ctx context.Context, token workflow.TaskToken, output json.RawMessage, effects ...workflow.Effect) error
	FailTask(ctx context.Context, token workflow.TaskToken, name, cause string, effects ...workflow.Effect) error
	HeartbeatTask(ctx context.Context, token workflow.TaskToken) error
	TakeTask(ctx context.Context, activity workflow.ARN, worker string) (workflow.Offer, bool, error)
}

var taskOperations = group{
	"SendTaskSuccess":   write((*Service).sendTaskSuccess),
	"SendTaskFailure":   write((*Service).sendTaskFailure),
	"SendTaskHeartbeat": write((*Service).sendTaskHeartbeat),
	"GetActivityTask":   write((*Service).getActivityTask).within(longestPoll),
}

type sendTaskInput struct {
	Token  workflow.TaskToken `json:"taskToken"`
	Output string             `json:"output"`
	Error  string             `json:"error"`
	Cause  string             `json:"cause"`
}

func (s *Service) sendTaskSuccess(c *Call, in sendTaskInput) (any, error) {
	if in.Output == "" {
		return nil, invalidOutput("Invalid output.")
	}
	if len(in.Output) > workflow.MaxPayload {
		return nil, invalidOutput("Output is longer than the limit of 262144 bytes.")
	}
	if wrong := asl.SyntaxError([]byte(in.Output)); wrong != "" {
		return nil, invalidOutput(wrong)
	}
	return nil, ofTask(s.Engine.SucceedTask(c, in.Token, json.RawMessage(in.Output)))
}

func (s *Service) sendTaskFailure(c *Call, in sendTaskInput) (any, error) {
	return nil, ofTask(s.Engine.FailTask(c, in.Token, in.Error, in.Cause))
}

func (s *Service) sendTaskHeartbeat(c *Call, in sendTaskInput) (any, error) {
	return nil, ofTask(s.Engine.HeartbeatTask(c, in.Token))
}

func invalidOutput(why string) *Error { return Refuse("InvalidOutput", "Invalid Output: '%s'", why) }

// ofTask words what the engine says of a token. A token of a task that is over, however it
// ended, has timed out to the service.
func ofTask(err error) error {
	switch {
	case errors.Is(err, workflow.ErrTaskTokenInvalid):
		return invalidToken()
	case errors.Is(err, workflow.ErrTaskGone):
		return Refuse("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
	case errors.Is(err, workflow.ErrNotFound):
		return Refuse("TaskDoesNotExist", "Task Does Not Exist: 'Provided task does not exist'")
	}
	return err
}
