package asl

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"

	"countersign/workflow"
	"countersign/workflow/asl/jsontext"
)

// sdkMetadata is what the results of an integration tell of the request behind them:
// the headers of AWS's answer, where our own answer had none of its own.
type sdkMetadata struct {
	contentType string
	// length is how long the body of AWS's answer would be.
	length func(result json.RawMessage, p Pattern) int
	lambda bool
}

var (
	lambdaMetadata = &sdkMetadata{contentType: "application/json", lambda: true, length: func(r json.RawMessage, _ Pattern) int {
		start, end, _ := member(r, "Payload")
		return end - start
	}}
	statesMetadata = &sdkMetadata{contentType: "application/x-amz-json-1.0", length: func(r json.RawMessage, p Pattern) int {
		start, end, _ := member(r, "ExecutionArn")
		n := len(`{"executionArn":,"startDate":1.000000000000E9}`) + end - start
		if p == RequestResponse {
			n += 2 // as recorded; what of is not known
		}
		return n
	}}
	snsMetadata = &sdkMetadata{contentType: "text/xml", length: func(r json.RawMessage, _ Pattern) int {
		if _, _, ok := member(r, "SequenceNumber"); ok {
			return 352
		}
		return 294
	}}
)

// result is what the answer to an invocation is to ResultSelector: of an optimised
// integration, the service's envelope around it.
func (x *stepper) result(f *frame, t *taskBody, output json.RawMessage) json.RawMessage {
	if t.integration == nil || t.integration.metadata == nil {
		return output
	}
	if t.integration == lambdaInvoke {
		output = lambdaResult(f.task != nil && f.task.event, output)
	}
	if rawKind(output) != '{' {
		return output
	}
	return x.withMetadata(t.integration.metadata, t.pattern, output)
}

// lambdaResult is the response of lambda:invoke.
func lambdaResult(event bool, output json.RawMessage) json.RawMessage {
	if event {
		return json.RawMessage(`{"Payload":"","StatusCode":202}`)
	}
	b := make(json.RawMessage, 0, len(output)+1200)
	b = append(b, `{"ExecutedVersion":"$LATEST","Payload":`...)
	return append(append(b, output...), `,"StatusCode":200}`...)
}

// withMetadata adds SdkHttpMetadata and SdkResponseMetadata to a response, whose
// members stay in the order of their names.
func (x *stepper) withMetadata(m *sdkMetadata, p Pattern, response json.RawMessage) json.RawMessage {
	at, end := 1, 1
	members(response, func(key []byte, _, valueEnd int) bool {
		if string(key) > `"Sdk` {
			return false
		}
		at, end = valueEnd, valueEnd
		return true
	})
	b := make(json.RawMessage, 0, len(response)+1000)
	b = append(b, response[:at]...)
	if at > 1 {
		b = append(b, ',')
	}
	b = x.appendMetadata(b, m, m.length(response, p))
	rest := trim(response[end:])
	if len(rest) > 0 && rest[0] != ',' && rest[0] != '}' {
		b = append(b, ',')
	}
	return append(b, rest...)
}

func (x *stepper) appendMetadata(b json.RawMessage, m *sdkMetadata, length int) json.RawMessage {
	id := x.requestID()
	headers := [][2]string{
		{"Content-Length", strconv.Itoa(length)}, {"Content-Type", m.contentType},
		{"Date", x.at.Format("Mon, 02 Jan 2006 15:04:05 GMT")}, {"x-amzn-RequestId", id},
	}
	if m.lambda {
		headers = append(headers, [][2]string{
			{"Connection", "keep-alive"}, {"X-Amz-Executed-Version", "$LATEST"}, {"X-Amzn-Trace-Id", x.traceID()},
			{"x-amzn-Remapped-Content-Length", "0"},
		}...)
	} else {
		headers = append(headers, [2]string{"connection", "keep-alive"})
	}
	b = append(b, `"SdkHttpMetadata":{"AllHttpHeaders":{`...)
	for i, h := range headers {
		b = appendHeader(b, i, h[0], "[", h[1], "]")
	}
	b = append(b, `},"HttpHeaders":{`...)
	for i, h := range headers {
		b = appendHeader(b, i, h[0], "", h[1], "")
	}
	b = append(b, `},"HttpStatusCode":200},"SdkResponseMetadata":{"RequestId":"`...)
	return append(append(b, id...), `"}`...)
}

func appendHeader(b []byte, i int, name, open, value, end string) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	b = append(append(append(b, '"'), name...), `":`...)
	b = append(append(append(b, open...), '"'), value...)
	return append(append(b, '"'), end...)
}

// requestID is the name of a request that the step's answer came from.
func (x *stepper) requestID() string { return newUUID(x.draw()) }

// traceID names a trace that nobody samples.
func (x *stepper) traceID() string {
	var b [12]byte
	binary.BigEndian.PutUint64(b[:], x.draw().Uint64())
	binary.BigEndian.PutUint32(b[8:], uint32(x.now))
	return fmt.Sprintf("Root=1-%08x-%x;Sampled=0", uint32(x.now/1000), b)
}

// executionMembers are DescribeExecution's answer as the result of a .sync task, its
// members in the order of their names.
func executionMembers(e workflow.ExecutionInfo, parsed bool) json.RawMessage {
	w := writer{b: make([]byte, 0, 512+len(e.Input)+len(e.Output))}
	w.b = append(w.b, '{')
	w.string("Cause", e.Cause)
	w.string("Error", e.Error)
	w.string("ExecutionArn", string(e.ARN()))
	w.payload("Input", e.Input, parsed)
	w.raw("InputDetails", included)
	w.string("Name", e.Name)
	if e.Status == workflow.Succeeded {
		w.payload("Output", e.Output, parsed)
		w.raw("OutputDetails", included)
	}
	w.raw("RedriveCount", strconv.AppendInt(nil, int64(e.Redrives), 10))
	redrivable, reason := redriveStatus(e)
	w.string("RedriveStatus", redrivable)
	w.string("RedriveStatusReason", reason)
	w.int("StartDate", e.StartedAt.UnixMilli())
	if e.Alias != "" {
		w.string("StateMachineAliasArn", string(workflow.AliasARN(e.StateMachine, e.Alias)))
	}
	w.string("StateMachineArn", string(workflow.StateMachineARN(e.StateMachine)))
	if e.Published != 0 {
		w.string("StateMachineVersionArn", string(workflow.VersionARN(e.StateMachine, e.Published)))
	}
	w.string("Status", string(e.Status))
	if !e.StoppedAt.IsZero() {
		w.int("StopDate", e.StoppedAt.UnixMilli())
	}
	w.string("TraceHeader", e.TraceHeader)
	return append(w.b, '}')
}

var included = json.RawMessage(`{"Included":true}`)

// payload writes a JSON text as the value that it is, or as a string.
func (w *writer) payload(name string, p json.RawMessage, parsed bool) {
	if p = trim(p); len(p) == 0 {
		p = rawEmpty
	}
	w.key(name)
	if parsed {
		w.b = append(w.b, p...)
	} else {
		w.b = jsontext.AppendString(w.b, string(p))
	}
}

// redriveStatus is the service's word on whether a closed execution can be redriven.
func redriveStatus(e workflow.ExecutionInfo) (status, reason string) {
	switch {
	case e.Type == workflow.Express:
		return "NOT_REDRIVABLE", "Execution is EXPRESS and cannot be redriven"
	case e.Status == workflow.Succeeded:
		return "NOT_REDRIVABLE", "Execution is SUCCEEDED and cannot be redriven"
	}
	return "REDRIVABLE", ""
}
