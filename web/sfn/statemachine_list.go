package sfn

import "countersign/workflow"

type listStateMachinesOutput struct {
	StateMachines []stateMachineItem `json:"stateMachines"`
	NextToken     string             `json:"nextToken,omitempty"`
}

type stateMachineItem struct {
	ARN       workflow.ARN              `json:"stateMachineArn"`
	Name      string                    `json:"name"`
	Type      workflow.StateMachineType `json:"type"`
	CreatedAt Timestamp                 `json:"creationDate"`
}

func (s *Service) listStateMachines(c *Call, in pageInput) (any, error) {
	after, err := s.after(c, in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := limitOf(in.MaxResults)
	rows, err := s.Store.ListStateMachines(c, after, limit+1)
	if err != nil {
		return nil, err
	}
	out := listStateMachinesOutput{StateMachines: []stateMachineItem{}}
	rows, out.NextToken, err = cut(s, c, rows, limit, func(m workflow.StateMachine) string { return m.Name })
	for _, m := range rows {
		out.StateMachines = append(out.StateMachines, stateMachineItem{m.ARN(), m.Name, m.Type, Timestamp(m.CreatedAt)})
	}
	return out, err
}
