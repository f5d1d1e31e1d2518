package engine

import (
	"context"
	"fmt"
	"testing"
)

// definitions is a store of one definition that counts how often it is read.
type definitions struct {
	Store
	reads int
}

func (d *definitions) Definition(context.Context, string, int64) ([]byte, int64, error) {
	d.reads++
	return []byte(`{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}`), 1, nil
}

func TestParsedStateMachinesAreBounded(t *testing.T) {
	store := &definitions{}
	c := machineCache{store: store, room: 500}
	get := func(name string) {
		t.Helper()
		if _, err := c.get(t.Context(), name, 1); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		get("often")
		get(fmt.Sprint("once", i))
	}
	kept := 0
	c.parsed.Range(func(any, any) bool { kept++; return true })
	if kept > 10 {
		t.Errorf("%d state machines are kept", kept)
	}
	if store.reads < 101 || store.reads > 120 {
		t.Errorf("%d definitions were read for 101 state machines", store.reads)
	}
}
