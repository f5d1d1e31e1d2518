package integrations

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strconv"

	"countersign/workflow"
)

// Limits of SNS's Publish.
const (
	maxPublished  = 262_144 // bytes of the message
	maxSubject    = 99      // characters
	maxAttributes = 10
)

// readPublication checks the arguments of sns:publish, in the order and words of SNS.
func readPublication(call workflow.Call) (p publication, err error) {
	a := readArguments(call, "TopicArn", "Message", "Subject", "MessageStructure", "MessageAttributes",
		"MessageGroupId", "MessageDeduplicationId", "PhoneNumber", "TargetArn")
	message := a.raw("Message")
	if message == nil {
		a.refuse("The field 'Message' is required")
	}
	arn, structure := a.text("TopicArn"), a.text("MessageStructure")
	p.subject = a.text("Subject")
	if a.failed != nil {
		return p, a.failed
	}
	for _, name := range []string{"PhoneNumber", "TargetArn"} {
		if a.values[name] != nil {
			return p, invalidParameter("%s Reason: Countersign publishes to topics, and not to phones or devices; use TopicArn", name)
		}
	}
	if arn == "" {
		return p, invalidParameter("TopicArn or TargetArn Reason: no value for required parameter")
	}
	name, failed := topicName(arn)
	if failed != nil {
		return p, failed
	}
	p.arn, p.topic = workflow.ARN(arn), name
	if a.values["Subject"] != nil && !subject.MatchString(p.subject) {
		return p, invalidParameter("Subject")
	}
	if failed = p.read(message, structure); failed != nil {
		return p, failed
	}
	if value := a.raw("MessageAttributes"); value != nil {
		return p, p.readAttributes(a, value)
	}
	return p, nil
}

// subject is printable ASCII that does not begin with a space.
var subject = regexp.MustCompile(`^[!-~][ -~]{0,` + strconv.Itoa(maxSubject-1) + `}$`)

// read takes the message; what is not a string is published as its JSON text.
func (p *publication) read(message json.RawMessage, structure string) *workflow.TaskError {
	text, isText := textOf(message)
	if !isText {
		var compact bytes.Buffer
		_ = json.Compact(&compact, message) // it was decoded before
		text = compact.String()
	}
	switch {
	case text == "":
		return invalidParameter("Empty message")
	case len(text) > maxPublished:
		return invalidParameter("Message too long")
	case structure == "":
		p.body = text
		return nil
	case structure != "json":
		return invalidParameter("Invalid message structure. Must be json")
	}
	list, ok := members(json.RawMessage(text))
	if !ok {
		return invalidParameter("Message Structure - JSON message body failed to parse")
	}
	p.bodies = map[string]string{}
	for _, m := range list {
		if body, isText := textOf(m.value); isText { // others are ignored
			p.bodies[m.name] = body
		}
	}
	if p.body, ok = p.bodies["default"]; !ok {
		return invalidParameter("Message Structure - No default entry in JSON message body")
	}
	return nil
}

var (
	attributeName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)
	attributeType = regexp.MustCompile(`^(String|Number|Binary)(\..+)?$|^String\.Array$`)
)

// attribute is a message attribute as a task writes it, and as a subscriber reads it.
type attribute struct {
	DataType    *string `json:"DataType"`
	StringValue *string `json:"StringValue"`
	BinaryValue *string `json:"BinaryValue"`
}

type sentAttribute struct {
	Type  string `json:"Type"`
	Value string `json:"Value"`
}

func (p *publication) readAttributes(a *arguments, value json.RawMessage) error {
	list, ok := members(value)
	if !ok {
		a.invalid("MessageAttributes")
		return a.failed
	}
	sent := map[string]sentAttribute{}
	for _, m := range list {
		var read attribute
		if json.Unmarshal(m.value, &read) != nil {
			a.invalid("MessageAttributes")
			return a.failed
		}
		checked, failed := read.check(m.name)
		if failed != nil {
			return failed
		}
		sent[m.name] = checked
	}
	if len(sent) > maxAttributes {
		return invalidParameter("MessageAttributes Reason: at most %d attributes are allowed", maxAttributes)
	}
	if len(sent) > 0 {
		p.attributes, _ = unescaped(sent) // texts
	}
	return nil
}

func (r attribute) check(name string) (sentAttribute, *workflow.TaskError) {
	if len(name) > 256 || !attributeName.MatchString(name) {
		return sentAttribute{}, invalidValue("Invalid non-alphanumeric character was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.")
	}
	if r.DataType == nil || *r.DataType == "" {
		return sentAttribute{}, invalidValue("The message attribute '%s' must contain non-empty message attribute type.", name)
	}
	kind := *r.DataType
	if !attributeType.MatchString(kind) {
		return sentAttribute{}, invalidValue("The message attribute '%s' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)
	}
	value, field := r.StringValue, "String"
	if kind[0] == 'B' {
		value, field = r.BinaryValue, "Binary"
	}
	switch {
	case value == nil && (r.StringValue != nil || r.BinaryValue != nil):
		return sentAttribute{}, invalidValue("The message attribute '%s' with type '%s' must use field '%s'.", name, kind, field)
	case value == nil || *value == "":
		return sentAttribute{}, invalidValue("The message attribute '%s' must contain non-empty message attribute value for message attribute type '%s'.", name, kind)
	}
	switch kind[0] {
	case 'N':
		if _, err := strconv.ParseFloat(*value, 64); err != nil {
			return sentAttribute{}, invalidValue("Could not cast message attribute '%s' value to number.", name)
		}
	case 'B':
		if _, err := base64.StdEncoding.DecodeString(*value); err != nil {
			return sentAttribute{}, invalidValue("The message attribute '%s' has a binary value that is not base64.", name)
		}
	}
	return sentAttribute{kind, *value}, nil
}
