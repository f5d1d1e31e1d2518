package web

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"

	"countersign/web/graph"
	"countersign/workflow"
	"countersign/workflow/asl"
)

// definitionStore reads definitions and where their states are drawn.
type definitionStore interface {
	Definition(ctx context.Context, machine string, version int64) (definition []byte, actual int64, err error)
	Layout(ctx context.Context, machine string, version int64) ([]byte, error)
}

// drawing is what a version of a state machine looks like. A version never changes.
type drawing struct {
	graph    graph.Graph
	layout   graph.Layout
	comment  string
	comments map[string]string // of the states
}

// drawings keeps what was drawn before: compiling a definition takes longer than showing it.
type drawings struct {
	mu   sync.Mutex
	kept map[versionKey]drawing // guarded by mu
	// states is how many each version has, which costs less to keep.
	states map[versionKey]int // guarded by mu
}

type versionKey struct {
	machine string
	version int64
}

// maxDrawings bounds the memory; beyond it the cache begins again from nothing.
const maxDrawings = 64

func (d *drawings) get(k versionKey) (drawing, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, ok := d.kept[k]
	return found, ok
}

func (d *drawings) put(k versionKey, made drawing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil || len(d.kept) >= maxDrawings {
		d.kept = make(map[versionKey]drawing)
	}
	d.kept[k] = made
}

// maxCounts bounds states as maxDrawings does the drawings.
const maxCounts = 10_000

func (d *drawings) count(k versionKey) (states int, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	states, ok = d.states[k]
	return states, ok
}

func (d *drawings) counted(k versionKey, states int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.states == nil || len(d.states) >= maxCounts {
		d.states = make(map[versionKey]int)
	}
	d.states[k] = states
}

// drawing draws one version of a state machine.
func (s *Server) drawing(ctx context.Context, store definitionStore, machine string, version int64) (drawing, error) {
	key := versionKey{machine, version}
	if kept, ok := s.drawings.get(key); ok {
		return kept, nil
	}
	base, label, processor := strings.Cut(machine, "/") // of a Distributed Map's child executions
	definition, _, err := store.Definition(ctx, base, version)
	if err != nil {
		return drawing{}, err
	}
	d := drawing{}
	d.comment, d.comments = commentsOf(definition)
	compiled, err := asl.Compile(definition)
	if err != nil {
		// A definition that an earlier release accepted: its executions are shown without a drawing.
		d.layout.Note = "This version of the state machine cannot be drawn: " + err.Error()
		s.drawings.put(key, d)
		return d, nil
	}
	if processor {
		inner, ok := compiled.Processor(label)
		if !ok {
			return drawing{}, workflow.ErrNotFound
		}
		compiled = inner
	}
	d.graph = graph.Of(compiled)
	if d.layout, err = layoutOf(ctx, store, key, d.graph); err != nil {
		return drawing{}, err
	}
	s.drawings.put(key, d)
	return d, nil
}

// layoutOf is the layout that was stored with the version, or one made now.
func layoutOf(ctx context.Context, store definitionStore, key versionKey, g graph.Graph) (graph.Layout, error) {
	stored, err := store.Layout(ctx, key.machine, key.version)
	if err != nil && !errors.Is(err, workflow.ErrNotFound) {
		return graph.Layout{}, err
	}
	var l graph.Layout
	if err != nil || json.Unmarshal(stored, &l) != nil {
		l, _ = lay(ctx, g)
		return l, ctx.Err()
	}
	return l, nil
}

// commentsOf reads the comments, which mean nothing to the interpreter.
func commentsOf(definition []byte) (machine string, states map[string]string) {
	var commented struct {
		Comment string
		States  map[string]struct{ Comment string }
	}
	if json.Unmarshal(definition, &commented) != nil {
		return "", nil
	}
	states = make(map[string]string)
	for name, state := range commented.States {
		if state.Comment != "" {
			states[name] = state.Comment
		}
	}
	return commented.Comment, states
}
