package sfn

import (
	"context"
	"sync"
	"time"

	"countersign/models"
	"countersign/workflow"
)

// longestPoll is how long a worker's request waits for a task.
const longestPoll = 60 * time.Second

// changes tells when something under a topic has changed.
type changes interface {
	Subscribe(topics ...string) (changed <-chan struct{}, cancel func())
}

type getActivityTaskInput struct {
	ARN    string `json:"activityArn"`
	Worker string `json:"workerName"`
}

// getActivityTaskOutput has nulls when there was no task.
type getActivityTaskOutput struct {
	Token *workflow.TaskToken `json:"taskToken"`
	Input *string             `json:"input"`
}

// getActivityTask waits for a task of an activity. Workers are served in the order in which
// they asked. A worker that has gone is not given a task that it would not hear of.
func (s *Service) getActivityTask(c *Call, in getActivityTaskInput) (any, error) {
	a, err := s.activity(c, in.ARN)
	if err != nil {
		return nil, err
	}
	if err := validName(in.Worker); err != nil {
		return nil, err
	}
	arn := workflow.ActivityARN(a.Name)
	ctx, cancel := context.WithTimeout(c, s.Poll)
	defer cancel()
	leave, ok := s.lines.join(ctx, arn)
	if !ok {
		return getActivityTaskOutput{}, nil
	}
	defer leave()
	changed, forget := s.Store.Subscribe(models.TopicActivity(arn))
	defer forget()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for ctx.Err() == nil {
		offer, ok, err := s.Engine.TakeTask(c, arn, in.Worker)
		if err != nil {
			return nil, err
		}
		if ok {
			return getActivityTaskOutput{&offer.Token, verbatim(offer.Input)}, nil
		}
		select {
		case <-changed:
		case <-again.C:
		case <-ctx.Done():
		}
	}
	return getActivityTaskOutput{}, nil
}

// lookAgain is how often a waiting worker looks by itself: offers of another process are not
// heard of.
const lookAgain = time.Second

// lines are the workers that wait, one line for each activity: the first of a line looks for a
// task, and who has got one, or has waited long enough, gives its place to the next.
type lines struct {
	mu sync.Mutex
	of map[workflow.ARN]*line // guarded by mu
}

type line struct {
	turn    chan struct{} // holds a token while nobody is first; those who wait for it are served in order
	members int
}

// join waits to be first; ok is false when ctx ended before.
func (l *lines) join(ctx context.Context, arn workflow.ARN) (leave func(), ok bool) {
	l.mu.Lock()
	if l.of == nil {
		l.of = map[workflow.ARN]*line{}
	}
	mine := l.of[arn]
	if mine == nil {
		mine = &line{turn: make(chan struct{}, 1)}
		mine.turn <- struct{}{}
		l.of[arn] = mine
	}
	mine.members++
	l.mu.Unlock()
	quit := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if mine.members--; mine.members == 0 {
			delete(l.of, arn)
		}
	}
	select {
	case <-mine.turn:
		return func() { mine.turn <- struct{}{}; quit() }, true
	case <-ctx.Done():
		quit()
		return nil, false
	}
}
