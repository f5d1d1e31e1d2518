package asl

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/workflow"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the histories in testdata/*.txtar")

// TestTranscripts drives the definitions of testdata/*.txtar with their scripts and
// compares what happens with their histories. A script has one event a line:
//
//	succeed JSON | fail NAME CAUSE | submit JSON    answer the newest invocation
//	worker NAME     take the newest offer; its token is then as any
//	started ID      answer the newest invocation: the execution ID was started
//	child ID JSON | child ID failed NAME CAUSE      that execution has closed
//	token succeed JSON | token fail NAME CAUSE | token heartbeat
//	tick            go to the next timer and fire it
//	tick DURATION   let time pass, then fire what is due
//	wait DURATION   let time pass only
//	stop NAME CAUSE | redrive
//
// "#N " before an answer addresses the Nth invocation instead of the newest.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := transcribe(t, archive)
			want := section(archive, "history")
			if *update {
				setSection(archive, "history", got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
				t.Errorf("%s (-want +got; -update rewrites it):\n%s", name, diff)
			}
		})
	}
}

func section(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func setSection(a *txtar.Archive, name string, data []byte) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = data
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: data})
}

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// player drives one state machine and writes down what happens.
type player struct {
	*tester
	out     bytes.Buffer
	invokes []Invoke
}

func transcribe(t *testing.T, a *txtar.Archive) []byte {
	m, err := Compile(section(a, "definition.json"))
	if err != nil {
		t.Fatalf("the definition is refused:\n%v", err)
	}
	p := &player{tester: newTester(t, m)}
	p.record(p.start(section(a, "input.json")))
	for line := range strings.Lines(string(section(a, "script"))) {
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintf(&p.out, "> %s\n", line)
			p.perform(line)
		}
	}
	return p.out.Bytes()
}

func (p *player) perform(line string) {
	which := len(p.invokes)
	if strings.HasPrefix(line, "#") {
		var n int
		fmt.Sscanf(line, "#%d", &n)
		_, line, _ = strings.Cut(line, " ")
		which = n
	}
	verb, rest, _ := strings.Cut(line, " ")
	if verb == "token" {
		verb, rest, _ = strings.Cut(rest, " ")
		verb = "token " + verb
	}
	first, second, _ := strings.Cut(rest, " ")
	var inv Invoke
	if which > len(p.invokes) {
		p.t.Fatalf("%s: there have been %d invocations", line, len(p.invokes))
	}
	if which > 0 {
		inv = p.invokes[which-1]
	}
	var e Event
	switch verb {
	case "succeed":
		e = TaskSucceeded{Entry: inv.Entry, Attempt: inv.Attempt, StartedAt: inv.ScheduledAt, Output: json.RawMessage(rest)}
	case "fail":
		e = TaskFailed{Entry: inv.Entry, Attempt: inv.Attempt, StartedAt: inv.ScheduledAt, Error: first, Cause: second}
	case "submit":
		e = TaskSubmitted{Entry: inv.Entry, Attempt: inv.Attempt, StartedAt: inv.ScheduledAt, Output: json.RawMessage(rest)}
	case "worker":
		e = ActivityStarted{Token: inv.Token, Worker: first}
	case "started":
		child := childOf(inv, first)
		e = TaskSubmitted{Entry: inv.Entry, Attempt: inv.Attempt, StartedAt: inv.ScheduledAt, Child: child.ID,
			Output: startedExecution(child)}
	case "child":
		child := childOf(inv, first)
		child.Status, child.Output, child.StoppedAt = workflow.Succeeded, json.RawMessage(second), p.now
		if name, cause, ok := strings.Cut(strings.TrimPrefix(second, "failed "), " "); ok && strings.HasPrefix(second, "failed ") {
			child.Status, child.Output, child.Error, child.Cause = workflow.Failed, nil, name, cause
		}
		e = ChildClosed{child}
	case "token succeed":
		e = TokenSucceeded{Token: inv.Token, Output: json.RawMessage(rest)}
	case "token fail":
		e = TokenFailed{Token: inv.Token, Error: first, Cause: second}
	case "token heartbeat":
		e = TokenHeartbeat{Token: inv.Token}
	case "stop":
		e = Stop{Error: first, Cause: second}
	case "redrive":
		e = Redrive{}
	case "tick":
		e = Tick{}
		if at, ok := p.snapshot.WakeAt(); rest == "" && ok {
			p.now = at
		}
		fallthrough
	case "wait":
		if rest != "" {
			d, err := time.ParseDuration(rest)
			if err != nil {
				p.t.Fatal(err)
			}
			p.now = p.now.Add(d)
		}
	default:
		p.t.Fatalf("the script has no %q", verb)
	}
	if e != nil {
		p.record(p.step(e))
	}
}

