// Package integrations performs what leaves the process: functions that are reached by HTTP,
// sns:publish with its webhooks, and http:invoke.
//
// # HTTP functions
//
// Functions posts a task's payload to the function's URL. Of what comes back, a body of
// status 2xx is the output, nothing at all is null; {"errorType", "errorMessage"} with any
// other status, or with the header X-Amz-Function-Error that Lambda itself uses, is the
// error's name with the whole body as its cause; a status without such a body is the service
// exception that Lambda answers with for it. A timeout is Sandbox.Timedout, and a connection
// that fails Lambda.SdkClientException, so that a Retry written for Lambda works.
//
// # Requests
//
// Functions and webhooks are sent with the headers of the Standard Webhooks specification
// (standardwebhooks.com): Webhook-Id, Webhook-Timestamp, and Webhook-Signature, an HMAC-SHA256
// over the three of id, timestamp and body. The id is the idempotency key, the same for every
// attempt of one state entry, so that a receiver can tell a repetition from a replay. For a
// day after a secret was rotated the old one signs too. Functions get besides Idempotency-Key,
// Countersign-Function, -Execution, -State and -Attempt; values of other than printable ASCII
// are percent-encoded. No redirect is followed and no answer is read beyond its limit.
//
// An administrator registers functions and webhooks, so these may be at private addresses.
// Where http:invoke goes the definition's author says, or even its input: HTTP refuses
// loopback, private, link-local and other special addresses when it dials, after the name has
// been resolved, so that neither a redirect nor a name that changes its mind gets around it.
//
// # Guarantees
//
// What a message becomes for subscribers commits with the history event of the task that
// published it; the Courier then delivers to each webhook at least once until it gives up.
// Secrets stand in no error, cause or log.
//
// # Walls
//
// The package knows the vocabulary and the narrow books that it declares; it must not know
// how they are stored, shown or administered, what a state is, or when to retry a task.
package integrations
