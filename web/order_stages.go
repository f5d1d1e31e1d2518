package web

import (
	"cmp"
	"time"

	"countersign/models"
	"countersign/views/pages"
	"countersign/workflow"
)

// orderFacts is everything that the customer's page of an order is made of.
type orderFacts struct {
	models.OrderInfo
	payment  workflow.Payment
	approval *models.Approval // the latest; nil when none was asked for
	shipment workflow.Shipment
	shipped  bool
	course   course
}

// ended says whether it came to an end other than completion, or is on its way there.
func (f orderFacts) ended() bool {
	return f.course.undone || f.Attention || f.Status.Closed() && f.Status != workflow.OrderCompleted
}

// elsewhere says whether the order was completed without the shop's own functions: by a workflow
// that people made, which the books know nothing of.
func (f orderFacts) elsewhere() bool {
	return f.Status == workflow.OrderCompleted && f.payment.Status == workflow.PaymentNone && !f.shipped
}

// stages are the five parts of the customer's timeline.
func (f orderFacts) stages() []pages.Stage {
	list := []pages.Stage{f.received(), f.paying(), f.approving(), f.shipping(), f.finishing()}
	for i := range list {
		list[i].Name = pages.StageNames[i]
	}
	return list
}

func stage(state pages.StageState, note string, at ...time.Time) pages.Stage {
	return pages.Stage{State: state, Note: note, At: cmp.Or(at...)}
}

func (f orderFacts) received() pages.Stage {
	if f.ended() && f.course.forward == legChecking && f.Status != workflow.OrderCancelled && !f.CancelRequested {
		return stage(pages.StageFailed, "Not accepted", f.PlacedAt)
	}
	return stage(pages.StageDone, "", f.PlacedAt)
}

func (f orderFacts) paying() pages.Stage {
	held, back := f.course.left[legPaying], cmp.Or(f.ClosedAt, f.course.left[legUndoing])
	switch f.payment.Status {
	case workflow.PaymentDeclined:
		return stage(pages.StageFailed, "Declined", held)
	case workflow.PaymentVoided:
		if f.course.forward == legCharging && !f.CancelRequested {
			return stage(pages.StageFailed, "Could not be charged", back)
		}
		return stage(pages.StageUndone, "Hold released", back)
	case workflow.PaymentRefunded:
		return stage(pages.StageUndone, "Refunded", back)
	case workflow.PaymentAuthorised:
		switch {
		case f.Attention && f.course.undone:
			return stage(pages.StageFailed, "Release failed", f.UpdatedAt)
		case f.course.undone:
			return stage(pages.StageCurrent, "Releasing the hold")
		}
		return stage(pages.StageDone, "Held on your card", held)
	case workflow.PaymentCaptured:
		switch {
		case f.Attention && f.course.undone:
			return stage(pages.StageFailed, "Refund failed", f.UpdatedAt)
		case f.course.undone:
			return stage(pages.StageCurrent, "Refunding")
		}
		return stage(pages.StageDone, "Charged", f.course.left[legCharging], held)
	}
	return f.unpaid()
}

// unpaid is the payment stage before anything is known to be held.
func (f orderFacts) unpaid() pages.Stage {
	switch {
	case f.ended() && f.course.forward == legPaying && f.Status == workflow.OrderFailed:
		return stage(pages.StageFailed, "No answer from the bank", f.course.left[legPaying])
	case f.ended(), f.elsewhere():
		return stage(pages.StageNotNeeded, "")
	case f.course.failing:
		return stage(pages.StageWaiting, "Trying again")
	}
	return stage(pages.StageCurrent, "Asking your bank")
}

func (f orderFacts) approving() pages.Stage {
	if f.approval == nil {
		if f.ended() || f.elsewhere() || f.course.forward > legApproval {
			return stage(pages.StageNotNeeded, f.notNeeded())
		}
		return stage(pages.StageAhead, "")
	}
	switch a := f.approval; a.Status {
	case workflow.ApprovalApproved:
		return stage(pages.StageDone, "Approved by "+a.DecidedByName, a.DecidedAt)
	case workflow.ApprovalRejected:
		return stage(pages.StageFailed, "Rejected", a.DecidedAt)
	case workflow.ApprovalExpired:
		return stage(pages.StageFailed, "Nobody decided in time", a.DecidedAt)
	case workflow.ApprovalCancelled:
		return stage(pages.StageNotNeeded, "Not decided")
	}
	return stage(pages.StageWaiting, "An approver decides", f.approval.OpenedAt)
}

// notNeeded tells an order that needs no approval from one that did not come that far.
func (f orderFacts) notNeeded() string {
	if f.course.forward > legApproval {
		return "Not needed"
	}
	return ""
}

func (f orderFacts) shipping() pages.Stage {
	switch {
	case f.shipped:
		return stage(pages.StageDone, "Parcel booked", f.shipment.BookedAt)
	case f.ended() && f.Status == workflow.OrderFailed && f.course.forward == legReserving:
		return stage(pages.StageFailed, "Out of stock", f.course.left[legReserving])
	case f.ended() && f.Status == workflow.OrderFailed && f.course.forward == legShipping:
		return stage(pages.StageFailed, "Could not be shipped", f.course.left[legShipping])
	case f.ended(), f.elsewhere():
		return stage(pages.StageNotNeeded, "")
	case f.course.now == legShipping && f.course.failing, f.course.now == legCharging && f.course.failing:
		return stage(pages.StageWaiting, "Trying again")
	case f.course.now == legCharging:
		return stage(pages.StageCurrent, "Charging your card")
	case f.course.now == legShipping:
		return stage(pages.StageCurrent, "Booking your parcel")
	}
	return stage(pages.StageAhead, "")
}

func (f orderFacts) finishing() pages.Stage {
	switch {
	case f.Status == workflow.OrderCompleted:
		return stage(pages.StageDone, "", f.ClosedAt)
	case f.ended():
		return stage(pages.StageNotNeeded, "")
	case f.shipped && f.course.failing:
		return stage(pages.StageWaiting, "Trying again")
	case f.shipped:
		return stage(pages.StageCurrent, "Writing your mail")
	}
	return stage(pages.StageAhead, "")
}
