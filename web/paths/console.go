package paths

import "strconv"

// ExecutionView is the execution page with a state selected (or empty) and the table of events
// beginning at an event's id (or 0: at the first).
func ExecutionView(key, state string, from int64) string {
	return withQuery(Execution(key), "state", state, "from", number(from))
}

// ExecutionViewLive is the event stream of that view.
func ExecutionViewLive(key, state string, from int64) string {
	return withQuery(Execution(key)+"/live", "state", state, "from", number(from))
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
