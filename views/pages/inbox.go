package pages

import (
	"time"

	"countersign/views/components"
	"countersign/web/paths"
	"countersign/workflow"
)

// Inbox is one tab of the approver's lists.
type Inbox struct {
	Now     time.Time
	Tab     paths.InboxTab
	NeedsMe workflow.Count
	Team    workflow.Count
	Rows    []InboxRow // nearest deadline first; on the decided tab, latest first
	Limit   workflow.Money
	Live    string // address of the event stream of this part of the list
	Older   string // address of the page with more; empty on the last
	Newer   string
}

// InboxRow is one approval in a list.
type InboxRow struct {
	ID        string
	OrderID   string
	Customer  string
	Summary   string // "1 × Standing desk"
	Amount    workflow.Money
	Status    workflow.ApprovalStatus
	AskedAt   time.Time
	Deadline  time.Time
	Own       bool   // the reader ordered it
	DecidedBy string // on the decided tab; empty when the deadline or the customer decided
	DecidedAt time.Time
}

// Decision is the page on which an approver decides.
type Decision struct {
	ID       string
	CSRF     string
	Now      time.Time
	Status   workflow.ApprovalStatus
	AskedAt  time.Time
	Deadline time.Time

	OrderID       string
	Execution     string // key of the order's execution; empty when it is not kept any longer
	OrderStatus   workflow.OrderStatus
	Customer      string
	CustomerEmail string
	PlacedAt      time.Time
	Lines         []OrderLine
	Total         workflow.Money
	Address       workflow.Address
	Card          string // "Visa •••• 4242"

	Why        string   // why it needs approval
	IfApproved []string // what approving will do, in order: "Capture 1,240.00 EUR"
	IfRejected []string

	Own     bool   // the reader ordered it and cannot decide
	TooLate string // "Berta Approver approved this order 3 seconds before you." Empty otherwise

	// After a decision, or after the wait ended in another way.
	DecidedBy string
	DecidedAt time.Time
	Comment   string

	// What was sent and came back.
	Draft        string
	DraftProblem string
}

func (m Decision) open() bool { return m.Status == workflow.ApprovalPending }

// live is longer than open: the page goes on to say what becomes of the order.
func (m Decision) live() bool { return m.open() || !m.OrderStatus.Closed() }

func (m Decision) comment() components.Field {
	return components.Field{
		Name: "comment", Label: "Comment", Value: m.Draft, Error: m.DraftProblem, Optional: true, Autofocus: m.DraftProblem != "", MaxLength: 1000, Rows: 3,
		Hint: "Rejecting needs a reason: the customer reads it.",
	}
}

// urgency tones a deadline: red within the last hour, amber within the last four.
func urgency(now, deadline time.Time) components.Tone {
	switch left := deadline.Sub(now); {
	case left < time.Hour:
		return components.Danger
	case left < 4*time.Hour:
		return components.Waiting
	}
	return components.Neutral
}

// outcome says how the wait ended.
func (m Decision) outcome() components.Status {
	s := components.ApprovalStatus(m.Status)
	switch m.Status {
	case workflow.ApprovalApproved:
		s.Text = m.DecidedBy + " approved this order"
	case workflow.ApprovalRejected:
		s.Text = m.DecidedBy + " rejected this order"
	case workflow.ApprovalExpired:
		s.Text = "The deadline passed before anybody decided"
	case workflow.ApprovalCancelled:
		s.Text = "The order was cancelled before anybody decided"
	}
	return s
}

func (m Inbox) lead() string {
	lead := "Orders above " + components.MoneyText(m.Limit) + " go on only when somebody has countersigned them."
	if m.Tab != paths.Decided {
		lead += " The first to expire comes first."
	}
	return lead
}

func (m Inbox) tabs() []components.Tab {
	return []components.Tab{
		{Text: "Needs me", URL: paths.Inbox(paths.NeedsMe), Count: m.NeedsMe, Counted: true, Urgent: true, Current: m.Tab == paths.NeedsMe},
		{Text: "Team", URL: paths.Inbox(paths.Team), Count: m.Team, Counted: true, Current: m.Tab == paths.Team},
		{Text: "Decided", URL: paths.Inbox(paths.Decided), Current: m.Tab == paths.Decided},
	}
}

func (m Inbox) empty() components.Empty {
	switch m.Tab {
	case paths.Team:
		return components.Empty{Icon: components.IconInbox, Title: "The team has nothing open", Text: "Every order that needed a countersignature has one, or has ended.",
			Action: &components.Link{Text: "See what was decided", URL: paths.Inbox(paths.Decided)}}
	case paths.Decided:
		return components.Empty{Icon: components.IconHistory, Title: "Nothing has been decided yet", Text: "Approved and rejected orders are listed here, with who decided and why.",
			Action: &components.Link{Text: "See what needs you", URL: paths.Inbox(paths.NeedsMe)}}
	}
	return components.Empty{Icon: components.IconApproval, Title: "Nothing waits for you", Text: "An order appears here by itself as soon as its total is above " + components.MoneyText(m.Limit) + ".",
		Action: &components.Link{Text: "See what was decided", URL: paths.Inbox(paths.Decided)}}
}
