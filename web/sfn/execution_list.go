package sfn

import (
	"errors"
	"strconv"

	"countersign/models"
	"countersign/workflow"
)

type listExecutionsInput struct {
	StateMachineARN string `json:"stateMachineArn"`
	MapRunARN       string `json:"mapRunArn"`
	Status          string `json:"statusFilter"`
	Redriven        string `json:"redriveFilter"`
	pageInput
}

type listExecutionsOutput struct {
	Executions []executionItem `json:"executions"`
	NextToken  string          `json:"nextToken,omitempty"`
}

type executionItem struct {
	ARN             workflow.ARN             `json:"executionArn"`
	StateMachineARN workflow.ARN             `json:"stateMachineArn"`
	Name            string                   `json:"name"`
	Status          workflow.ExecutionStatus `json:"status"`
	StartedAt       Timestamp                `json:"startDate"`
	StoppedAt       Timestamp                `json:"stopDate,omitzero"`
	MapRunARN       workflow.ARN             `json:"mapRunArn,omitempty"`
	ItemCount       *int64                   `json:"itemCount,omitempty"`
	startedBy
	Redrives   int       `json:"redriveCount"`
	RedrivenAt Timestamp `json:"redriveDate,omitzero"`
}

// listExecutions has the newest first.
func (s *Service) listExecutions(c *Call, in listExecutionsInput) (any, error) {
	filter, err := s.executionFilter(c, in)
	if err != nil {
		return nil, err
	}
	question := []string{in.StateMachineARN, in.MapRunARN, in.Status, in.Redriven}
	page := models.Page{Limit: limitOf(in.MaxResults)}
	if page.After, err = s.after(c, in.NextToken, question...); err != nil {
		return nil, err
	}
	found, next, err := s.Store.Executions(c, filter, page)
	if err != nil {
		return nil, err
	}
	held, err := s.itemsHeld(c, in.MapRunARN, found)
	if err != nil {
		return nil, err
	}
	out := listExecutionsOutput{Executions: make([]executionItem, len(found))}
	for i, e := range found {
		out.Executions[i] = executionItem{
			ARN: e.ARN(), StateMachineARN: workflow.StateMachineARN(e.StateMachine), Name: e.Name, Status: e.Status,
			StartedAt: Timestamp(e.StartedAt), StoppedAt: Timestamp(e.StoppedAt), startedBy: startedByOf(e),
			Redrives: e.Redrives, RedrivenAt: Timestamp(e.RedrivenAt),
		}
		if n, known := held[e.ID]; known {
			out.Executions[i].MapRunARN, out.Executions[i].ItemCount = e.MapRun, &n
		}
	}
	if next != "" {
		out.NextToken, err = s.nextToken(c, next, question...)
	}
	return out, err
}

// itemsHeld is how many items each child execution of a Map Run has; nothing without a Map Run.
func (s *Service) itemsHeld(c *Call, run string, children []workflow.ExecutionInfo) (map[workflow.ExecutionID]int64, error) {
	if run == "" {
		return nil, nil
	}
	ids := make([]workflow.ExecutionID, len(children))
	for i, e := range children {
		ids[i] = e.ID
	}
	return s.Store.ItemsHeld(c, ids)
}

func (s *Service) executionFilter(c *Call, in listExecutionsInput) (f models.ExecutionFilter, err error) {
	f = models.ExecutionFilter{Status: workflow.ExecutionStatus(in.Status), MapRun: workflow.ARN(in.MapRunARN)}
	if in.Redriven != "" {
		redriven := in.Redriven == "REDRIVEN"
		f.Redriven = &redriven
	}
	switch {
	case (in.StateMachineARN == "") == (in.MapRunARN == ""):
		return f, Refuse("ValidationException", "Specify either stateMachineArn or mapRunArn, and not both")
	case in.MapRunARN != "":
		_, err = s.mapRun(c, in.MapRunARN)
		return f, err
	case f.Status == workflow.PendingRedrive:
		return f, Refuse("ValidationException", "A statusFilter of PENDING_REDRIVE needs a mapRunArn")
	}
	a, err := parseMachine(in.StateMachineARN)
	if err != nil {
		return f, err
	}
	if a.label != "" {
		return f, labelled(in.StateMachineARN)
	}
	f.StateMachine, f.Published, f.Alias, f.Present = a.name, a.version, a.alias, true
	m, _, err := s.described(c, a)
	switch {
	case errors.Is(err, workflow.ErrNotFound) || a.name == "":
		return f, doesNotExist(in.StateMachineARN)
	case err == nil && m.Type == workflow.Express:
		return f, typeNotSupported()
	}
	return f, err
}

type executionHistoryInput struct {
	ARN     string `json:"executionArn"`
	Reverse bool   `json:"reverseOrder"`
	Data    *bool  `json:"includeExecutionData"`
	pageInput
}

type executionHistoryOutput struct {
	Events    []historyEvent `json:"events"`
	NextToken string         `json:"nextToken,omitempty"`
}

func (s *Service) getExecutionHistory(c *Call, in executionHistoryInput) (any, error) {
	e, err := s.execution(c, in.ARN)
	if err != nil {
		return nil, err
	}
	data := in.Data == nil || *in.Data
	question := []string{in.ARN, strconv.FormatBool(in.Reverse), strconv.FormatBool(data)}
	cursor, err := s.after(c, in.NextToken, question...)
	if err != nil {
		return nil, err
	}
	id, _ := strconv.ParseInt(cursor, 10, 64) // 0, the beginning, for none; nobody but us writes cursors
	limit := limitOf(in.MaxResults)
	read := s.Store.History
	if in.Reverse {
		read = s.Store.HistoryBefore
	}
	events, err := read(c, e.ID, id, limit+1)
	if err != nil {
		return nil, err
	}
	var out executionHistoryOutput
	events, out.NextToken, err = cut(s, c, events, limit, func(e workflow.HistoryEvent) string { return strconv.FormatInt(e.ID, 10) }, question...)
	out.Events = make([]historyEvent, len(events))
	for i := range events {
		out.Events[i] = historyEvent{&events[i], data}
	}
	return out, err
}
