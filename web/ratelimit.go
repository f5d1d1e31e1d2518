package web

import (
	"container/list"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// attempts limits how often something may be tried per key (an address, an e-mail address). It keeps
// the most recently used keys only; forgetting an idle key gives its attempts back, which
// at this many keys costs an attacker more than it gains.
type attempts struct {
	every time.Duration
	burst int
	keep  int

	mu     sync.Mutex // guards recent and byKey
	recent *list.List // of *attempter, latest first
	byKey  map[string]*list.Element
}

// maxAttemptKey bounds what is kept of a key, which a stranger may have typed; no e-mail address
// is longer (RFC 5321, 4.5.3.1.3).
const maxAttemptKey = 254

type attempter struct {
	key     string
	limiter *rate.Limiter
}

func newAttempts(burst int, every time.Duration) *attempts {
	return &attempts{every: every, burst: burst, keep: 10_000, recent: list.New(), byKey: map[string]*list.Element{}}
}

// take spends one attempt. giveBack returns it, for attempts that turned out to be right.
// When there is none left, wait says when to try again and giveBack is nil.
func (a *attempts) take(key string, now time.Time) (giveBack func(), wait time.Duration) {
	r := a.of(key).ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return nil, wait
	}
	return func() { r.CancelAt(now) }, 0
}

func (a *attempts) of(key string) *rate.Limiter {
	if len(key) > maxAttemptKey {
		key = strings.Clone(key[:maxAttemptKey]) // without the rest, which is not kept alive
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if e, ok := a.byKey[key]; ok {
		a.recent.MoveToFront(e)
		return e.Value.(*attempter).limiter
	}
	one := &attempter{key, rate.NewLimiter(rate.Every(a.every), a.burst)}
	a.byKey[key] = a.recent.PushFront(one)
	if a.recent.Len() > a.keep {
		oldest := a.recent.Back()
		delete(a.byKey, oldest.Value.(*attempter).key)
		a.recent.Remove(oldest)
	}
	return one.limiter
}
