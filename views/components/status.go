package components

import "countersign/workflow"

// Tone is the colour of a status. A colour never comes alone: icon and word say the same.
type Tone string

// The tones.
const (
	Success  Tone = "success"
	Waiting  Tone = "waiting"
	Danger   Tone = "danger"
	Progress Tone = "progress"
	Neutral  Tone = "neutral"
)

// Status is what a badge shows.
type Status struct {
	Text string
	Icon Icon
	Tone Tone
}

// OrderStatus words an order's status for everybody; an unknown one is shown as it is.
func OrderStatus(s workflow.OrderStatus) Status {
	switch s {
	case workflow.OrderReceived:
		return Status{"Received", IconProgress, Progress}
	case workflow.OrderPaymentAuthorised:
		return Status{"Payment authorised", IconProgress, Progress}
	case workflow.OrderAwaitingApproval:
		return Status{"Waiting for approval", IconWaiting, Waiting}
	case workflow.OrderShipping:
		return Status{"Shipping", IconShipping, Progress}
	case workflow.OrderCompleted:
		return Status{"Completed", IconDone, Success}
	case workflow.OrderRejected:
		return Status{"Rejected", IconFailed, Danger}
	case workflow.OrderFailed:
		return Status{"Failed", IconFailed, Danger}
	case workflow.OrderCancelled:
		return Status{"Cancelled", IconCancelled, Neutral}
	}
	return Status{string(s), IconInfo, Neutral}
}

// ApprovalStatus words the status of an approval.
func ApprovalStatus(s workflow.ApprovalStatus) Status {
	switch s {
	case workflow.ApprovalPending:
		return Status{"Waiting", IconWaiting, Waiting}
	case workflow.ApprovalApproved:
		return Status{"Approved", IconDone, Success}
	case workflow.ApprovalRejected:
		return Status{"Rejected", IconFailed, Danger}
	case workflow.ApprovalExpired:
		return Status{"Expired", IconTimer, Danger}
	case workflow.ApprovalCancelled:
		return Status{"Not needed any more", IconCancelled, Neutral}
	}
	return Status{string(s), IconInfo, Neutral}
}

// ExecutionStatus words the status of an execution.
func ExecutionStatus(s workflow.ExecutionStatus) Status {
	switch s {
	case workflow.Running:
		return Status{"Running", IconProgress, Progress}
	case workflow.Succeeded:
		return Status{"Succeeded", IconDone, Success}
	case workflow.Failed:
		return Status{"Failed", IconFailed, Danger}
	case workflow.TimedOut:
		return Status{"Timed out", IconTimer, Danger}
	case workflow.Aborted:
		return Status{"Aborted", IconCancelled, Neutral}
	case workflow.PendingRedrive:
		return Status{"Redrive pending", IconRedrive, Waiting}
	}
	return Status{string(s), IconInfo, Neutral}
}

// PaymentStatus words where the money stands.
func PaymentStatus(s workflow.PaymentStatus) Status {
	switch s {
	case workflow.PaymentNone:
		return Status{"Nothing asked", IconPending, Neutral}
	case workflow.PaymentUnknown:
		return Status{"Waiting for the bank's answer", IconProgress, Progress}
	case workflow.PaymentDeclined:
		return Status{"Declined", IconFailed, Danger}
	case workflow.PaymentAuthorised:
		return Status{"Authorised, not charged", IconPayment, Progress}
	case workflow.PaymentCaptured:
		return Status{"Charged", IconDone, Success}
	case workflow.PaymentVoided:
		return Status{"Released, not charged", IconUndone, Neutral}
	case workflow.PaymentRefunded:
		return Status{"Refunded", IconUndone, Neutral}
	}
	return Status{string(s), IconInfo, Neutral}
}
