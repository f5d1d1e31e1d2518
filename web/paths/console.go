package paths

import "strconv"

// Selection is what a reader has chosen to see of an execution. The zero Selection is what a page
// shows by itself.
type Selection struct {
	State     string
	From      int64  // the event with which the table begins
	Iteration int64  // of an inline Map, by the event that started it
	Show      string // how iterations that are listed stand
	Skip      int64  // how many of those come before the first that is listed
}

func (s Selection) query() []string {
	return []string{"state", s.State, "from", number(s.From), "iteration", number(s.Iteration), "show", s.Show, "skip", number(s.Skip)}
}

// ExecutionSelection is the execution page with what the reader has chosen.
func ExecutionSelection(key string, s Selection) string {
	return withQuery(Execution(key), s.query()...)
}

// ExecutionSelectionLive is the event stream of that page.
func ExecutionSelectionLive(key string, s Selection) string {
	return withQuery(Execution(key)+"/live", s.query()...)
}

// ExecutionView is the execution page with a state selected (or empty) and the table of events
// beginning at an event's id (or 0: at the first).
func ExecutionView(key, state string, from int64) string {
	return ExecutionSelection(key, Selection{State: state, From: from})
}

// ExecutionViewLive is the event stream of that view.
func ExecutionViewLive(key, state string, from int64) string {
	return ExecutionSelectionLive(key, Selection{State: state, From: from})
}

// ExecutionPayload is GET: the whole of a payload of one history event, as JSON: its input,
// output, parameters or the variables that were assigned.
func ExecutionPayload(key string, event int64, of string) string {
	return withQuery(Execution(key)+"/payload", "event", number(event), "of", of)
}

// ExecutionsFiltered lists executions by all that the list can be narrowed to; what is empty is left out.
func ExecutionsFiltered(status, machine, search, after string) string {
	return withQuery(ExecutionsRoot, "status", status, "machine", machine, "q", search, "after", after)
}

// ExecutionsFilteredLive is the event stream of that list.
func ExecutionsFilteredLive(status, machine, search, after string) string {
	return withQuery(ExecutionsLive, "status", status, "machine", machine, "q", search, "after", after)
}

// StateMachineVersion is a state machine's page with one of its versions; 0 is the latest.
func StateMachineVersion(name string, version int64) string {
	return withQuery(StateMachine(name), "version", number(version))
}

const (
	// StateMachineNew is GET: the form that makes a state machine; it posts to StateMachines, with
	// do=check to see what is wrong and do=save. Nothing can be called "~".
	StateMachineNew = StateMachines + "/~/new"
)

// StateMachineEdit is GET: the form with a definition; POST definition, revision, publish, and
// do=check or do=save.
func StateMachineEdit(name string) string { return StateMachine(name) + "/edit" }

// StateMachineEditFrom is that form with the definition of an earlier version.
func StateMachineEditFrom(name string, version int64) string {
	return withQuery(StateMachineEdit(name), "version", number(version))
}

// StateMachineDefinition is GET: the definition of a version alone, as JSON.
func StateMachineDefinition(name string, version int64) string {
	return withQuery(StateMachine(name)+"/definition", "version", number(version))
}

// StateMachineDelete is POST: begins the deletion.
func StateMachineDelete(name string) string { return StateMachine(name) + "/delete" }

// StateMachineStart is GET: the form that starts an execution; POST name, target, input.
func StateMachineStart(name string) string { return StateMachine(name) + "/start" }

// StateTests is GET: the form that tests a state; POST state, input, mode and more: tests it.
func StateTests(name string) string { return StateMachine(name) + "/test" }

// StateTest is that form with a state of a version chosen.
func StateTest(name string, version int64, state string) string {
	return withQuery(StateTests(name), "version", number(version), "state", state)
}

// StateTestLike is that form with the input that the state has had when an execution entered it.
func StateTestLike(name string, version int64, state, execution string, entered int64) string {
	return withQuery(StateTests(name), "version", number(version), "state", state, "execution", execution, "event", number(entered))
}

// StateMachinesAfter lists the state machines whose names begin with a prefix, from one on.
func StateMachinesAfter(prefix, after string) string {
	return withQuery(StateMachines, "q", prefix, "after", after)
}

// InventoryItemAfter is GET: an item's stock and its movements, from a cursor on.
func InventoryItemAfter(itemID, after string) string {
	return withQuery(InventoryItem(itemID), "after", after)
}

// MailAfter lists mails from a cursor on.
func MailAfter(after string) string { return withQuery(Mail, "after", after) }

// MailLiveAfter is the event stream of that list.
func MailLiveAfter(after string) string { return withQuery(MailLive, "after", after) }

// AuditAfter lists what people did, narrowed to a subject such as "order CS-1", from a cursor on.
func AuditAfter(subject, after string) string {
	return withQuery(Audit, "subject", subject, "after", after)
}

const (
	// SettingsSandbox is POST: saves the failure switches of the sandbox parties.
	SettingsSandbox = Settings + "/sandbox"
	// SandboxBooks is GET: what the sandbox gateway and carrier have in their own books.
	SandboxBooks = Settings + "/sandbox/books"
)

// PersonNew is GET: the form that adds a person; it posts to People.
const PersonNew = People + "/new"

func number(n int64) string {
	if n <= 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
