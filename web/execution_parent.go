package web

import (
	"context"
	"errors"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/history"
	"countersign/web/paths"
	"countersign/workflow"
)

// parentOf says which execution has started this one, and at which of its states; nil when none
// has, or when it is there no more.
func (s *Server) parentOf(ctx context.Context, info workflow.ExecutionInfo) (*pages.ExecutionParent, error) {
	id, entry := info.Parent.Execution, info.Parent.Entry
	if info.MapRun != "" {
		run, err := s.store.MapRun(ctx, info.MapRun)
		if err != nil && !errors.Is(err, workflow.ErrNotFound) {
			return nil, err
		}
		id, entry = run.Execution, run.Entry
	}
	if id == 0 {
		return nil, nil
	}
	row, err := s.store.Load(ctx, id)
	if errors.Is(err, workflow.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entered, err := s.store.History(ctx, row.ID, int64(entry)-1, 1)
	if err != nil {
		return nil, err
	}
	key := row.ARN().Tail()
	p := &pages.ExecutionParent{Execution: components.Link{Text: row.Name, URL: paths.Execution(key)}}
	if len(entered) > 0 {
		state := entered[0].Details.Name
		p.State = components.Link{Text: state, URL: paths.ExecutionAt(key, state)}
	}
	if info.MapRun != "" {
		p.MapRun = history.MapRunLink(info.MapRun)
	}
	return p, nil
}