// record writes down an outcome.
func (p *player) record(o Outcome, err error) {
	if err != nil {
		fmt.Fprintf(&p.out, "error: %v\n", err)
		return
	}
	for _, e := range o.Events {
		details, err := marshalPlain(e.Details)
		if err != nil {
			p.t.Fatal(err)
		}
		fmt.Fprintf(&p.out, "%3d ←%-3d %s %s %s\n", e.ID, e.PreviousID, p.elapsed(e.At), e.Type, p.plain(details))
	}
	for _, c := range o.Commands {
		switch c := c.(type) {
		case Invoke:
			p.invokes = append(p.invokes, c)
			function := c.Function
			if function == "" {
				function = c.Resource
			}
			fmt.Fprintf(&p.out, "invoke #%d %s(%s) entry %d attempt %d", len(p.invokes), function, p.plain(p.asked(c)), c.Entry, c.Attempt)
			if c.Token != "" {
				fmt.Fprintf(&p.out, " token")
			}
			if !c.Deadline.IsZero() {
				fmt.Fprintf(&p.out, " until %s", p.elapsed(c.Deadline))
			}
			fmt.Fprintln(&p.out)
		case Offer:
			p.invokes = append(p.invokes, Invoke{Entry: c.Entry, Token: c.Token, ScheduledAt: c.ScheduledAt})
			fmt.Fprintf(&p.out, "offer #%d %s(%s) entry %d\n", len(p.invokes), c.Activity, p.plain(c.Input), c.Entry)
		case StopChild:
			fmt.Fprintf(&p.out, "stop child %d of entry %d\n", c.Child, c.Entry)
		case Withdraw:
			what := ""
			if c.Offer {
				what = "offer of "
			}
			fmt.Fprintf(&p.out, "withdraw %sentry %d\n", what, c.Entry)
		}
	}
	p.standing(o.Snapshot)
}

// childOf is an execution that an invocation has started.
func childOf(inv Invoke, id string) workflow.ExecutionInfo {
	n, _ := strconv.ParseInt(id, 10, 64)
	return workflow.ExecutionInfo{
		ID: workflow.ExecutionID(n), Name: "child-" + id, StateMachine: "Child", Status: workflow.Running,
		Input: json.RawMessage(`{"of":1}`), StartedAt: epoch,
		Parent: workflow.Parent{Execution: 1234, Entry: inv.Entry, Attempt: inv.Attempt, Awaited: true},
	}
}

func (p *player) standing(s *Snapshot) {
	fmt.Fprintf(&p.out, "= %s", s.Status())
	if at, ok := s.WakeAt(); ok {
		fmt.Fprintf(&p.out, " wakes %s", p.elapsed(at))
	}
	if s.Output() != nil {
		fmt.Fprintf(&p.out, " %s", p.plain(s.Output()))
	}
	if name, cause := s.Failure(); name != "" || cause != "" {
		fmt.Fprintf(&p.out, " %s: %s", name, p.plain([]byte(cause)))
	}
	fmt.Fprintln(&p.out)
}

func (p *player) elapsed(at time.Time) string { return "+" + at.Sub(epoch).String() }

var metadata = regexp.MustCompile(`"SdkHttpMetadata":.*?"SdkResponseMetadata":\{"RequestId":"[^"]*"\}`)

// plain replaces what is long: the SDK's metadata, tokens, and very large payloads.
func (p *player) plain(b []byte) string {
	s := metadata.ReplaceAllString(string(b), `"Sdk…":…`)
	if p.snapshot != nil {
		for _, c := range p.machine.Outstanding(p.snapshot) {
			if i, ok := c.(Invoke); ok && i.Token != "" {
				s = strings.ReplaceAll(s, string(i.Token), "TOKEN")
			}
		}
	}
	for i, inv := range p.invokes {
		if inv.Token != "" {
			s = strings.ReplaceAll(s, string(inv.Token), fmt.Sprintf("TOKEN%d", i+1))
		}
	}
	if len(s) > 2000 {
		s = fmt.Sprintf("%s… (%d bytes)", s[:80], len(s))
	}
	return s
}

func marshalPlain(d workflow.Details) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(d)
	return bytes.TrimSpace(b.Bytes()), err
}

// asked is what an invocation is given: of a Map Run, what it is to do, with the inputs
// that come of its items or, when it has a reader, of a made-up one.
func (p *player) asked(c Invoke) json.RawMessage {
	if c.Map == nil {
		return c.Payload
	}
	run := *c.Map
	items := []json.RawMessage{json.RawMessage(`{"read":true}`)}
	if run.Reader == nil {
		if err := json.Unmarshal(run.Items, &items); err != nil {
			p.t.Fatal(err)
		}
	}
	selected := []any{}
	for i, item := range items {
		out, failure := run.Select(int64(i), item)
		if failure != nil {
			selected = append(selected, failure)
			continue
		}
		selected = append(selected, out)
	}
	run.Select, run.Items = nil, nil
	text, err := json.Marshal(struct {
		MapRun
		Select   any `json:",omitempty"`
		Selected []any
	}{run, nil, selected})
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}
