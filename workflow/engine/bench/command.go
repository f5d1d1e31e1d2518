package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"

	"countersign/workflow/engine"
)

// Command is `countersign bench`, as the command line sets it.
type Command struct {
	Scenario []string `default:"order,no-ops" enum:"order,no-ops,payloads,map,waiting" help:"What to measure, with commas between: order, no-ops, payloads, map, waiting."`
	Settings `embed:""`

	Payload int `default:"100000" help:"Bytes of input and of each result, for payloads."`
	Items   int `default:"10000" help:"Items of the Map."`
	Waiting int `default:"100000" help:"Orders that wait for approval, for waiting."`
	Workers int `default:"256" help:"Function calls at the same time."`

	History  int64  `default:"0" help:"Store so many history events first, to see what they cost; ten million are 4 GB."`
	Replicas int    `default:"1" help:"How many replicas share the work, each with connections of its own, on one PostgreSQL database."`
	Database string `placeholder:"FILE" help:"A new SQLite file, or an empty PostgreSQL database (postgres://…), which is kept; by default a temporary file."`
	Dir      string `placeholder:"FOLDER" help:"Where to put the temporary file; on the disk to be measured." type:"existingdir"`

	JSON    bool   `help:"Print one JSON object."`
	Plot    string `placeholder:"FILE.svg" help:"Draw throughput and p99 over the run into this SVG file." type:"path"`
	Compare string `placeholder:"FILE.json" help:"Compare with this earlier run's JSON." type:"existingfile"`
	Profile string `placeholder:"FILE" help:"Write a CPU profile of the load to this file." type:"path"`
}

// Run measures and prints.
func (c *Command) Run(ctx context.Context, p *Program) error {
	earlier, err := readReport(c.Compare)
	if err != nil {
		return err
	}
	report, err := c.measure(ctx, p)
	if err != nil {
		return err
	}
	if c.Plot != "" {
		if err := writeFile(c.Plot, report.plot); err != nil {
			return err
		}
	}
	if c.JSON {
		err = json.NewEncoder(os.Stdout).Encode(report)
	} else {
		err = report.Print(os.Stdout)
	}
	if err != nil || earlier == nil {
		return err
	}
	out := io.Writer(os.Stdout)
	if c.JSON {
		out = os.Stderr // one object, and nothing else, is on the other
	}
	return compare(out, earlier, report)
}

// Validate refuses what cannot be measured, before anything is made.
func (c *Command) Validate() error {
	for _, flag := range []struct {
		name       string
		value      int64
		least, max int64
	}{
		{"rounds", int64(c.Rounds), 1, 1000}, {"in-flight", int64(c.InFlight), 1, 100_000}, {"samples", int64(c.Samples), 1, 10_000_000},
		{"items", int64(c.Items), 1, 10_000_000}, {"waiting", int64(c.Waiting), 1, 100_000_000}, {"replicas", int64(c.Replicas), 1, 100},
		{"payload", int64(c.Payload), 4, 262_144}, {"workers", int64(c.Workers), 1, 10_000}, {"history", c.History, 0, 10_000_000_000},
	} {
		if flag.value < flag.least || flag.value > flag.max {
			return fmt.Errorf("--%s is %d; give a number from %d to %d", flag.name, flag.value, flag.least, flag.max)
		}
	}
	switch {
	case c.Duration <= 0:
		return fmt.Errorf("--duration is %v; give a time such as 15s", c.Duration)
	case c.WarmUp < 0:
		return fmt.Errorf("--warm-up is %v; give a time such as 1s, or 0s", c.WarmUp)
	}
	if c.Replicas > 1 && !strings.Contains(c.Database, "://") {
		return errors.New("--replicas above 1 need a PostgreSQL database: --database postgres://…")
	}
	return nil
}

// measure brings the program up on a new database and measures what is asked for.
func (c *Command) measure(ctx context.Context, p *Program) (report *Report, err error) {
	database := c.Database
	if database == "" {
		dir, err := os.MkdirTemp(c.Dir, "countersign-bench-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		database = filepath.Join(dir, "bench.db")
	}
	if err := p.Fresh(ctx, database); err != nil {
		return nil, err
	}
	b := &bench{Settings: c.Settings, progress: os.Stderr}
	if err = b.open(ctx, c, p, database); err == nil {
		report, err = b.report(ctx, c)
	}
	if err = errors.Join(err, b.close()); err != nil {
		return nil, err
	}
	if report.Waiting != nil {
		err = report.Waiting.restart(ctx, database, report.Figures)
	}
	return report, err
}

func (b *bench) open(ctx context.Context, c *Command, p *Program, database string) error {
	for range c.Replicas {
		in, err := p.Open(ctx, database, func(o *engine.Options) {
			o.Workers, o.Committed = c.Workers, b.committed
			o.Functions[noOpFunction] = noOp
		})
		if err != nil {
			return err
		}
		b.replicas = append(b.replicas, in)
	}
	b.Installation = b.replicas[0]
	return nil
}

func (b *bench) close() (err error) {
	for _, r := range b.replicas {
		err = errors.Join(err, r.Close())
	}
	return err
}

// profiled writes a CPU profile of what is done; an empty path writes none.
func profiled(path string, do func() error) error {
	if path == "" {
		return do()
	}
	return writeFile(path, func(w io.Writer) error {
		if err := pprof.StartCPUProfile(w); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
		return do()
	})
}

func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
