package models

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/url"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"countersign/workflow"
	"countersign/workflow/engine/sim"
	"countersign/workflow/engine/storetest"
)

var (
	worlds    = flag.Int("worlds", 4, "how many random worlds to live through on each database")
	worldSeed = flag.Uint64("world-seed", 0, "live through the world of this seed alone, -worlds times")
	worldLong = flag.Duration("long", 0, "live through random worlds for so long")
)

// TestWorlds has engines live through the simulation's random worlds on a real database, in real
// time: one at a time on SQLite, which is opened anew by each; up to three on PostgreSQL.
func TestWorlds(t *testing.T) {
	eachWorld(t, "TestWorlds", func(p *plot) sim.Scenario { return sim.NewMixOn(p) })
}

// eachWorld lives through some worlds side by side: they wait most of the time.
func eachWorld(t *testing.T, name string, scenario func(*plot) sim.Scenario) {
	const atOnce = 6
	began, run := time.Now(), ""
	if onPostgres(t) {
		run = "TestOnPostgres/"
	}
	var n atomic.Int64
	next := func() (seed uint64, ok bool) {
		i := n.Add(1)
		switch {
		case t.Failed():
			return 0, false
		case *worldSeed != 0:
			return *worldSeed, i <= int64(*worlds)
		case *worldLong > 0:
			return sim.AnySeed(), time.Since(began) < *worldLong
		}
		return uint64(i), i <= int64(*worlds)
	}
	var lived sync.WaitGroup
	for range min(atOnce, max(*worlds, runtime.GOMAXPROCS(0))) {
		lived.Go(func() {
			for seed, ok := next(); ok; seed, ok = next() {
				t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
					p := newPlot(t, onPostgres(t))
					for _, violation := range sim.RunIn(t.Context(), seed, scenario(p), p.setting()) {
						t.Errorf("%s\n\tagain, as far as the order of things allows: go test ./models -run '%s%s$' -world-seed %d -worlds 50",
							violation, run, name, seed)
					}
				})
			}
		})
	}
	lived.Wait()
}

// plot is a database that a world stands on, as somebody sees it who looks at everything.
type plot struct {
	*Store // on SQLite that of the process which is alive, or was last
	t      *testing.T
	url    string
	shared bool // by several processes

	latest *Store // of the process that has started last
	clock  atomic.Pointer[func() time.Time]

	mu    sync.Mutex
	twice []string // effects that came a second time; guarded by mu
}

func newPlot(t *testing.T, shared bool) *plot {
	p := &plot{t: t, url: newDatabaseFor(t), shared: shared}
	at := p.url
	if shared {
		address, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		query := address.Query()
		query.Set("application_name", onlooker)
		address.RawQuery = query.Encode()
		at = address.String()
	}
	store, err := p.open(at)
	if err != nil {
		t.Fatal(err)
	}
	p.Store = store
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, table := range []string{`CREATE TABLE marks (mark text PRIMARY KEY)`, `CREATE TABLE moves (move text PRIMARY KEY)`,
		`CREATE TABLE accounts (account text PRIMARY KEY, balance bigint NOT NULL)`} {
		p.must(p.write(context.Background(), nil, func(tx *gorm.DB) error { return tx.Exec(table).Error }))
	}
	return p
}

func (p *plot) open(at string) (*Store, error) {
	return Open(context.Background(), Options{URL: at, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time {
		if now := p.clock.Load(); now != nil {
			return (*now)()
		}
		return time.Now()
	}})
}

func (p *plot) must(err error) {
	if err != nil {
		p.t.Error(err)
	}
}

// swift is how much faster than in the simulation's own worlds things happen here.
const swift = 100

func (p *plot) setting() sim.Setting {
	s := sim.Setting{
		Ground: func() sim.Ground { return p }, Join: p.join, Processes: 1, Brisk: swift,
		Wait: func(d time.Duration) { <-time.After(d) }, Quiet: func() {},
	}
	if p.shared {
		s.Processes, s.Sever, s.Unsure = 3, p.sever, func(err error) bool {
			var said *pgconn.PgError
			return errors.Is(err, errUncertain) || errors.Is(err, errNoConnection) || lostConnection(err) || errors.As(err, &said) && said.Severity == "FATAL"
		}
	}
	return s
}

// join opens the database for a process. An SQLite file has one user at a time, so the
// process's store is the one that is looked at, even after the process has ended.
func (p *plot) join() (sim.Depot, func(), error) {
	if !p.shared {
		if err := p.Close(); err != nil {
			return nil, nil, err
		}
	}
	store, err := p.open(p.url)
	if err != nil {
		return nil, nil, err
	}
	p.latest = store
	if !p.shared {
		p.Store = store
		return tenant{store, p}, func() {}, nil
	}
	return tenant{store, p}, func() { p.must(store.Close()) }, nil
}

