package integrations

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"countersign/workflow"
)

const ordersARN = "arn:aws:sns:us-east-1:123456789012:Orders"

func publish(t *testing.T, arguments string) (workflow.Message, map[string]any, error) {
	t.Helper()
	topics := NewTopics(&book{topics: map[string]bool{"Orders": true}}, atNoon)
	result, err := topics.Publish(t.Context(), callOf("sns:publish", arguments))
	if err != nil {
		if len(result.Effects) != 0 {
			t.Error("something is published all the same")
		}
		return workflow.Message{}, nil, err
	}
	var output map[string]any
	if err := json.Unmarshal(result.Output, &output); err != nil {
		t.Fatal(err)
	}
	return result.Effects[0].(note).value.(workflow.Message), output, nil
}

func TestPublish(t *testing.T) {
	m, output, err := publish(t, `{"TopicArn":"`+ordersARN+`","Message":"Order 12345 <shipped> & paid","Subject":"Shipped",
		"MessageAttributes":{"orderId":{"DataType":"String","StringValue":"12345"},"total":{"DataType":"Number","StringValue":"-1.5"},"key":{"DataType":"Binary","BinaryValue":"AAEC"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if m.Topic != "Orders" || m.Body != "Order 12345 <shipped> & paid" || m.Subject != "Shipped" || m.MailSubject != "Shipped" || !m.At.Equal(noon) {
		t.Errorf("message %+v", m)
	}
	if !strings.HasPrefix(m.MailBody, m.Body+"\n\n--\n") || !strings.Contains(m.MailBody, "the topic Orders") {
		t.Errorf("mail %q", m.MailBody)
	}
	if want := `{"key":{"Type":"Binary","Value":"AAEC"},"orderId":{"Type":"String","Value":"12345"},"total":{"Type":"Number","Value":"-1.5"}}`; string(m.Attributes) != want {
		t.Errorf("attributes %s", m.Attributes)
	}
	if len(output) != 1 || output["MessageId"] != m.ID || len(m.ID) != 36 {
		t.Errorf("output %v, message %s", output, m.ID)
	}
}

func TestMessagesThatAreNoTexts(t *testing.T) {
	for arguments, want := range map[string]string{
		`"Message": {"a": [1, 2.50], "b": "<"}`: `{"a":[1,2.50],"b":"<"}`,
		`"Message": 12`:                         `12`,
		`"Message": "{\"default\":\"d\",\"email\":\"e\",\"sqs\":7}","MessageStructure":"json"`: "d",
		`"Message": {"default":"d","https":"h"},"MessageStructure":"json"`:                     "h",
		`"Message": {"default":"d","http":"p"},"MessageStructure":"json"`:                      "p",
	} {
		m, _, err := publish(t, `{"TopicArn":"`+ordersARN+`",`+arguments+`}`)
		if err != nil || m.Body != want {
			t.Errorf("%s: %q, %v", arguments, m.Body, err)
		}
		if strings.Contains(arguments, "email") && !strings.HasPrefix(m.MailBody, "e\n") {
			t.Errorf("%s: mail %q", arguments, m.MailBody)
		}
		if m.Subject != "" || m.MailSubject != "Message from Orders" {
			t.Errorf("%s: subjects %q and %q", arguments, m.Subject, m.MailSubject)
		}
	}
}

func TestPublishIsRefused(t *testing.T) {
	const invalid, value = "SNS.InvalidParameterException", "SNS.InvalidParameterValueException"
	topic := `"TopicArn":"` + ordersARN + `"`
	attribute := func(a string) string { return topic + `,"Message":"m","MessageAttributes":` + a }
	for _, tc := range []struct{ arguments, name, cause string }{
		{`"TopicArn":"arn:aws:sns:us-east-1:123456789012:Gone","Message":"m"`, "SNS.NotFoundException", "Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: "},
		{`"TopicArn":"arn:aws:sns:us-east-1:999999999999:Orders","Message":"m"`, "SNS.NotFoundException", "Topic does not exist"},
		{`"TopicArn":"arn:aws:sns:us-east-1:123456789012:Orders.fifo","Message":"m"`, "SNS.NotFoundException", "Topic does not exist"},
		{`"TopicArn":"Orders","Message":"m"`, invalid, "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1 (Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter;"},
		{`"TopicArn":"arn:aws:sqs:us-east-1:123456789012:Orders","Message":"m"`, invalid, "Invalid parameter: TopicArn ("},
		{`"Message":"m"`, invalid, "TopicArn or TargetArn Reason: no value for required parameter"},
		{`"PhoneNumber":"+49","Message":"m"`, invalid, "Invalid parameter: PhoneNumber Reason:"},
		{topic + `,"TargetArn":"x","Message":"m"`, invalid, "Invalid parameter: TargetArn Reason:"},
		{topic + `,"Message":""`, invalid, "Invalid parameter: Empty message"},
		{topic + `,"Message":"` + strings.Repeat("x", maxPublished+1) + `"`, invalid, "Invalid parameter: Message too long"},
		{topic + `,"Message":"m","Subject":""`, invalid, "Invalid parameter: Subject"},
		{topic + `,"Message":"m","Subject":"a\nb"`, invalid, "Invalid parameter: Subject"},
		{topic + `,"Message":"m","Subject":" a"`, invalid, "Invalid parameter: Subject"},
		{topic + `,"Message":"m","Subject":"ü"`, invalid, "Invalid parameter: Subject"},
		{topic + `,"Message":"m","Subject":"` + strings.Repeat("x", 100) + `"`, invalid, "Invalid parameter: Subject"},
		{topic + `,"Message":"m","MessageStructure":"xml"`, invalid, "Invalid message structure"},
		{topic + `,"Message":"m","MessageStructure":"json"`, invalid, "JSON message body failed to parse"},
		{topic + `,"Message":"{\"email\":\"e\"}","MessageStructure":"json"`, invalid, "No default entry in JSON message body"},
		{topic + `,"Message":"{\"default\":1}","MessageStructure":"json"`, invalid, "No default entry in JSON message body"},
		{attribute(`{"a":{"DataType":"Text","StringValue":"x"}}`), value, "'a' has an invalid message attribute type"},
		{attribute(`{"a":{"StringValue":"x"}}`), value, "'a' must contain non-empty message attribute type"},
		{attribute(`{"a":{"DataType":"String"}}`), value, "'a' must contain non-empty message attribute value for message attribute type 'String'"},
		{attribute(`{"a":{"DataType":"String","BinaryValue":"AA=="}}`), value, "must use field 'String'"},
		{attribute(`{"a":{"DataType":"Number","StringValue":"one"}}`), value, "Could not cast message attribute 'a' value to number"},
		{attribute(`{"a":{"DataType":"Binary","BinaryValue":"?"}}`), value, "not base64"},
		{attribute(`{".a":{"DataType":"String","StringValue":"x"}}`), value, "alphanumeric"},
		{attribute(`[]`), "States.Runtime", "The value of the field 'MessageAttributes' has an invalid format"},
		{attribute(`{"a":1}`), "States.Runtime", "The value of the field 'MessageAttributes' has an invalid format"},
		{topic, "States.Runtime", "The field 'Message' is required"},
		{topic + `,"Message":"m","Subject":1`, "States.Runtime", "The value of the field 'Subject' has an invalid format"},
		{topic + `,"Message":"m","Topic":"x"`, "States.Runtime", "The field 'Topic' is not supported by Step Functions"},
	} {
		_, _, err := publish(t, "{"+tc.arguments+"}")
		failed := failure(t, err)
		if failed.Name != tc.name || !strings.Contains(failed.Cause, tc.cause) {
			t.Errorf("%.120s:\n got %s: %.200s\nwant %s: %s", tc.arguments, failed.Name, failed.Cause, tc.name, tc.cause)
		}
	}
	many := `{`
	for i := range maxAttributes + 1 {
		many += fmt.Sprintf(`"a%d":{"DataType":"String","StringValue":"x"},`, i)
	}
	_, _, err := publish(t, "{"+attribute(strings.TrimSuffix(many, ",")+"}")+"}")
	fails(t, err, invalid, "at most 10")
	for _, payload := range []string{``, `null`, `[]`, `"x"`, `{"a":`} {
		_, _, err := publish(t, payload)
		fails(t, err, "States.Runtime", "the state 'Charge €' (entered at the event id #4)", "could not be used to start the Task")
	}
}
