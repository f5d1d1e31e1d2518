package models

import (
	"maps"
	"slices"
	"sync"
)

// hub tells subscribers in this process that something under a topic has changed, whoever
// has changed it (see postgres_listen.go).
// It says that, not what: a subscriber reads the store again. Topics are
// "execution:<id>", "executions", "order:<id>", "orders", "inbox", "mail", "inventory".
type hub struct {
	mu     sync.RWMutex
	topics map[string]map[*subscription]struct{} // guarded by mu
}

// subscription's channel holds one token: changes that nobody has looked at yet are one change.
type subscription struct {
	topics  []string
	changed chan struct{}
}

func (h *hub) subscribe(topics []string) *subscription {
	s := &subscription{topics: topics, changed: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.topics == nil {
		h.topics = make(map[string]map[*subscription]struct{})
	}
	for _, topic := range topics {
		if h.topics[topic] == nil {
			h.topics[topic] = make(map[*subscription]struct{})
		}
		h.topics[topic][s] = struct{}{}
	}
	return s
}

func (h *hub) unsubscribe(s *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, topic := range s.topics {
		delete(h.topics[topic], s)
		if len(h.topics[topic]) == 0 {
			delete(h.topics, topic)
		}
	}
}

// publish never blocks.
func (h *hub) publish(topics []string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if len(h.topics) == 0 {
		return
	}
	for _, topic := range topics {
		for s := range h.topics[topic] {
			select {
			case s.changed <- struct{}{}:
			default:
			}
		}
	}
}

// publishAll is for when nobody knows what has changed.
func (h *hub) publishAll() {
	h.mu.RLock()
	topics := slices.Collect(maps.Keys(h.topics))
	h.mu.RUnlock()
	h.publish(topics)
}

// Subscribe reports changes under any of the topics: after a change has committed
// there is something to receive, once for all changes since the last receive.
// The channel is never closed; call cancel when done, any number of times.
func (s *Store) Subscribe(topics ...string) (changed <-chan struct{}, cancel func()) {
	sub := s.hub.subscribe(topics)
	return sub.changed, func() { s.hub.unsubscribe(sub) }
}
