package sfn

import (
	"context"
	"slices"
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
	leave, ok := s.lines.join(ctx, arn, s.Lined)
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
	of map[workflow.ARN][]chan struct{} // guarded by mu; a worker's channel is closed when it is first
}

// join waits to be first; ok is false when ctx ended before. lined is told how long the line is.
func (l *lines) join(ctx context.Context, arn workflow.ARN, lined func(workflow.ARN, int)) (leave func(), ok bool) {
	turn := make(chan struct{})
	l.mu.Lock()
	if l.of == nil {
		l.of = map[workflow.ARN][]chan struct{}{}
	}
	if l.of[arn] = append(l.of[arn], turn); len(l.of[arn]) == 1 {
		close(turn)
	}
	lined(arn, len(l.of[arn]))
	l.mu.Unlock()
	leave = func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		rest := l.of[arn]
		first := rest[0] == turn
		rest = slices.DeleteFunc(rest, func(other chan struct{}) bool { return other == turn })
		if l.of[arn] = rest; len(rest) == 0 {
			delete(l.of, arn)
		} else if first {
			close(rest[0])
		}
		lined(arn, len(rest))
	}
	select {
	case <-turn:
		return leave, true
	case <-ctx.Done():
		leave()
		return nil, false
	}
}
