package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/workflow"
	"countersign/workflow/engine"
	"countersign/workflow/engine/sim"
	"countersign/workflow/engine/storetest"
)

func TestNextProcessGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		faulty := sim.NewFaulty(store)
		definition := machine(`"A":` + lambda("F", `"Next":"B"`) + `,"B":` + lambda("G", `"End":true`))
		var first workflow.Call
		a := install(t, store, definition, functions{"F": answer(`1`), "G": func(ctx context.Context, c workflow.Call) (workflow.Result, error) {
			first = c
			<-ctx.Done()
			return workflow.Result{}, ctx.Err()
		}}, func(o *engine.Options) { o.Store = faulty })
		info := a.start("x")
		if row := a.row(info.ID); row.Owner == "" {
			t.Fatal("nobody holds the lease while G is called")
		}
		kill(a, faulty)

		var second workflow.Call
		b := install(t, store, definition, functions{"G": func(_ context.Context, c workflow.Call) (workflow.Result, error) {
			second = c
			return workflow.Result{Output: json.RawMessage(`2`)}, nil
		}})
		defer b.drain()
		pass(time.Second)
		b.wantStatus(info.ID, workflow.Succeeded)
		if first.IdempotencyKey == "" || first.IdempotencyKey != second.IdempotencyKey {
			t.Errorf("keys before and after the crash: %q, %q", first.IdempotencyKey, second.IdempotencyKey)
		}
	})
}

// Of a replica that dies the others say once how many of its executions they went on with, and nothing of
// one that ends in order.
func TestTakeoversAreSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(21 * 365 * 24 * time.Hour) // when ids are made of the time
		store := storetest.NewMemory()
		faulty := sim.NewFaulty(store)
		definition := machine(`"A":` + lambda("F", `"End":true`))
		slow := functions{"F": counted(new(atomic.Int64), 5*time.Minute)}
		dead := install(t, store, definition, slow, shared, func(o *engine.Options) { o.Store, o.Owner = faulty, "the dead" })
		ends := install(t, store, definition, slow, shared, func(o *engine.Options) { o.Owner = "the one that ends" })
		var said bytes.Buffer
		log := slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		heir := install(t, store, definition, slow, shared, func(o *engine.Options) { o.Logger = log })
		for _, name := range []string{"a", "b", "c"} {
			dead.start(name)
			pass(4 * time.Second) // their leases do not end at the same time
		}
		ends.start("d")
		pass(time.Second)
		kill(dead, faulty)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_ = ends.Drain(ended) // a call in progress is withdrawn
		pass(time.Second)
		if n := heir.Stats(); n.TakenOver != 0 || n.Live != 1 {
			t.Errorf("after the other's end in order: %+v", n)
		}
		pass(time.Minute)
		want := `level=WARN msg="another replica did not renew its leases in time; went on with its executions" replica="the dead" executions=3` + "\n"
		if n := heir.Stats().TakenOver; said.String() != want || n != 3 {
			t.Errorf("%d were taken over; it said:\n%s\nwant:\n%s", n, said.String(), want)
		}
		pass(5 * time.Minute)
		heir.drain()
	})
}

func kill(i *installation, store *sim.Faulty) {
	store.Kill()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_ = i.Drain(ended)
}

func TestLostLeaseCannotCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		cut := &cutOff{Store: store}
		definition := machine(`"A":` + lambda("F", `"End":true`))
		release := make(chan struct{})
		a := install(t, store, definition, functions{"F": func(context.Context, workflow.Call) (workflow.Result, error) {
			<-release // slow, and deaf to being withdrawn
			return workflow.Result{Output: json.RawMessage(`"slow"`), Effects: []workflow.Effect{storetest.Mark("slow")}}, nil
		}}, func(o *engine.Options) { o.Store, o.Exclusive = cut, false })
		info := a.start("x")
		synctest.Wait()
		cut.off.Store(true)

		b := install(t, store, definition, functions{"F": func(context.Context, workflow.Call) (workflow.Result, error) {
			return workflow.Result{Output: json.RawMessage(`"quick"`), Effects: []workflow.Effect{storetest.Mark("quick")}}, nil
		}}, func(o *engine.Options) { o.Exclusive = false })
		pass(20 * time.Second)
		b.wantStatus(info.ID, workflow.Running) // a's lease still counts
		pass(20 * time.Second)
		row := b.wantStatus(info.ID, workflow.Succeeded)
		close(release)
		synctest.Wait()
		if row = b.row(info.ID); string(row.Output) != `"quick"` || store.Marked("slow") || !store.Marked("quick") {
			t.Errorf("output %s; effects: slow %t, quick %t", row.Output, store.Marked("slow"), store.Marked("quick"))
		}
		a.drain()
		b.drain()
	})
}

