package awsshape

import (
	"encoding/json"
	"testing"
)

func TestCheck(t *testing.T) {
	cases := []struct {
		name            string
		service, action string
		answer          string
		lenient         bool
		want            string
	}{
		{"nothing is required", "sqs", "sendMessage", `{}`, false, ""},
		{"an unknown member", "sqs", "sendMessage", `{"Colour":1}`, false, ""},
		{"a member in the API's own spelling is another one", "sfn", "startSyncExecution", `{"executionArn":1}`, true, ""},
		{"the first missing one", "sfn", "describeStateMachine", `{"StateMachineArn":"a"}`, false, "Required field 'Name' is missing"},
		{"missing ones are let pass", "sfn", "describeStateMachine", `{"StateMachineArn":"a"}`, true, ""},
		{"missing further in", "sfn", "listActivities", `{"Activities":[{"Name":"a"}]}`, false, "Required field 'ActivityArn' is missing"},
		{"a text", "sns", "publish", `{"MessageId":5}`, false, "Field 'MessageId' must be a string"},
		{"a time is a text", "sfn", "stopExecution", `{"StopDate":5}`, true, "Field 'StopDate' must be a string"},
		{"bytes are a text", "lambda", "invoke", `{"Payload":{}}`, true, "Field 'Payload' must be a string"},
		{"a list", "sqs", "receiveMessage", `{"Messages":{}}`, true, "Field 'Messages' must be an array"},
		{"an item is named by its list", "sqs", "listQueues", `{"QueueUrls":["a",{}]}`, true, "Field 'QueueUrls' must be a string"},
		{"within an item", "sqs", "receiveMessage", `{"Messages":[{},{"Body":[]}]}`, true, "Field 'Body' must be a string"},
		{"a map", "dynamodb", "getItem", `{"Item":[]}`, true, "Field 'Item' must be an object"},
		{"within a map", "dynamodb", "getItem", `{"Item":{"a":{"BOOL":"x"}}}`, true, "Field 'BOOL' must be a boolean"},
		{"a number", "lambda", "invoke", `{"StatusCode":"200"}`, true, "Field 'StatusCode' must be a number"},
		{"a number too small", "lambda", "getFunctionConfiguration", `{"Timeout":0}`, true, "Field 'Timeout' is less than the minimum value"},
		{"a number too large", "lambda", "getFunctionConfiguration", `{"MemorySize":1e9}`, true, "Field 'MemorySize' exceeds the maximum value"},
		{"a value of an enumeration", "lambda", "getFunctionConfiguration", `{"State":"Fine"}`, true, "Field 'State' is not an expected value"},
		{"a text too long", "sfn", "describeStateMachine", `{"Name":"` + long(81) + `"}`, true, "Field 'Name' exceeds the maximum length"},
		{"a text too short", "sfn", "describeStateMachine", `{"Name":""}`, true, "Field 'Name' is shorter than the minimum length"},
		{"not an object", "sqs", "sendMessage", `[]`, false, "The result must be an object"},
		{"an unknown service", "sundial", "tellTime", `[]`, false, ""},
		{"an unknown action", "sqs", "tellTime", `[]`, false, ""},
		{"an action without an answer", "sqs", "deleteQueue", `[]`, false, ""},
		{"a service's name in another spelling", "DynamoDB", "PutItem", `{"Attributes":1}`, false, "Field 'Attributes' must be an object"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Check(c.service, c.action, json.RawMessage(c.answer), !c.lenient)
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func long(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return string(b)
}

func FuzzCheck(f *testing.F) {
	f.Add("sqs", "receiveMessage", `{"Messages":[{"Attributes":{}}]}`, true)
	f.Add("dynamodb", "getItem", `{"Item":{"a":{"M":{"b":{"L":[]}}}}}`, false)
	f.Add("lambda", "invoke", `nonsense`, false)
	f.Fuzz(func(t *testing.T, service, action, answer string, required bool) {
		if _, err := Check(service, action, json.RawMessage(answer), required); err != nil {
			t.Error(err)
		}
	})
}
