package asl

import (
	"strings"
	"testing"

	"countersign/workflow"

	"github.com/google/go-cmp/cmp"
)

// TestMessages holds what CreateStateMachine says of a definition against what the
// service says of it, code, words, places and order.
func TestMessages(t *testing.T) {
	for name, test := range messageCases {
		t.Run(name, func(t *testing.T) {
			_, found := Check([]byte(strings.ReplaceAll(test.definition, "LAMBDA", lambda)), workflow.Standard)
			got := strings.TrimSuffix(strings.TrimPrefix(found.Message(), "Invalid State Machine Definition: '"), "'")
			if got != strings.Join(test.want, ", ") {
				t.Errorf("says:\n%s", strings.Join(strings.Split(got, ", "), "\n"))
			}
		})
	}
}

var messageCases = map[string]struct {
	definition string
	want       []string
}{
	"nothing wrong": {`{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}`, []string{""}},
	"no start": {`{"States":{"A":{"Type":"Succeed"}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /"}},
	"start at nothing": {`{"StartAt":"Gone","States":{"A":{"Type":"Succeed"}}}`, []string{
		"MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone at /StartAt",
		`MISSING_TRANSITION_TARGET: State "A" is not reachable. at /States/A`}},
	"a loop": {`{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"},"C":{"Type":"Pass","Next":"A"}}}`, []string{
		"MISSING_END_STATE: Workflow has no terminal state at null"}},
	"a loop and a gap": {`{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"Gone"}}}`, []string{
		"MISSING_TRANSITION_TARGET: Missing 'Next' target: Gone at /States/A/Next",
		"MISSING_END_STATE: Workflow has no terminal state at null"}},
	"gaps everywhere": {`{"StartAt":"C","States":{
		"Z":{"Type":"Pass","End":true},
		"C":{"Type":"Choice","Default":"G1","Choices":[{"Variable":"$.x","IsNull":true,"Next":"T"},{"Variable":"$.x","IsNull":true,"Next":"G2"}]},
		"T":{"Type":"Task","Resource":"LAMBDA","End":true,"Catch":[{"ErrorEquals":["X"],"Next":"G3"}]}}}`, []string{
		"MISSING_TRANSITION_TARGET: Missing 'Next' target: G1 at /States/C/Default",
		"MISSING_TRANSITION_TARGET: Missing 'Next' target: G2 at /States/C/Choices[1]/Next",
		"MISSING_TRANSITION_TARGET: Missing 'Next' target: G3 at /States/T/Catch[0]/Next",
		`MISSING_TRANSITION_TARGET: State "Z" is not reachable. at /States/Z`}},
	"fields of other types": {`{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"TimeoutSeconds":5,"Catch":[]}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: Field 'TimeoutSeconds' is not supported at /States/A",
		"SCHEMA_VALIDATION_FAILED: Field 'Catch' is not supported at /States/A"}},
	"fields of JSONata": {`{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Output":1}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/A"}},
	"back to JSONPath": {`{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Wait","QueryLanguage":"JSONPath","SecondsPath":"$.s","End":true}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/A"}},
	"another language": {`{"StartAt":"A","States":{"A":{"Type":"Pass","QueryLanguage":"jsonata","InputPath":"$.a","End":true}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the 'JSONPath' QueryLanguage at /States/A",
		"SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONPath, JSONata] at /States/A/QueryLanguage"}},
	"no word of a language": {`{"QueryLanguage":5,"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: Expected value of type [STRING] at /QueryLanguage"}},
	"a way out and none": {`{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Next":"B"},"B":{"Type":"Pass"}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [Next, End] at /States/A",
		"SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [Next, End] at /States/B"}},
	"waits": {`{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":100000000,"SecondsPath":"$.s","Next":"B"},"B":{"Type":"Wait","Seconds":"soon","End":true}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/A",
		"SCHEMA_VALIDATION_FAILED: Maximum value is 99999999 at /States/A/Seconds",
		"SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /States/B/Seconds"}},
	"paths": {`{"StartAt":"A","States":{"A":{"Type":"Pass","InputPath":"x","ResultPath":"$.a[*]","Parameters":{"b":{"c.$":"x"}},"End":true}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: Value must be a valid JSONPath. at /States/A/InputPath",
		"SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/A/ResultPath",
		"SCHEMA_VALIDATION_FAILED: The value for the field 'c.$' must be a valid JSONPath or a valid intrinsic function call at /States/A/Parameters"}},
	"choices": {`{"StartAt":"A","States":{"A":{"Type":"Choice","Default":"B","Choices":[{"Variable":"x","IsNull":true},{"Not":{"Variable":"$.x","IsNull":true,"Next":"B"},"Next":"B"},{"Next":"B"}]},"B":{"Type":"Choice","Choices":[]},"C":{"Type":"Fail"}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/A/Choices[0]",
		"SCHEMA_VALIDATION_FAILED: Value is not a Reference Path: Reference path didn't start with '$' at /States/A/Choices[0]/Variable",
		"SCHEMA_VALIDATION_FAILED: Field 'Next' is not supported at /States/A/Choices[1]/Not",
		"SCHEMA_VALIDATION_FAILED: The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/A/Choices[2]",
		"SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/B/Choices",
		`MISSING_TRANSITION_TARGET: State "C" is not reachable. at /States/C`}},
	"retriers": {`{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"LAMBDA","End":true,"Retry":[
		{"ErrorEquals":["States.ALL"],"BackoffRate":0.9},{"ErrorEquals":[],"JitterStrategy":"SOME","MaxAttempts":-1}]}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: States.ALL must appear alone and at end of list at /States/A/Retry[0]/ErrorEquals[0]",
		"SCHEMA_VALIDATION_FAILED: Minimum value is 1.0 at /States/A/Retry[0]/BackoffRate",
		"SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/A/Retry[1]/ErrorEquals",
		"SCHEMA_VALIDATION_FAILED: Value should be one of the following: [NONE, FULL] at /States/A/Retry[1]/JitterStrategy",
		"SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /States/A/Retry[1]/MaxAttempts"}},
	"integrations": {`{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Next":"B"},
		"B":{"Type":"Task","Resource":"F","Next":"C"},
		"C":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"Payload":1},"End":true}}}`, []string{
		"SCHEMA_VALIDATION_FAILED: Parameters field is required for resource ARN: arn:aws:states:::lambda:invoke at /States/A/Resource",
		"SCHEMA_VALIDATION_FAILED: Value is not a valid resource ARN at /States/B/Resource",
		"SCHEMA_VALIDATION_FAILED: The field 'FunctionName' is required but was missing at /States/C/Parameters"}},
	"no JSON": {"{\n'StartAt':1}", []string{
		"INVALID_JSON_DESCRIPTION: Unexpected character (''' (code 39)): was expecting double-quote to start field name at [line: 2, column: 1]"}},
	"a slash in a name": {`{"StartAt":"A","States":{"A":{"Type":"Pass","End":true},"b/~c":{"Type":"Pass","End":true}}}`, []string{
		`MISSING_TRANSITION_TARGET: State "b/~c" is not reachable. at /States/b/~c`}},
}

func TestSyntaxErrors(t *testing.T) {
	value := "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	for text, want := range map[string]string{
		`{"a":[1,2.5e3,"x\u00e9",true,null]}`: "",
		`nope at all`:                         "Unrecognized token 'nope': " + value,
		`{'a':1}`:                             "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
		`{"a" 1}`:                             "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
		`{"a":1 "b"}`:                         "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
		`[1 2]`:                               "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries",
		`[1,]`:                                "Unexpected character (']' (code 93)): expected a valid value " + strings.TrimPrefix(value, "was expecting "),
		`{"a":1,}`:                            "Unexpected character ('}' (code 125)): was expecting double-quote to start field name",
		"{\n\"a\":":                           "Unexpected end-of-input: expected close marker for Object (start marker at [line: 1, column: 1])",
		`"abc`:                                "Unexpected end-of-input: was expecting closing quote for a string value",
		"\"a\tb\"":                            "Illegal unquoted character ((CTRL-CHAR, code 9)): has to be escaped using backslash to be included in string value",
		`"\x"`:                                "Unrecognized character escape 'x' (code 120)",
		`007`:                                 "Invalid numeric value: Leading zeroes not allowed",
		`-x`:                                  "Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value",
		`1.`:                                  "Unexpected end-of-input in numeric value: Decimal point not followed by a digit",
		``:                                    "No content to map due to end-of-input",
	} {
		if got := SyntaxError([]byte(text)); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// What only a state machine of type EXPRESS may not have.
func TestExpressMessages(t *testing.T) {
	const definition = `{"StartAt":"A","States":{
		"A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{},"Next":"B"},
		"B":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","Parameters":{"StateMachineArn":"x"},"Next":"C"},
		"C":{"Type":"Task","Resource":"arn:aws:states:us-east-1:123456789012:activity:Pack","Next":"D"},
		"D":{"Type":"Map","End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},
			"StartAt":"E","States":{"E":{"Type":"Pass","End":true}}}}}}`
	_, found := Check([]byte(definition), workflow.Express)
	const want = "Invalid State Machine Definition: '" +
		"SCHEMA_VALIDATION_FAILED: Express state machine does not support '.waitForTaskToken' service integration  at /States/A/Resource, " +
		"SCHEMA_VALIDATION_FAILED: Express state machine does not support '.sync' service integration  at /States/B/Resource, " +
		"SCHEMA_VALIDATION_FAILED: Express state machine does not support Activity ARN 'arn:aws:states:us-east-1:123456789012:activity:Pack' at /States/C/Resource, " +
		"SCHEMA_VALIDATION_FAILED: The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines at /States/D/ItemProcessor/ProcessorConfig/Mode'"
	if got := found.Message(); got != want {
		t.Error(got)
	}
}

// Warnings do not keep a definition from being used.
func TestWarnings(t *testing.T) {
	const definition = `{"StartAt":"A","States":{
		"A":{"Type":"Pass","Parameters":{"a":"$.b","c":[{"d":"States.UUID()"}],"e":"$5","f.$":"$.f"},"Next":"B"},
		"B":{"Type":"Pass","Result":{"g.$":"$.h","i":"$.j"},"Next":"C"},
		"C":{"Type":"Fail","Error":"$.error","Cause":"States.Format('{}',$.x)"}}}`
	m, found := Check([]byte(definition), workflow.Standard)
	if m == nil {
		t.Fatal(found)
	}
	var got []string
	for _, d := range found {
		got = append(got, string(d.Severity)+" "+d.Code+" "+d.Message+" "+d.Location)
	}
	want := []string{
		"WARNING NO_DOLLAR The value of 'a' looks like a JSONPath. Instead of 'a', use 'a.$' to evaluate it as a JSONPath at runtime. /States/A/Parameters",
		"WARNING NO_DOLLAR The value of 'd' looks like an Intrinsic Function. Instead of 'd', use 'd.$' to evaluate it as an Intrinsic Function at runtime. /States/A/Parameters/c[0]",
		"WARNING PASS_RESULT_IS_STATIC The value of 'g.$' will not evaluate as a JSONPath or Intrinsic Function at runtime. " +
			"Instead of 'Result', use 'Parameters' to evaluate it as a JSONPath or Intrinsic Function at runtime. /States/B/Result",
		"WARNING NO_PATH The value of 'Error' looks like a JSONPath. Instead of 'Error', use 'ErrorPath' to evaluate it as a JSONPath at runtime. /States/C/Error",
		"WARNING NO_PATH The value of 'Cause' looks like an Intrinsic Function. Instead of 'Cause', use 'CausePath' to evaluate it as an Intrinsic Function at runtime. /States/C/Cause",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
