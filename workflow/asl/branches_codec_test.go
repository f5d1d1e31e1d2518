package asl

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"countersign/workflow"
)

// storedBranches is the definition that storedV2 is a snapshot of.
const storedBranches = `{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"ResultPath":"$.out","End":true,
	"ItemSelector":{"v.$":"$$.Map.Item.Value","n.$":"$.n"},"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
		{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"LAMBDA","InputPath":"$.v","End":true}}},
		{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"End":true}}}]}}}}}}`

// storedV2 is an execution in the midst of its branches, as version 2 has written it:
// one task has been answered, one has not, two states wait, one iteration has not
// begun. It must be read, and go on, for ever.
const storedV2 = `{"v":2,"id":7,"name":"order-1","machine":"Orders","started":1767323045000,"status":"RUNNING","last":18,"root":{"state":"M","entry":2,"entered":1767323045000,"input":{"items":[[1.0],["b"],[]],"n":1},"prev":3,"phase":5,"group":{"length":3,"next":2,"limit":2,"began":3,"allow":-1,"cursor":12,"itemsAt":10,"itemsEnd":25},"children":[{"state":"P","entry":6,"entered":1767323045000,"input":{"v":[1.0],"n":1},"prev":7,"phase":5,"item":1,"itemEnd":6,"group":{"length":2,"next":2,"limit":2,"began":7,"allow":-1,"size":12,"results":[0,{"ok":1.50}]},"children":[{"index":1,"state":"W","entry":12,"entered":1767323045000,"same":"parent","prev":12,"phase":1,"due":1767323050000}]},{"index":1,"state":"P","entry":8,"entered":1767323045000,"input":{"v":["b"],"n":1},"prev":9,"phase":5,"item":7,"itemEnd":12,"group":{"length":2,"next":2,"limit":2,"began":9,"allow":-1},"children":[{"state":"A","entry":13,"entered":1767323045000,"same":"parent","prev":14,"phase":2,"attempt":1,"task":{"scheduled":1767323045000}},{"index":1,"state":"W","entry":15,"entered":1767323045000,"same":"parent","prev":15,"phase":1,"due":1767323050000}]}]}}`

func TestStoredBranches(t *testing.T) {
	m := compile(t, storedBranches)
	s, err := Decode([]byte(storedV2))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Encode(); string(got) != storedV2 {
		t.Errorf("changed from\n%s to\n%s", storedV2, got)
	}
	x := newTester(t, m)
	x.snapshot, x.now = s, epoch.Add(5*time.Second)
	if _, err := x.step(Tick{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		inv := m.Outstanding(x.snapshot)[0].(Invoke)
		if _, err := x.step(TaskSucceeded{Entry: inv.Entry, Attempt: 1, Output: inv.Payload}); err != nil {
			t.Fatal(err)
		}
	}
	x.now = x.now.Add(5 * time.Second)
	if _, err := x.step(Tick{}); err != nil {
		t.Fatal(err)
	}
	want := `{"items":[[1.0],["b"],[]],"n":1,"out":[[{"ok":1.50},{"v":[1.0],"n":1}],[["b"],{"v":["b"],"n":1}],[[],{"v":[],"n":1}]]}`
	if got := string(x.snapshot.Output()); got != want {
		t.Errorf("it came to %s", got)
	}
}

// damagedBranches are snapshots whose branches are not where they say.
var damagedBranches = map[string]string{
	"an item without items":       `{"v":2,"status":"RUNNING","root":{"state":"M","input":[1],"phase":5,"children":[{"state":"A","entry":3,"input":1,"item":1,"itemEnd":2}]}}`,
	"an item beyond the items":    `{"v":2,"status":"RUNNING","root":{"state":"M","input":[1],"phase":5,"group":{"length":1,"next":1,"itemsAt":1,"itemsEnd":3},"children":[{"state":"A","entry":3,"input":1,"item":1,"itemEnd":9}]}}`,
	"items beyond the input":      `{"v":2,"status":"RUNNING","root":{"state":"M","input":[1],"phase":5,"group":{"length":1,"next":1,"itemsAt":1,"itemsEnd":4}}}`,
	"more begun than there are":   `{"v":2,"status":"RUNNING","root":{"state":"M","input":[1],"phase":5,"group":{"length":1,"next":2}}}`,
	"an input of nobody's":        `{"v":2,"status":"RUNNING","root":{"state":"M","entry":2,"same":"parent"}}`,
	"an input of no older branch": `{"v":2,"status":"RUNNING","root":{"state":"M","input":[1],"phase":5,"group":{"length":1,"next":1},"children":[{"state":"A","entry":3,"same":"older"}]}}`,
	"a branch without its input":  `{"v":2,"status":"RUNNING","root":{"state":"M","input":[1],"phase":5,"group":{"length":1,"next":1},"children":[{"state":"A","entry":3}]}}`,
}

func TestDecodeRefusesDamagedBranches(t *testing.T) {
	for name, b := range damagedBranches {
		if _, err := Decode([]byte(b)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// FuzzStoredBranches: whatever is stored is refused, or is a snapshot that is written as it
// was read and can be stepped.
func FuzzStoredBranches(f *testing.F) {
	f.Add([]byte(storedV2))
	for _, b := range storedV1 {
		f.Add([]byte(b))
	}
	for _, b := range damagedBranches {
		f.Add([]byte(b))
	}
	m := compile(f, storedBranches)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(b)
		if err != nil {
			return
		}
		written := s.Encode()
		again, err := Decode(written)
		if err != nil {
			t.Fatalf("%s was written as %s: %v", b, written, err)
		}
		if rewritten := again.Encode(); !bytes.Equal(written, rewritten) {
			t.Fatalf("%s was written as %s", written, rewritten)
		}
		for _, e := range []Event{
			Tick{}, Redrive{}, Stop{}, TaskSucceeded{Entry: 13, Attempt: 1}, TaskFailed{Entry: 13, Attempt: 1, Error: "E"},
			TokenSucceeded{Token: workflow.TaskToken("x"), Output: json.RawMessage("1")},
		} {
			if o, err := m.Step(s, e, epoch.Add(time.Hour), Seed{}); err == nil {
				o.Snapshot.Encode()
			}
		}
	})
}