// An engine that comes back finds executions in its memory with which others have gone on
// meanwhile. It takes them up as they are now, and not when its next renewal tells it.
func TestTakenUpAsOthersHaveLeftIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		cut := &cutOff{Store: store}
		definition := machine(`"A":` + lambda("F", `"Next":"B"`) + `,"B":{"Type":"Wait","Seconds":30,"End":true}`)
		hangs := func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
			<-ctx.Done()
			return workflow.Result{}, ctx.Err()
		}
		a := install(t, store, definition, functions{"F": hangs}, shared, func(o *engine.Options) { o.Store = cut })
		defer a.drain()
		info := a.start("x")
		synctest.Wait()
		cut.off.Store(true)
		b := install(t, store, definition, functions{"F": answer(`1`)}, shared)
		pass(40 * time.Second)
		if row := b.row(info.ID); row.Owner != "" || row.DueAt.IsZero() {
			t.Fatalf("it is held by %q and due at %v", row.Owner, row.DueAt)
		}
		b.drain()
		pass(32 * time.Second) // 72 s after the start; leases are renewed every 10 s
		cut.off.Store(false)
		pass(time.Second)
		a.wantStatus(info.ID, workflow.Succeeded)
	})
}

// cutOff is a store that an engine can no longer claim or renew on.
type cutOff struct {
	engine.Store
	off atomic.Bool
}

func (c *cutOff) Claim(ctx context.Context, owner string, now, until time.Time, limit int) ([]workflow.Row, error) {
	if c.off.Load() {
		return nil, errors.New("no connection")
	}
	return c.Store.Claim(ctx, owner, now, until, limit)
}

func (c *cutOff) Renew(ctx context.Context, owner string, ids []workflow.ExecutionID, until time.Time) ([]workflow.ExecutionID, error) {
	if c.off.Load() {
		return nil, errors.New("no connection")
	}
	return c.Store.Renew(ctx, owner, ids, until)
}

func TestSlowCallKeepsItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		definition := machine(`"A":` + lambda("F", `"End":true`))
		var calls atomic.Int64
		slow := functions{"F": func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
			calls.Add(1)
			pass(5 * time.Minute)
			return workflow.Result{Output: json.RawMessage(`1`)}, nil
		}}
		a := install(t, store, definition, slow, shared)
		b := install(t, store, definition, slow, shared)
		info := a.start("x")
		pass(6 * time.Minute)
		a.wantStatus(info.ID, workflow.Succeeded)
		if calls.Load() != 1 {
			t.Errorf("the function was called %d times", calls.Load())
		}
		a.drain()
		b.drain()
	})
}

func TestDrainLetsCallsFinishAndGivesLeasesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		definition := machine(`"A":` + lambda("F", `"Next":"B"`) + `,"B":` + lambda("F", `"End":true`))
		f := functions{"F": func(context.Context, workflow.Call) (workflow.Result, error) {
			pass(3 * time.Second)
			return workflow.Result{Output: json.RawMessage(`1`)}, nil
		}}
		a := install(t, store, definition, f, shared)
		info := a.start("x")
		pass(time.Second)
		a.drain()
		row := a.row(info.ID)
		if row.Status != workflow.Running || row.Owner != "" || row.DueAt.After(time.Now()) {
			t.Errorf("after the drain: %s, owner %q, due %v", row.Status, row.Owner, row.DueAt)
		}
		if _, err := a.StartExecution(t.Context(), engine.StartRequest{StateMachine: "M", Name: "y", Input: json.RawMessage(`1`)}); !errors.Is(err, engine.ErrDraining) {
			t.Errorf("start while draining: %v", err)
		}
		b := install(t, store, definition, f, shared)
		pass(4 * time.Second)
		b.wantStatus(info.ID, workflow.Succeeded)
		b.drain()
	})
}

func TestDrainGivesUpOnDeafCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := install(t, storetest.NewMemory(), machine(`"A":`+lambda("F", `"End":true`)), functions{"F": func(ctx context.Context, _ workflow.Call) (workflow.Result, error) {
			<-ctx.Done()
			return workflow.Result{}, ctx.Err()
		}})
		info := i.start("x")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := i.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("drain: %v", err)
		}
		if row := i.row(info.ID); row.Status != workflow.Running || row.DueAt.After(time.Now()) {
			t.Errorf("after the drain: %s, due %v", row.Status, row.DueAt)
		}
	})
}

// A Map Run is left to whoever comes next at once, not when the lease of its execution ends.
func TestDrainGivesBackMapRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		i := install(t, store, machine(`"M":{"Type":"Map","End":true,"Label":"L","ItemsPath":"$.items","ItemProcessor":{"StartAt":"W",`+
			`"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}}`),
			nil, func(o *engine.Options) { o.MapRuns = store })
		info, err := i.StartExecution(t.Context(), engine.StartRequest{StateMachine: "M", Name: "x", Input: []byte(`{"items":[1,2]}`)})
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		if row := i.wantStatus(info.ID, workflow.Running); row.Owner == "" {
			t.Fatal("nobody looks after the Map Run")
		}
		i.drain()
		if row := i.row(info.ID); row.DueAt.After(time.Now()) {
			t.Errorf("drained, the execution is %q's for another %v", row.Owner, time.Until(row.DueAt))
		}
	})
}

// An engine that has lost its lease without hearing of it remembers an execution as it was.
// Nobody is told by that memory that there is nothing to answer.
func TestMemoryThatIsBehindAnswersNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		cut := &cutOff{Store: store}
		ask := func(name, then string) string {
			return `"` + name + `":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",` +
				`"Parameters":{"FunctionName":"Ask","Payload":{"t.$":"$$.Task.Token"}},` + then + `}`
		}
		definition := machine(`"P":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"A","States":{"A":` + lambda("F", `"End":true`) + `}},` +
			`{"StartAt":"First","States":{` + ask("First", `"Next":"Second"`) + `,` + ask("Second", `"End":true`) + `}}]}`)
		var token atomic.Value
		slow := functions{"Ask": asked(&token), "F": untilWithdrawn}
		a := install(t, store, definition, slow, func(o *engine.Options) { o.Store, o.Exclusive = cut, false })
		info := a.start("x")
		synctest.Wait()
		cut.off.Store(true)
		b := install(t, store, definition, slow, shared)
		pass(40 * time.Second)
		if err := b.SucceedTask(t.Context(), token.Load().(workflow.TaskToken), json.RawMessage(`1`)); err != nil {
			t.Fatal(err)
		}
		b.row(info.ID)
		if err := a.SucceedTask(t.Context(), token.Load().(workflow.TaskToken), json.RawMessage(`2`)); err != nil {
			t.Errorf("the question that the other engine has asked: %v", err)
		}
		if err := b.StopExecution(t.Context(), info.ID, "", ""); err != nil {
			t.Error(err)
		}
		cut.off.Store(false)
		pass(20 * time.Second) // the first engine hears of it, and both withdraw their calls
		a.drain()
		b.drain()
	})
}

// Steps leave a lease alone that has most of its time left, and prolong one that has not.
func TestStepsProlongTheLeaseNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewMemory()
		var ends []time.Duration
		begin := time.Now()
		i := install(t, store, machine(`"A":`+lambda("F", `"Next":"B"`)+`,"B":`+lambda("F", `"Next":"C"`)+`,"C":`+lambda("F", `"End":true`)),
			functions{"F": func(ctx context.Context, c workflow.Call) (workflow.Result, error) {
				row, err := store.Load(ctx, c.Execution.ID)
				ends = append(ends, row.DueAt.Sub(begin).Round(time.Second))
				time.Sleep(5 * time.Second)
				return workflow.Result{}, err
			}})
		defer i.drain()
		info := i.start("x")
		pass(16 * time.Second)
		i.wantStatus(info.ID, workflow.Succeeded)
		want := []time.Duration{30 * time.Second, 30 * time.Second, 40 * time.Second}
		if !slices.Equal(ends, want) {
			t.Errorf("at the calls the lease ended at %v, want %v", ends, want)
		}
	})
}