// sever has the server end the processes' connections.
func (p *plot) sever() {
	err := p.write(context.Background(), nil, func(tx *gorm.DB) error {
		return tx.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name <> ? AND pid <> pg_backend_pid()`, onlooker).Error
	})
	p.t.Log("the processes are cut off: ", err)
}

// onlooker is the name of connections that are not cut.
const onlooker = "onlooker"

// tenant is the database as a process has it.
type tenant struct {
	*Store
	plot *plot
}

// Commit makes the simulation's effects the store's.
func (d tenant) Commit(ctx context.Context, c *workflow.Commit) error {
	ours := *c
	ours.Effects = slices.Clone(c.Effects)
	for i, e := range c.Effects {
		switch e := e.(type) {
		case storetest.Mark:
			ours.Effects[i] = effect{name: e.EffectName(), apply: func(tx *gorm.DB) error { return d.plot.once(string(e), putMark(tx, string(e))) }}
		case sim.Move:
			ours.Effects[i] = effect{name: e.EffectName(), apply: func(tx *gorm.DB) error { return d.plot.move(tx, e) }}
		}
	}
	return d.Store.Commit(ctx, &ours)
}

// once notes what was refused because it was there: by then the commit's fence was passed.
func (p *plot) once(what string, err error) error {
	if errors.Is(err, workflow.ErrEffectRefused) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.twice = append(p.twice, what)
	}
	return err
}

func (p *plot) move(tx *gorm.DB, m sim.Move) error {
	n, err := exec(tx, `INSERT INTO moves (move) VALUES (?) ON CONFLICT DO NOTHING`, m.Key)
	if err == nil && n == 0 {
		err = p.once(m.Key, workflow.ErrEffectRefused)
	}
	if err != nil || m.Amount == 0 {
		return err
	}
	n, err = exec(tx, `UPDATE accounts SET balance = balance - ? WHERE account = ? AND balance >= ?`, m.Amount, m.From, m.Amount)
	if err == nil && n == 0 {
		err = workflow.ErrEffectRefused
	}
	if err != nil {
		return err
	}
	_, err = exec(tx, `INSERT INTO accounts (account, balance) VALUES (?, ?)
		ON CONFLICT (account) DO UPDATE SET balance = accounts.balance + excluded.balance`, m.To, m.Amount)
	return err
}

// Open implements sim.Accounts.
func (p *plot) Open(account string, amount int) {
	p.must(p.write(context.Background(), nil, func(tx *gorm.DB) error {
		return tx.Exec(`INSERT INTO accounts (account, balance) VALUES (?, ?)`, account, amount).Error
	}))
}

// Balance implements sim.Accounts.
func (p *plot) Balance(account string) (balance int) {
	p.must(p.read(context.Background()).Raw(`SELECT coalesce(sum(balance), 0) FROM accounts WHERE account = ?`, account).Scan(&balance).Error)
	return balance
}

// Twice implements sim.Accounts.
func (p *plot) Twice() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.twice)
}

// All implements sim.Ground.
func (p *plot) All() []workflow.Row {
	rows, err := scanRows(p.read(context.Background()).Raw(`SELECT ` + executionColumns + ` FROM executions`).Rows())
	p.must(err)
	return rows
}

// AllMapRuns implements sim.Ground.
func (p *plot) AllMapRuns() (runs []workflow.MapRun) {
	var records []mapRunRecord
	p.must(p.read(context.Background()).Find(&records).Error)
	for _, r := range records {
		runs = append(runs, r.mapRun())
	}
	return runs
}

// Marked implements sim.Ground.
func (p *plot) Marked(mark string) bool { return marked(p.t, p.Store, mark) }

// Seize implements sim.Ground.
func (p *plot) Seize(id workflow.ExecutionID, owner string, until time.Time) {
	_ = p.write(context.Background(), nil, func(tx *gorm.DB) error {
		return tx.Exec(`UPDATE executions SET owner = ?, due_at = ? WHERE id = ? AND due_at IS NOT NULL`, owner, until.UnixMilli(), int64(id)).Error
	})
}

// checked is what CheckBooks and CheckHistories find.
func (p *plot) checked(ctx context.Context) []string {
	books, err := p.CheckBooks(ctx)
	p.must(err)
	histories, err := p.CheckHistories(ctx)
	p.must(err)
	return append(books, histories...)
}
