package sfn

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// Whatever a request holds, it is read without harm, refused in the service's words, or has
// the shape of its operation's input; and what has that shape still has it when it is read again.
func FuzzDocuments(f *testing.F) {
	names := slices.Sorted(maps.Keys(inputs))
	for i := range names {
		f.Add(i, []byte(`{"name":"a","stateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:a","executionArn":"b","definition":"{}","input":"[]","maxResults":7,"reverseOrder":true,"tags":[{"key":"k"}]}`))
		f.Add(i, []byte(`{"maxResults":"7","tags":{},"name":null,"input":7,"reverseOrder":[[[[1e999]]]]}`))
	}
	f.Fuzz(func(t *testing.T, n int, body []byte) {
		shape := inputs[names[(n%len(names)+len(names))%len(names)]]
		document, err := parse(body)
		if err == nil {
			document, err = checked(shape, document)
		}
		if err != nil {
			if refusal := new(Error); !errors.As(err, &refusal) || refusal.Code == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		text, err := encode(document)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse(text)
		if err == nil {
			again, err = checked(shape, again)
		}
		if err != nil || !reflect.DeepEqual(document, again) {
			t.Errorf("%s was taken, but read again it is %v, %v", body, again, err)
		}
	})
}

// What comes as an ARN is taken apart without harm.
func FuzzARN(f *testing.F) {
	for _, arn := range []string{"", "arn:", "arn:aws:states:us-east-1:123456789012:stateMachine:a:1", "arn:aws:states:us-east-1:123456789012:stateMachine:a/b",
		"arn:aws:states:::execution:a:b", "arn:aws:states:us-east-1:123456789012:activity:a"} {
		f.Add(arn)
	}
	f.Fuzz(func(t *testing.T, arn string) {
		for _, read := range []func(string) error{
			func(s string) error { _, err := parseMachine(s); return err },
			func(s string) error { _, err := parsePlain(s); return err },
			func(s string) error { _, err := parseVersion(s); return err },
			func(s string) error { _, err := parseAlias(s); return err },
			func(s string) error { _, err := parseActivity(s); return err },
			roleARN, validName,
		} {
			if err := read(arn); err != nil {
				if refusal := new(Error); !errors.As(err, &refusal) {
					t.Errorf("%q: %v", arn, err)
				}
			}
		}
	})
}
