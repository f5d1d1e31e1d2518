package sfn

type deleteStateMachineInput struct {
	ARN string `json:"stateMachineArn"`
}

// deleteStateMachine answers as soon as the state machine is going, which it is until its
// executions have ended. Deleting what is not there is no error.
func (s *Service) deleteStateMachine(c *Call, in deleteStateMachineInput) (any, error) {
	arn, err := parsePlain(in.ARN)
	if err != nil {
		return nil, err
	}
	if err := s.Store.DeleteStateMachine(c, arn.name); err != nil {
		return nil, err
	}
	return nil, s.Store.FinishDeletions(c)
}
