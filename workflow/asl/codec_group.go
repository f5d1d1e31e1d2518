package asl

import (
	"bytes"
	"encoding/json"
	"errors"
)

// What the branches of a state have been given is often the same text many times
// over: the state's own input, an item of it, or what the branch before was given.
// A snapshot has it once.
const (
	sameParent = "parent"
	sameItem   = "item"
	sameOlder  = "older"
)

// sameInput says where else in the snapshot a frame's input is.
func (f *frame) sameInput(older *frame) string {
	switch {
	case f.parent == nil || f.input == nil:
	case bytes.Equal(f.input, f.parent.input):
		return sameParent
	case f.itemEnd > 0 && bytes.Equal(f.input, f.value()):
		return sameItem
	case older != nil && bytes.Equal(f.input, older.input):
		return sameOlder
	}
	return ""
}

// placed says whether the item of an iteration is among its parent's items.
func (f *frame) placed() bool {
	if f.itemEnd == 0 {
		return f.item == 0
	}
	return f.parent != nil && f.parent.group != nil && 0 < f.item && f.item < f.itemEnd && f.itemEnd <= len(f.parent.group.items)
}

var errDamaged = errors.New("damaged")

func (f *frame) setSameInput(same string, older *frame) error {
	switch {
	case same == "":
		return nil
	case f.parent == nil:
	case same == sameParent:
		f.input = f.parent.input
		return nil
	case same == sameItem && f.itemEnd > 0:
		f.input = f.value()
		return nil
	case same == sameOlder && older != nil:
		f.input = older.input
		return nil
	}
	return errDamaged
}

func (w *writer) group(g *group, input json.RawMessage) {
	w.b = append(w.b, '{')
	w.int("length", int64(g.length))
	w.int("next", int64(g.next))
	w.int("limit", int64(g.limit))
	w.int("began", g.began)
	w.int("failed", int64(g.failed))
	w.int("allow", int64(g.allow))
	w.int("size", int64(g.size))
	if g.items != nil {
		w.int("cursor", int64(g.cursor))
		if g.itemsAt >= 0 {
			w.int("itemsAt", int64(g.itemsAt)+1)
			w.int("itemsEnd", int64(g.itemsAt+len(g.items)))
		} else {
			w.raw("items", g.items)
		}
	}
	if g.size > 0 {
		w.key("results")
		w.b = append(w.b, '[')
		for text := range g.texts {
			if w.b[len(w.b)-1] != '[' {
				w.b = append(w.b, ',')
			}
			w.b = append(w.b, text...)
		}
		w.b = append(w.b, ']')
	}
	w.b = append(w.b, '}')
}

type storedGroup struct {
	Length   int             `json:"length"`
	Next     int             `json:"next"`
	Limit    int             `json:"limit"`
	Began    int64           `json:"began"`
	Failed   int             `json:"failed"`
	Allow    int             `json:"allow"`
	Size     int             `json:"size"`
	Cursor   int             `json:"cursor"`
	ItemsAt  int             `json:"itemsAt"` // in the state's input, from 1; 0 when they are not in it
	ItemsEnd int             `json:"itemsEnd"`
	Items    json.RawMessage `json:"items"`
	Results  json.RawMessage `json:"results"`
}

func (d *storedGroup) group(input json.RawMessage) (*group, error) {
	if d == nil {
		return nil, nil
	}
	g := &group{
		length: d.Length, next: d.Next, limit: d.Limit, began: d.Began, failed: d.Failed, allow: d.Allow,
		size: d.Size, cursor: d.Cursor, items: d.Items, itemsAt: d.ItemsAt - 1,
	}
	if d.ItemsAt > 0 {
		if d.ItemsEnd < d.ItemsAt || d.ItemsEnd > len(input) {
			return nil, errDamaged
		}
		g.items = input[d.ItemsAt-1 : d.ItemsEnd : d.ItemsEnd]
	}
	if n := len(d.Results); n > 2 {
		g.results = [][]byte{d.Results[1 : n-1 : n-1]}
	}
	if g.next < 0 || g.next > g.length || g.cursor < 0 || g.cursor > len(g.items) || g.items != nil && rawKind(g.items) != '[' {
		return nil, errDamaged
	}
	return g, nil
}
