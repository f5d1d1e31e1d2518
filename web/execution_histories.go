package web

import (
	"context"
	"sync"

	"countersign/views/pages"
	"countersign/web/history"
	"countersign/web/paths"
	"countersign/workflow"
)

// histories keeps what was read of long histories, so that each look at an execution reads only
// what has come since, and the payloads that are shown. A history is never changed, only longer.
type histories struct {
	mu   sync.Mutex
	kept map[workflow.ExecutionID]*keptHistory // guarded by mu
	tick int64                                 // guarded by mu; counts looks
}

type keptHistory struct {
	mu   sync.Mutex
	read *history.History // guarded by mu
	// skipped is how many events came before those that were read; guarded by mu.
	skipped int64
	used    int64 // guarded by histories.mu: the look that was the latest
}

const (
	// shortHistory is up to how many events are read anew for every look.
	shortHistory = 500
	// readHistory is how many events of a history are read at most, the last ones. STANDARD
	// executions have half as many; those of EXPRESS state machines may have a million.
	readHistory = 2 * workflow.MaxHistoryEvents
	// keptHistories bounds the memory: some 5 MB for each of 25,000 events.
	keptHistories = 8
	// eventsAtOnce bounds what is in memory while a long history is read.
	eventsAtOnce = 5000
)

// of gives the history of an execution, a new one when it is not kept.
func (k *histories) of(id workflow.ExecutionID) *keptHistory {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tick++
	one := k.kept[id]
	if one == nil {
		if len(k.kept) >= keptHistories {
			k.forgetOldest()
		}
		if k.kept == nil {
			k.kept = make(map[workflow.ExecutionID]*keptHistory)
		}
		one = &keptHistory{read: history.New()}
		k.kept[id] = one
	}
	one.used = k.tick
	return one
}

func (k *histories) forgetOldest() {
	var oldest workflow.ExecutionID
	for id, one := range k.kept {
		if oldest == 0 || one.used < k.kept[oldest].used {
			oldest = id
		}
	}
	delete(k.kept, oldest)
}

// executionPage makes an execution's page of its history.
func (s *Server) executionPage(ctx context.Context, id workflow.ExecutionID, key string, chosen paths.Selection) (pages.Execution, workflow.ExecutionInfo, error) {
	f, d, last, err := s.executionFacts(ctx, id)
	if err != nil {
		return pages.Execution{}, f.Info, err
	}
	f.Key = key
	view := history.View{Selection: chosen, Comments: d.comments}
	if last > shortHistory {
		m, err := s.longPage(ctx, &f, d, last, view)
		return m, f.Info, err
	}
	events, err := s.store.History(ctx, id, 0, 0)
	if err != nil {
		return pages.Execution{}, f.Info, err
	}
	if last > 0 && int64(len(events)) > last {
		events = events[:last]
	}
	f.Events = events
	return history.Read(f).Page(d.layout, view), f.Info, nil
}

// longPage is executionPage for a history that is kept.
func (s *Server) longPage(ctx context.Context, f *history.Facts, d drawing, last int64, v history.View) (m pages.Execution, err error) {
	one := s.histories.of(f.Info.ID)
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.read.LastEventID() > last { // somebody has read on since
		key := f.Key
		if *f, d, last, err = s.executionFacts(ctx, f.Info.ID); err != nil {
			return m, err
		}
		f.Key = key
	}
	if err := s.readOn(ctx, one, f.Info.ID, last); err != nil {
		return m, err
	}
	one.read.Settle(*f)
	var wanted []workflow.HistoryEvent
	for _, run := range one.read.Wants(v) {
		events, err := s.store.History(ctx, f.Info.ID, run[0]-1, int(run[1]-run[0]+1))
		if err != nil {
			return m, err
		}
		wanted = append(wanted, events...)
	}
	one.read.Give(wanted)
	m = one.read.Page(d.layout, v)
	one.read.Give(nil) // payloads are not kept
	return m, nil
}

// readOn reads a history through an event. On an error what was read stays read.
func (s *Server) readOn(ctx context.Context, one *keptHistory, id workflow.ExecutionID, through int64) error {
	if through-one.read.LastEventID() > readHistory || through > readHistory && through-one.skipped > readHistory+readHistory/2 {
		one.read, one.skipped = history.New(), through-readHistory
		one.read.Skip(one.skipped)
	}
	for one.read.LastEventID() < through {
		after := one.read.LastEventID()
		events, err := s.store.History(ctx, id, after, int(min(eventsAtOnce, through-after)))
		if err != nil || len(events) == 0 {
			return err
		}
		one.read.Follow(events)
	}
	return nil
}
