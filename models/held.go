package models

import (
	"strconv"
	"strings"
	"sync"

	"gorm.io/gorm"

	"countersign/workflow"
)

// hearers are told of executions that other processes have committed beside their holder.
type hearers struct {
	mu  sync.Mutex
	all map[*func([]workflow.ExecutionID)]bool // guarded by mu
}

// heldTopic begins the topic of a commit beside the holder of an execution.
const heldTopic = "held:"

func topicHeld(id workflow.ExecutionID) string { return heldTopic + strconv.FormatInt(int64(id), 10) }

// Hear is engine.Store's.
func (s *Store) Hear(tell func([]workflow.ExecutionID)) (stop func()) {
	h := &s.hearers
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all = make(map[*func([]workflow.ExecutionID)]bool)
	}
	h.all[&tell] = true
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.all, &tell)
	}
}

func (h *hearers) tell(ids []workflow.ExecutionID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for tell := range h.all {
		(*tell)(ids)
	}
}

// tellHolders passes on what concerns holders of executions.
func (s *Store) tellHolders(topics []string) {
	var ids []workflow.ExecutionID
	for _, topic := range topics {
		if text, ok := strings.CutPrefix(topic, heldTopic); ok {
			if id, err := strconv.ParseInt(text, 10, 64); err == nil {
				ids = append(ids, workflow.ExecutionID(id))
			}
		}
	}
	if ids != nil {
		s.hearers.tell(ids)
	}
}

// keepsLease says that a commit leaves the execution to a holder that does not know of it yet.
func keepsLease(c *workflow.Commit) bool { return c.Beside && c.Owner == c.Holder }

// putBeside writes the row of an execution that stays its holder's.
func putBeside(tx *gorm.DB, c *workflow.Commit, first int64) (refused, failed error) {
	n, err := exec(tx, besideExecution, int64(len(c.Events)), c.Snapshot, int64(c.Info.ID), c.Expect, c.Holder, follows(first))
	if err != nil || n == 1 {
		return nil, err
	}
	return whyNotUpdated(tx, c, first)
}
