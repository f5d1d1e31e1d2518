package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/models"
	"countersign/workflow"
)

// decisionStore is what deciding reads, and the effect that decides.
type decisionStore interface {
	Approval(ctx context.Context, id string) (models.Approval, error)
	DecideApproval(d models.Decision) workflow.Effect
}

// decider answers tasks that wait with a token.
type decider interface {
	SucceedTask(ctx context.Context, token workflow.TaskToken, output json.RawMessage, effects ...workflow.Effect) error
	FailTask(ctx context.Context, token workflow.TaskToken, name, cause string, effects ...workflow.Effect) error
}

// maxComment is how many characters a comment may have.
const maxComment = 2000

// errOwnOrder: four eyes see more than two.
var errOwnOrder = forbidden("This order is your own, so somebody else must decide about it. Nothing was changed.")

// decide takes a person's decision ("approve" or "reject") on an approval: approval and
// waiting task change in one transaction. The loser of a race is told who decided, and when
// (409); the approval as it stands comes with every answer but workflow.ErrNotFound.
func (s *Server) decide(ctx context.Context, p *models.Person, id, decision, comment string) (models.Approval, error) {
	a, err := s.store.Approval(ctx, id)
	if err != nil {
		return a, err
	}
	comment = strings.TrimSpace(comment)
	if problems := checkDecision(decision, comment); len(problems) > 0 {
		return a, invalid(problems...)
	}
	now := s.now()
	if err := s.undecidable(a, p, now); err != nil {
		return a, err
	}
	d := models.Decision{ApprovalID: a.ID, OrderID: a.OrderID, By: p.ID, Verdict: workflow.ApprovalApproved, Comment: comment, At: now}
	if decision == "reject" {
		d.Verdict = workflow.ApprovalRejected
		err = s.engine.FailTask(ctx, a.Token, s.orders.Rejected, comment, s.store.DecideApproval(d))
	} else {
		err = s.engine.SucceedTask(ctx, a.Token, s.orders.Approved(p.Name, comment, now), s.store.DecideApproval(d))
	}
	if err != nil && !errors.Is(err, workflow.ErrEffectRefused) && !errors.Is(err, workflow.ErrTaskGone) {
		return a, err
	}
	after, readErr := s.store.Approval(ctx, id)
	if readErr != nil {
		return a, readErr
	}
	if err == nil {
		return after, nil
	}
	if told := s.undecidable(after, p, s.now()); told != nil {
		return after, told
	}
	return after, err
}

func checkDecision(decision, comment string) []FieldError {
	var problems []FieldError
	switch {
	case decision != "approve" && decision != "reject":
		problems = append(problems, FieldError{"decision", `The decision must be "approve" or "reject".`})
	case decision == "reject" && comment == "":
		problems = append(problems, FieldError{"comment", "Say why you reject the order; the customer is told. Nothing was changed."})
	}
	if comment != "" && !workflow.Legible(comment) {
		problems = append(problems, FieldError{"comment", "The comment has characters that people cannot read. Type it again; nothing was changed."})
	}
	if utf8.RuneCountInString(comment) > maxComment {
		problems = append(problems, FieldError{"comment", fmt.Sprintf("The comment may have %d characters. Shorten it.", maxComment)})
	}
	return problems
}

// ownApproval says whether the person ordered, or somebody ordered for them.
func ownApproval(a models.Approval, p *models.Person) bool {
	return a.OrderedBy == p.ID || p.CustomerID != "" && a.CustomerID == p.CustomerID
}

// undecidable says why this person cannot decide about a now, or nil.
func (s *Server) undecidable(a models.Approval, p *models.Person, now time.Time) error {
	switch a.Status {
	case workflow.ApprovalApproved, workflow.ApprovalRejected:
		return conflict(fmt.Sprintf("%s has %s this order already, at %s. Nothing was changed.",
			a.DecidedByName, strings.ToLower(string(a.Status)), a.DecidedAt.UTC().Format("15:04:05 UTC on 2 January 2006")))
	case workflow.ApprovalExpired:
		return conflict("The deadline has passed, so the order is being undone. Nothing was changed.")
	case workflow.ApprovalCancelled:
		return conflict("The order has ended another way, so there is nothing left to decide. Nothing was changed.")
	}
	switch {
	case ownApproval(a, p):
		return errOwnOrder
	case !a.Deadline.IsZero() && !now.Before(a.Deadline):
		return conflict("The deadline has passed, so the order is being undone. Nothing was changed.")
	}
	return nil
}
