package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path"

	"countersign/workflow"
	"countersign/workflow/asl"
	"countersign/workflow/objects"
)

// output makes the state's result of those of the child executions, or writes them where
// the ResultWriter says and makes the result of that. written counts what was written.
func (r *mapRunner) output(ctx context.Context) (out json.RawMessage, written int64, err error) {
	w := r.spec.Writer
	if w == nil {
		w = &asl.ResultWriter{Transformation: "COMPACT"}
	}
	if w.Resource == "" {
		out, err = r.inline(ctx, w.Transformation)
		return out, 0, err
	}
	return r.export(ctx, w)
}

func (r *mapRunner) inline(ctx context.Context, transformation string) (json.RawMessage, error) {
	results, size := []json.RawMessage{}, 2
	err := r.e.MapRuns.MapChildren(ctx, r.run.ARN, nil, func(_ int64, child workflow.ExecutionInfo) error {
		for _, part := range transformed(child, transformation) {
			results, size = append(results, part), size+len(part)+1
		}
		if size-1 > workflow.MaxPayload {
			return workflow.Failf(workflow.ErrorDataLimitExceeded,
				"The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", r.v.command.State)
		}
		return nil
	})
	return jsonArray(results), err
}

// transformed is a child's part of the results.
func transformed(child workflow.ExecutionInfo, transformation string) []json.RawMessage {
	if child.Status != workflow.Succeeded || transformation == "NONE" {
		return []json.RawMessage{childRecord(child)}
	}
	var items []json.RawMessage
	if transformation == "FLATTEN" && json.Unmarshal(child.Output, &items) == nil && items != nil {
		return items
	}
	return []json.RawMessage{child.Output}
}

// childRecord is a child execution as result files show it: its payloads are texts.
func childRecord(child workflow.ExecutionInfo) json.RawMessage {
	type included struct{ Included bool }
	record := struct {
		Cause           string `json:",omitempty"`
		Error           string `json:",omitempty"`
		ExecutionArn    string
		Input           string
		InputDetails    included
		Name            string
		Output          string    `json:",omitempty"`
		OutputDetails   *included `json:",omitempty"`
		RedriveCount    int
		StartDate       string
		StateMachineArn string
		Status          string
		StopDate        string
	}{
		Cause: child.Cause, Error: child.Error, ExecutionArn: string(child.ARN()), Input: string(child.Input), InputDetails: included{true},
		Name: child.Name, Output: string(child.Output), RedriveCount: child.Redrives,
		StartDate: child.StartedAt.Format(recordTime), StateMachineArn: string(workflow.StateMachineARN(child.StateMachine)),
		Status: string(child.Status), StopDate: child.StoppedAt.Format(recordTime),
	}
	if child.Output != nil {
		record.OutputDetails = &included{true}
	}
	text, _ := encoded(record) // texts, numbers and truths always encode
	return text
}

const recordTime = "2006-01-02T15:04:05.000Z"

// encoded writes JSON without the escapes that only HTML needs.
func encoded(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// resultFile is an entry of the manifest.
type resultFile struct {
	Key  string
	Size int64
}

// export writes a file for each way to end, and the manifest that names them.
func (r *mapRunner) export(ctx context.Context, w *asl.ResultWriter) (json.RawMessage, int64, error) {
	var at struct{ Bucket, Prefix string }
	if err := json.Unmarshal(w.Arguments, &at); err != nil {
		return nil, 0, writerFailed(err)
	}
	if r.e.Objects == nil {
		return nil, 0, writerFailed(objects.ErrNoFolder)
	}
	folder := path.Join(at.Prefix, r.run.ARN.Last())
	files := map[string][]resultFile{"SUCCEEDED": {}, "FAILED": {}, "PENDING": {}}
	written := int64(0)
	for name, statuses := range map[string][]workflow.ExecutionStatus{"SUCCEEDED": {workflow.Succeeded}, "FAILED": lost} {
		file, n, err := r.exportFile(ctx, w, at.Bucket, path.Join(folder, name+"_0."+extension(w.OutputType)), statuses)
		if err != nil {
			return nil, 0, err
		}
		if written += n; n > 0 {
			files[name] = append(files[name], file)
		}
	}
	manifest, err := encoded(map[string]any{"DestinationBucket": at.Bucket, "MapRunArn": r.run.ARN, "ResultFiles": files})
	if err != nil {
		return nil, 0, err
	}
	key := path.Join(folder, "manifest.json")
	if err := r.e.Objects.Put(at.Bucket, key, func(to io.Writer) error { _, err := to.Write(manifest); return err }); err != nil {
		return nil, 0, writerFailed(err)
	}
	out, err := encoded(map[string]any{"MapRunArn": r.run.ARN, "ResultWriterDetails": map[string]string{"Bucket": at.Bucket, "Key": key}})
	return out, written, err
}

func extension(outputType string) string {
	if outputType == "JSONL" {
		return "jsonl"
	}
	return "json"
}

// errNothingWritten keeps an empty file from being made.
var errNothingWritten = errors.New("there are no results of this kind")

func (r *mapRunner) exportFile(ctx context.Context, w *asl.ResultWriter, bucket, key string, statuses []workflow.ExecutionStatus) (resultFile, int64, error) {
	n, size := int64(0), int64(0)
	err := r.e.Objects.Put(bucket, key, func(to io.Writer) error {
		out := bufio.NewWriter(to)
		before, between, after := "[", ",", "]"
		if w.OutputType == "JSONL" {
			before, between, after = "", "\n", "\n"
		}
		put := func(text string) { size += int64(len(text)); out.WriteString(text) }
		put(before)
		err := r.e.MapRuns.MapChildren(ctx, r.run.ARN, statuses, func(_ int64, child workflow.ExecutionInfo) error {
			for _, part := range transformed(child, w.Transformation) {
				if n++; n > 1 {
					put(between)
				}
				put(string(part))
			}
			return nil
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return errNothingWritten
		}
		put(after)
		return out.Flush()
	})
	switch {
	case err == nil, errors.Is(err, errNothingWritten):
		return resultFile{key, size}, n, nil
	case ctx.Err() != nil:
		return resultFile{}, 0, err
	}
	return resultFile{}, 0, writerFailed(err)
}

func writerFailed(err error) error {
	return workflow.Failf(workflow.ErrorResultWriterFailed, "%v", err)
}
