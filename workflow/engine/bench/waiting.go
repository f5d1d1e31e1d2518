package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Waiting is what many executions cost that wait for people.
type Waiting struct {
	Executions int          `json:"executions"`
	Started    float64      `json:"started_per_second"`       // until all of them waited
	Resident   float64      `json:"resident_bytes"`           // of a server that was started on them
	Most       float64      `json:"peak_resident_bytes"`      // of that server
	Ready      float64      `json:"ready_after_start_ms"`     // from the start of its process until /readyz says yes
	Approve    *Percentiles `json:"approve_to_next_state_ms"` // with all of them waiting
}

// manyWaiting brings so many orders to their approval.
func (b *bench) manyWaiting(ctx context.Context, n int, to Figures) (*Waiting, error) {
	w := &Waiting{Executions: n}
	b.say("%s orders on their way to their approval", number(float64(n)))
	began, before := time.Now(), b.asked.Load()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	var started atomic.Int64
	for range b.InFlight {
		group.Go(func() {
			for started.Add(1) <= int64(n) && ctx.Err() == nil {
				// Orders that are placed faster than they are seen to would time out.
				err := poll(ctx, time.Millisecond, func() (bool, error) { return b.stats().Live < 2*b.InFlight, nil })
				if err == nil {
					_, err = b.Orders.StartAboveLimit(ctx, b.next.Add(1))
				}
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	group.Wait()
	err := poll(ctx, 10*time.Millisecond, func() (bool, error) { return b.asked.Load()-before >= int64(n), nil })
	if err != nil {
		return nil, fmt.Errorf("bench waiting: %w", errors.Join(err, context.Cause(ctx)))
	}
	w.Started = per(float64(n), time.Since(began).Seconds())
	var approvals latency
	for range b.Rounds {
		if err := b.idle(ctx, &approvals, b.approval); err != nil {
			return nil, fmt.Errorf("bench waiting: %w", err)
		}
	}
	w.Approve = approvals.report(to, "waiting.approve_to_next_state_ms")
	return w, nil
}

// restart starts a server on a database that is closed and waits until it is ready.
func (w *Waiting) restart(ctx context.Context, database string, to Figures) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	server := exec.CommandContext(ctx, program, "serve", "--addr", "127.0.0.1:0", "--database", database)
	var complaints bytes.Buffer
	server.Stderr = &complaints
	said, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := server.Start(); err != nil {
		return err
	}
	err = w.observe(ctx, server, bufio.NewScanner(said), began, to)
	stopped := server.Process.Signal(syscall.SIGTERM)
	if err = errors.Join(err, stopped, server.Wait()); err != nil {
		return fmt.Errorf("bench waiting: %w; the server said:\n%s", err, &complaints)
	}
	return nil
}

// settled is how long a server has been up when its memory is read.
const settled = 2 * time.Second

func (w *Waiting) observe(ctx context.Context, server *exec.Cmd, said *bufio.Scanner, began time.Time, to Figures) error {
	at := ""
	for at == "" && said.Scan() {
		if _, url, ok := strings.Cut(said.Text(), "http://"); ok {
			at = "http://" + strings.TrimSpace(url)
		}
	}
	if at == "" {
		return errors.New("the server did not say where it is")
	}
	err := poll(ctx, time.Millisecond, func() (bool, error) {
		answer, err := http.Get(at + "/readyz")
		if err != nil {
			return false, nil
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK, nil
	})
	if err != nil {
		return fmt.Errorf("the server did not become ready: %w", err)
	}
	w.Ready = milliseconds(time.Since(began))
	pause(ctx, settled)
	w.Resident, w.Most = resident(server.Process.Pid)
	to.add("waiting.resident_bytes", "B", lower, w.Resident)
	to.add("waiting.ready_after_start_ms", "ms", lower, w.Ready)
	return nil
}
