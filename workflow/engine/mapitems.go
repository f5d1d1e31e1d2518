package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"countersign/workflow"
	"countersign/workflow/items"
	"countersign/workflow/objects"
)

// Objects is where item readers read and result writers write.
type Objects interface {
	Get(bucket, key string) (io.ReadCloser, error)
	List(bucket, prefix string, visit func(objects.Object) error) error
	Put(bucket, key string, write func(io.Writer) error) error
}

const (
	itemsAtOnce = 500     // stored in one write
	bytesAtOnce = 4 << 20 // or as many bytes
)

// read stores the inputs of all child executions. What was stored before a crash is
// found again at the same positions.
func (r *mapRunner) read(ctx context.Context) error {
	shelf := &itemShelf{keep: func(chunk []workflow.MapItem) error { return r.e.MapRuns.AddMapItems(ctx, r.run.ARN, chunk) }}
	batcher := &items.Batcher{
		Batches: items.Batches{MaxItems: r.spec.MaxItemsPerBatch, MaxBytes: r.spec.MaxInputBytesPerBatch, Input: r.spec.BatchInput},
		Emit:    shelf.add,
	}
	index := int64(0)
	take := func(item json.RawMessage) error {
		selected, failure := r.spec.Select(index, item)
		if failure != nil {
			return failure
		}
		index++
		return batcher.Add(selected)
	}
	if err := r.eachItem(take); err != nil {
		return err
	}
	if err := batcher.Flush(); err != nil {
		return err
	}
	if err := shelf.flush(); err != nil {
		return err
	}
	return r.e.MapRuns.SealMapRun(ctx, r.run.ARN)
}

// eachItem goes through the items of the state's input or of a reader.
func (r *mapRunner) eachItem(take func(json.RawMessage) error) error {
	reader := r.spec.Reader
	if reader == nil {
		return items.Read(items.Config{InputType: items.JSON}, bytes.NewReader(r.spec.Items), take)
	}
	var at struct{ Bucket, Key, Prefix string }
	if err := json.Unmarshal(reader.Arguments, &at); err != nil {
		return items.Failed("The arguments of the ItemReader cannot be used: %v", err)
	}
	if r.e.Objects == nil {
		return items.Failed("%v", objects.ErrNoFolder)
	}
	if reader.Resource == "s3:listObjectsV2" {
		return r.eachObject(at.Bucket, at.Prefix, reader.MaxItems, take)
	}
	file, err := r.e.Objects.Get(at.Bucket, at.Key)
	if err != nil {
		return items.Failed("%v", err)
	}
	defer file.Close()
	return items.Read(items.Config{
		InputType: reader.InputType, HeaderLocation: reader.HeaderLocation, Headers: reader.Headers,
		Delimiter: reader.Delimiter, MaxItems: reader.MaxItems, Pointer: reader.Pointer,
	}, file, take)
}

// eachObject makes items of a bucket's objects themselves, as the list of the object
// store shows them.
func (r *mapRunner) eachObject(bucket, prefix string, limit int64, take func(json.RawMessage) error) error {
	var taken error
	n := int64(0)
	err := r.e.Objects.List(bucket, prefix, func(o objects.Object) error {
		if limit > 0 && n == limit {
			return nil
		}
		n++
		text, err := json.Marshal(map[string]any{
			"Key": o.Key, "Size": o.Size, "LastModified": o.LastModified.Unix(), "Etag": `"` + o.ETag + `"`, "StorageClass": "STANDARD",
		})
		if err == nil {
			err = take(text)
		}
		taken = err
		return err
	})
	if err != nil && taken == nil {
		return items.Failed("%v", err)
	}
	return err
}

// itemShelf numbers inputs and stores them many at a time.
type itemShelf struct {
	keep  func([]workflow.MapItem) error
	chunk []workflow.MapItem
	bytes int
	next  int64
}

func (s *itemShelf) add(input json.RawMessage, count int64) error {
	s.chunk = append(s.chunk, workflow.MapItem{Index: s.next, Count: count, Input: input})
	s.next++
	s.bytes += len(input)
	if len(s.chunk) < itemsAtOnce && s.bytes < bytesAtOnce {
		return nil
	}
	return s.flush()
}

func (s *itemShelf) flush() error {
	if len(s.chunk) == 0 {
		return nil
	}
	err := s.keep(s.chunk)
	s.chunk, s.bytes = nil, 0
	return err
}
