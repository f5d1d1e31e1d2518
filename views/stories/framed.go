package stories

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"countersign/views/components"
	"countersign/views/layouts"
	"countersign/workflow"
)

// framed renders content as the children of frame, as a handler does.
type framed struct{ frame, content templ.Component }

func (f framed) Render(ctx context.Context, w io.Writer) error {
	return f.frame.Render(templ.WithChildren(ctx, f.content), w)
}

func frameStories() []Story {
	flash := page(olga, "Settings", layouts.Settings)
	flash.Flash = &layouts.Flash{Tone: components.Success, Text: "Saved. New orders follow these settings from now on."}
	failed := page(clara, "Shop", layouts.Shop)
	failed.Flash = &layouts.Flash{Tone: components.Danger, Text: "Only 1 is left, so your cart still holds 1."}
	return []Story{
		{"frame-operator-flash", shell(flash, gallery())},
		{"frame-customer-flash-failed", shell(failed, gallery())},
		{"frame-administrator", shell(page(ada, "People", layouts.People), gallery())},
		{"frame-signed-out", shell(page(nil, "Shop", layouts.None), gallery())},
	}
}

var everyStatus = []components.Status{
	components.OrderStatus(workflow.OrderReceived),
	components.OrderStatus(workflow.OrderAwaitingApproval),
	components.OrderStatus(workflow.OrderShipping),
	components.OrderStatus(workflow.OrderCompleted),
	components.OrderStatus(workflow.OrderRejected),
	components.OrderStatus(workflow.OrderCancelled),
	components.ExecutionStatus(workflow.Running),
	components.ExecutionStatus(workflow.TimedOut),
	components.ExecutionStatus(workflow.Aborted),
	components.PaymentStatus(workflow.PaymentVoided),
}
