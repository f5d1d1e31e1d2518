// Package workflow is the vocabulary that every room of Countersign shares.
//
// It names things and does nothing: identifiers and ARNs, execution and order
// statuses, history events in Step Functions' own words, what a function is
// called with and may answer, and the words of orders, payments and approvals.
//
// It must not know how anything is stored, shown, scheduled or interpreted, and
// it imports the standard library only.
package workflow
