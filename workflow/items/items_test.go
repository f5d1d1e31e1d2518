package items

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/workflow"
)

func read(t *testing.T, c Config, text string) ([]string, error) {
	t.Helper()
	got := []string{}
	err := Read(c, strings.NewReader(text), func(item json.RawMessage) error {
		if !json.Valid(item) {
			t.Errorf("%q is not JSON", item)
		}
		got = append(got, string(item))
		return nil
	})
	return got, err
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		name   string
		config Config
		text   string
		want   []string
	}{
		{"an array", Config{InputType: JSON}, ` [1, {"a": 1.0}, [ ]] `, []string{`1`, `{"a": 1.0}`, `[ ]`}},
		{"an empty array", Config{InputType: JSON}, `[]`, []string{}},
		{"some of an array", Config{InputType: JSON, MaxItems: 2}, `[1,2,3]`, []string{`1`, `2`}},
		{"an array within", Config{InputType: JSON, Pointer: "/a~1b/1/c"}, `{"x":[9],"a/b":[0,{"c":["in"]}],"y":1}`, []string{`"in"`}},
		{"lines", Config{InputType: JSONL}, "{\"n\":1}\r\n\n 2 \n\"three\"", []string{`{"n":1}`, `2`, `"three"`}},
		{"the first line", Config{InputType: JSONL, MaxItems: 1}, "1\nnot JSON", []string{`1`}},
		{"rows", Config{InputType: CSV, HeaderLocation: FirstRow}, "\ufeffname,note\nAda,\"a \"\"b\"\", <c>\"\nBob\n\nEve,x,too many\n",
			[]string{`{"name":"Ada","note":"a \"b\", <c>"}`, `{"name":"Bob","note":""}`, `{"name":"Eve","note":"x"}`}},
		{"rows under given names", Config{InputType: CSV, HeaderLocation: Given, Headers: []string{"a", "b"}, Delimiter: "PIPE"}, "1|2\n3|4\n",
			[]string{`{"a":"1","b":"2"}`, `{"a":"3","b":"4"}`}},
		{"a header alone", Config{InputType: CSV, HeaderLocation: FirstRow}, "a,b\n", []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(t, test.config, test.text)
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

func TestBadDocumentsFailTheReader(t *testing.T) {
	for name, test := range map[string]struct {
		config Config
		text   string
	}{
		"no array":          {Config{InputType: JSON}, `{"a":[1]}`},
		"half an array":     {Config{InputType: JSON}, `[1,2`},
		"nothing":           {Config{InputType: JSON}, ``},
		"nothing there":     {Config{InputType: JSON, Pointer: "/b"}, `{"a":[1]}`},
		"into a number":     {Config{InputType: JSON, Pointer: "/a/b"}, `{"a":1}`},
		"a broken line":     {Config{InputType: JSONL}, "1\n{\n"},
		"an endless line":   {Config{InputType: JSONL}, `"` + strings.Repeat("x", maxItem+1) + `"`},
		"no header":         {Config{InputType: CSV, HeaderLocation: FirstRow}, ""},
		"an endless header": {Config{InputType: CSV, HeaderLocation: FirstRow}, strings.Repeat("h,", maxHeader)},
		"another kind":      {Config{InputType: "PARQUET"}, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, test.config, test.text)
			var failure *workflow.TaskError
			if !errors.As(err, &failure) || failure.Name != workflow.ErrorItemReaderFailed || failure.Cause == "" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Files of other programs begin with a byte order mark, or are not UTF-8 throughout.
func TestForeignEncodings(t *testing.T) {
	for name, test := range map[string]struct {
		config     Config
		text, want string
	}{
		"marked JSON":  {Config{InputType: JSON}, "\ufeff[1]", "1"},
		"marked lines": {Config{InputType: JSONL}, "\ufeff{\"a\":1}\n", `{"a":1}`},
		"marked rows":  {Config{InputType: CSV, HeaderLocation: FirstRow}, "\ufeff\"a,b\",c\n1,2\n", `{"a,b":"1","c":"2"}`},
		"Latin-1":      {Config{InputType: JSON}, "[\"\xe4\"]", "\"\ufffd\""},
		"lines of it":  {Config{InputType: JSONL}, "\"\xe4\"", "\"\ufffd\""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(t, test.config, test.text)
			if err != nil || len(got) != 1 || string(got[0]) != test.want {
				t.Errorf("%s, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestTheTakersErrorComesBack(t *testing.T) {
	full := errors.New("full")
	err := Read(Config{InputType: JSON}, strings.NewReader(`[1,2]`), func(json.RawMessage) error { return full })
	if !errors.Is(err, full) {
		t.Error(err)
	}
}

func TestBatches(t *testing.T) {
	for _, test := range []struct {
		name    string
		batches Batches
		want    []string
	}{
		{"none", Batches{}, []string{`1`, `22`, `333`, `4`}},
		{"by number", Batches{MaxItems: 3}, []string{`{"Items":[1,22,333]}`, `{"Items":[4]}`}},
		{"with an input", Batches{MaxItems: 9, Input: json.RawMessage(`{"a":1}`)}, []string{`{"BatchInput":{"a":1},"Items":[1,22,333,4]}`}},
		{"by size", Batches{MaxBytes: int64(frame + len("1,22,"))}, []string{`{"Items":[1,22]}`, `{"Items":[333]}`, `{"Items":[4]}`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			var total int64
			b := Batcher{Batches: test.batches, Emit: func(input json.RawMessage, count int64) error {
				total += count
				if !json.Valid(input) || test.batches.MaxBytes > 0 && int64(len(input)) > test.batches.MaxBytes {
					t.Errorf("bad input %s", input)
				}
				got = append(got, string(input))
				return nil
			}}
			for _, item := range []string{`1`, `22`, `333`, `4`} {
				if err := b.Add(json.RawMessage(item)); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.Flush(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || total != 4 {
				t.Errorf("%d items %s", total, diff)
			}
		})
	}
}

func TestAnItemThatFitsNoBatchFails(t *testing.T) {
	b := Batcher{Batches: Batches{MaxItems: 2, MaxBytes: 40}, Emit: func(json.RawMessage, int64) error { return nil }}
	var failure *workflow.TaskError
	if err := b.Add(json.RawMessage(`"` + strings.Repeat("x", 40) + `"`)); !errors.As(err, &failure) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`[1,2,{"a":[]}]`, "JSON", "/a")
	f.Add("a,b\n1,\"2\n", "CSV", "")
	f.Add("{}\n[]\n", "JSONL", "")
	f.Fuzz(func(t *testing.T, text, kind, pointer string) {
		_, err := read(t, Config{InputType: kind, HeaderLocation: FirstRow, Pointer: pointer, MaxItems: 100}, text)
		var failure *workflow.TaskError
		if err != nil && !errors.As(err, &failure) {
			t.Error(err)
		}
	})
}
