package bench

import (
	"context"
	"runtime/metrics"
	"time"

	"countersign/workflow/engine"
)

// usage is how far everything that counts has come.
type usage struct {
	engine.Stats
	at          time.Time
	cpu         time.Duration // of this process, system time too; 0 where that is not known
	bytes       uint64        // allocated
	objects     uint64        // allocated
	commits     int64
	checkpoints int64
	stored      int64 // bytes in the database
}

// usage reads everything; it takes a moment itself, in the database.
func (b *bench) usage(ctx context.Context) (usage, error) {
	var u usage
	for _, r := range b.replicas {
		u.commits += r.Database.Commits()
	}
	var err error
	if u.stored, err = b.Database.Size(ctx); err != nil {
		return u, err
	}
	if u.checkpoints, err = b.Database.Checkpoints(ctx); err != nil {
		return u, err
	}
	heap := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/allocs:objects"}}
	metrics.Read(heap)
	u.bytes, u.objects = heap[0].Value.Uint64(), heap[1].Value.Uint64()
	u.Stats, u.cpu, u.at = b.stats(), cpuTime(), time.Now()
	return u, nil
}

// add notes what a round of a scenario has used.
func (from usage) add(to Figures, name string, until usage) {
	seconds := until.at.Sub(from.at).Seconds()
	transitions := float64(until.Transitions - from.Transitions)
	executions := float64(until.Closed - from.Closed)
	commits := float64(until.commits - from.commits)
	to.add(name+".transitions_per_second", "/s", higher, per(transitions, seconds))
	to.add(name+".executions_per_second", "/s", higher, per(executions, seconds))
	to.add(name+".commits_per_second", "/s", either, per(commits, seconds))
	to.add(name+".transitions_per_commit", "", higher, per(transitions, commits))
	if until.checkpoints >= 0 {
		to.add(name+".checkpoints_per_minute", "/min", either, per(60*float64(until.checkpoints-from.checkpoints), seconds))
	}
	if until.cpu > 0 {
		to.add(name+".cpu_us_per_transition", "µs", lower, per(float64((until.cpu-from.cpu).Microseconds()), transitions))
	}
	to.add(name+".allocated_bytes_per_transition", "B", lower, per(float64(until.bytes-from.bytes), transitions))
	to.add(name+".allocated_objects_per_transition", "", lower, per(float64(until.objects-from.objects), transitions))
	to.add(name+".database_bytes_per_execution", "B", lower, per(float64(until.stored-from.stored), executions))
}
