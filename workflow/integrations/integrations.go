package integrations

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"countersign/workflow"
)

// Books are everything that integrations look up and write down.
type Books interface {
	FunctionBook
	TopicBook
	ConnectionBook
	DeliveryBook
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
// free for everybody: only the state machine that the built-in ones are for keeps them.
func (f *Functions) Before(builtIn map[string]workflow.Handler, own string) map[string]workflow.Handler {
	handlers := make(map[string]workflow.Handler, len(builtIn))
	for name, handler := range builtIn {
		handlers[name] = func(ctx context.Context, call workflow.Call) (workflow.Result, error) {
			if call.Execution.StateMachine == own {
				return handler(ctx, call)
			}
			_, err := f.book.HTTPFunction(ctx, name)
			if errors.Is(err, workflow.ErrNotFound) {
				return handler(ctx, call)
			}
			return f.Call(ctx, call) // which finds out again, and words what went wrong
		}
	}
	return handlers
}
