package integrations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"countersign/workflow"
)

// Books are everything that integrations look up and write down.
type Books interface {
	FunctionBook
	TopicBook
	ConnectionBook
	DeliveryBook
	// OwnRevision says whether the program itself has registered a revision of a state machine.
	OwnRevision(ctx context.Context, machine string, version int64) (bool, error)
}

// Options are what integrations work with; Books is required.
type Options struct {
	Books        Books
	AllowPrivate bool             // http:invoke connects to loopback and private addresses too
	Now          func() time.Time // nil: the clock
}

// Integrations are all that leaves the process over one set of books.
type Integrations struct {
	Functions *Functions
	Topics    *Topics
	HTTP      *HTTP
	books     Books
	now       func() time.Time
	own       sync.Map // revision → bool: it never changes
}

// New makes the integrations.
func New(o Options) *Integrations {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Integrations{
		Functions: NewFunctions(o.Books, o.Now), Topics: NewTopics(o.Books, o.Now),
		HTTP:  NewHTTP(HTTPOptions{Book: o.Books, AllowPrivate: o.AllowPrivate, Now: o.Now}),
		books: o.Books, now: o.Now,
	}
}

// Handlers are the integrations by the resources that tasks name them by.
func (i *Integrations) Handlers() map[string]workflow.Handler {
	return map[string]workflow.Handler{"sns:publish": i.Topics.Publish, "http:invoke": i.HTTP.Invoke}
}

// Courier takes messages to webhooks; wake says that there may be some.
func (i *Integrations) Courier(wake <-chan struct{}, log *slog.Logger) *Courier {
	return &Courier{Book: i.books, Wake: wake, Now: i.now, Logger: log}
}

// Before puts registered functions before built-in ones of the same name, so that a name is
// free for everybody: only the state machines that come with the program keep the functions
// that they are made for, and not the definitions that people put in their place.
func (i *Integrations) Before(builtIn map[string]workflow.Handler) map[string]workflow.Handler {
	handlers := make(map[string]workflow.Handler, len(builtIn))
	for name, handler := range builtIn {
		handlers[name] = func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
			registered, err := i.registered(ctx, name, call.Execution)
			if err != nil {
				return workflow.Result{}, err
			}
			if registered {
				return i.Functions.Call(ctx, call)
			}
			return handler(ctx, call)
		}
	}
	return handlers
}

// registered says whether an execution is to call the registered function of a name.
func (i *Integrations) registered(ctx context.Context, name string, e workflow.ExecutionInfo) (bool, error) {
	own, err := i.ownRevision(ctx, e)
	if own || err != nil {
		return false, err
	}
	_, err = i.books.HTTPFunction(ctx, name)
	if errors.Is(err, workflow.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

type revision struct {
	machine string
	version int64
}

func (i *Integrations) ownRevision(ctx context.Context, e workflow.ExecutionInfo) (bool, error) {
	if e.Version == 0 {
		return false, nil // of a state under test, whose state machine is made up
	}
	key := revision{e.StateMachine, e.Version}
	if own, known := i.own.Load(key); known {
		return own.(bool), nil
	}
	own, err := i.books.OwnRevision(ctx, e.StateMachine, e.Version)
	if err != nil {
		return false, fmt.Errorf("whose is state machine %s: %w", e.StateMachine, err)
	}
	i.own.Store(key, own)
	return own, nil
}
