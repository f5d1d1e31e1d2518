package asl

import "strings"

// within wraps states into a definition; they begin at line 2.
func within(states string) string {
	return `{"StartAt":"A","States":{` + "\n" + strings.TrimPrefix(states, "\n") + "\n}}"
}

var diagnosticCases = map[string]string{
	"empty text":           `//! MISSING_DESCRIPTION`,
	"not an object":        `[] //! SCHEMA_VALIDATION_FAILED`,
	"broken in the middle": "{\n\"StartAt\": \"A\",\n\"States\" {} //! INVALID_JSON_DESCRIPTION\n}",
	"text after the end":   "{}\n x //! INVALID_JSON_DESCRIPTION",
	"trailing comma":       "{\"StartAt\":\"A\",\n} //! INVALID_JSON_DESCRIPTION",
	"unended string":       "{\n\"StartAt //! INVALID_JSON_DESCRIPTION\n",
	"bare word":            "{\"StartAt\":\nabc} //! INVALID_JSON_DESCRIPTION",
	"nothing required":     `{} //! SCHEMA_VALIDATION_FAILED`,
	"no start":             `{"States":{"A":{"Type":"Succeed"}}} //! SCHEMA_VALIDATION_FAILED`,
	"no states at all":     `{"StartAt":"A","States":{}} //! SCHEMA_VALIDATION_FAILED /States`,
	"wrong top types": `
{ "StartAt": 1, //! SCHEMA_VALIDATION_FAILED /StartAt
  "Comment": null, //! SCHEMA_VALIDATION_FAILED /Comment
  "Version": "2.0", //! SCHEMA_VALIDATION_FAILED /Version
  "TimeoutSeconds": "1", //! SCHEMA_VALIDATION_FAILED /TimeoutSeconds
  "Surprise": 1, //! SCHEMA_VALIDATION_FAILED /Surprise
  "States": [] } //! SCHEMA_VALIDATION_FAILED /States`,
	"negative timeout": "{\"TimeoutSeconds\":-1, //! SCHEMA_VALIDATION_FAILED /TimeoutSeconds\n" + `"StartAt":"A","States":{"A":{"Type":"Succeed"}}}`,
	"start is missing": "{\"StartAt\":\"B\", //! MISSING_TRANSITION_TARGET /StartAt\n" + `"States":{"A":{"Type":"Succeed"}}} //! MISSING_TRANSITION_TARGET /States/A`,
	"duplicate state": within(`
"A":{"Type":"Pass","Next":"B"},
"B":{"Type":"Succeed"},
"B":{"Type":"Fail"} //! INVALID_JSON_DESCRIPTION /States/B`),
	"duplicate field": within(`
"A":{"Type":"Pass",
"End":true,
"End":true} //! INVALID_JSON_DESCRIPTION /States/A/End`),
	"no type":      within(`"A":{"End":true} //! SCHEMA_VALIDATION_FAILED /States/A`),
	"unknown type": within(`"A":{"Type":"Pause","End":true} //! SCHEMA_VALIDATION_FAILED /States/A/Type`),
	"branches": within(`
"A":{"Type":"Parallel", "Next":"M",
  "Branches":[]}, //! SCHEMA_VALIDATION_FAILED /States/A/Branches
"M":{"Type":"Map", "Catch":[{"ErrorEquals":["X"],"Next":"P"}], "Next":"P",
  "Iterator":{}}, //! SCHEMA_VALIDATION_FAILED /States/M/Iterator
"P":{"Type":"Parallel","Next":"D","Branches":[7, //! SCHEMA_VALIDATION_FAILED /States/P/Branches/0
  {"StartAt":"P1","States":{"P1":{"Type":"Pass",
    "Next":"D"}, //! MISSING_TRANSITION_TARGET /States/P/Branches/1/States/P1/Next
    "A":{"Type":"Succeed"}}}, //! DUPLICATE_STATE_NAME /States/P/Branches/1/States/A //! MISSING_TRANSITION_TARGET /States/P/Branches/1/States/A
  {"StartAt":"X","States":{}, //! SCHEMA_VALIDATION_FAILED /States/P/Branches/2/States
   "QueryLanguage":"JSONPath"}]}, //! SCHEMA_VALIDATION_FAILED /States/P/Branches/2/QueryLanguage
"D":{"Type":"Map","MaxConcurrency":-1, //! SCHEMA_VALIDATION_FAILED /States/D/MaxConcurrency
  "ToleratedFailurePercentage":101, //! SCHEMA_VALIDATION_FAILED /States/D/ToleratedFailurePercentage
  "ItemProcessor":{"ProcessorConfig":{
    "ExecutionType":"STANDARD","Mode":"DISTRIBUTED"},
    "StartAt":"D1","States":{"D1":{"Type":"Pass","End":true}}},
  "End":true}`),
	"unknown query language": within(`
"A":{"Type":"Pass","QueryLanguage":"SQL","End":true} //! SCHEMA_VALIDATION_FAILED /States/A/QueryLanguage`),
	"intrinsic functions": within(`
"A":{"Type":"Pass","Next":"B",
  "OutputPath":"States.Array()", //! SCHEMA_VALIDATION_FAILED /States/A/OutputPath
  "Parameters":{
    "a.$":"States.Nope()", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/a.$
    "b.$":"States.Format('x)", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/b.$
    "c.$":"States.Format('\\x')", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/c.$
    "d.$":"States.UUID(1)", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/d.$
    "e.$":"States.MathAdd(1)", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/e.$
    "f.$":"States.Array($.)", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/f.$
    "g.$":"States.Array(x)", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/g.$
    "h.$":"States.Array(1 2)", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/h.$
    "i.$":"States.Array(1) 2", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/i.$
    "j.$":"States.Array(", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/j.$
    "k.$":"DEEP"}}, //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/k.$
"B":{"Type":"Fail",
  "CausePath":"States.Uuid()"} //! SCHEMA_VALIDATION_FAILED /States/B/CausePath`),
	"unknown fields": within(`
"A":{"Type":"Pass","Next":"B",
  "Retry":[]}, //! SCHEMA_VALIDATION_FAILED /States/A/Retry
"B":{"Type":"Succeed",
  "End":true} //! SCHEMA_VALIDATION_FAILED /States/B/End`),
	"targets": within(`
"A":{"Type":"Choice","Choices":[
  {"Variable":"$.a","IsPresent":true,"Next":"Gone"}], //! MISSING_TRANSITION_TARGET /States/A/Choices/0/Next
  "Default":"Away"}, //! MISSING_TRANSITION_TARGET /States/A/Default
"T":{"Type":"Task","Resource":"LAMBDA", //! MISSING_TRANSITION_TARGET /States/T
  "Catch":[{"ErrorEquals":["X"],"Next":"Lost"}], //! MISSING_TRANSITION_TARGET /States/T/Catch/0/Next
  "Next":"Missing"}, //! MISSING_TRANSITION_TARGET /States/T/Next
"U":{"Type":"Succeed"} //! MISSING_TRANSITION_TARGET /States/U`),
	"pointer escapes": within(`
"A":{"Type":"Pass","Next":"a/b~c"},
"a/b~c":{"Type":"Pass",
  "Next":"gone"}, //! MISSING_TRANSITION_TARGET /States/a~1b~0c/Next
"end":{"Type":"Succeed"} //! MISSING_TRANSITION_TARGET /States/end`),
	"paths": within(`
"A":{"Type":"Pass","Next":"B",
  "InputPath":"a.b", //! SCHEMA_VALIDATION_FAILED /States/A/InputPath
  "OutputPath":"$.", //! SCHEMA_VALIDATION_FAILED /States/A/OutputPath
  "ResultPath":"$.a[*]"}, //! SCHEMA_VALIDATION_FAILED /States/A/ResultPath
"B":{"Type":"Pass","Next":"C",
  "InputPath":"$.a[", //! SCHEMA_VALIDATION_FAILED /States/B/InputPath
  "OutputPath":"$..", //! SCHEMA_VALIDATION_FAILED /States/B/OutputPath
  "ResultPath":"$$.x"}, //! SCHEMA_VALIDATION_FAILED /States/B/ResultPath
"C":{"Type":"Pass","Next":"D",
  "InputPath":"$.a[?(@.x >]", //! SCHEMA_VALIDATION_FAILED /States/C/InputPath
  "OutputPath":"$.a[(@.length-1)]", //! SCHEMA_VALIDATION_FAILED /States/C/OutputPath
  "ResultPath":"$.a[?(@.x)]"}, //! SCHEMA_VALIDATION_FAILED /States/C/ResultPath
"D":{"Type":"Pass","End":true,
  "InputPath":5, //! SCHEMA_VALIDATION_FAILED /States/D/InputPath
  "OutputPath":"$.a b", //! SCHEMA_VALIDATION_FAILED /States/D/OutputPath
  "ResultPath":"$.a[99999999999999999999]"} //! SCHEMA_VALIDATION_FAILED /States/D/ResultPath`),
	"templates": within(`
"A":{"Type":"Pass","End":true,"Parameters":{
  "a.$":5, //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/a.$
  "b.$":"plain", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/b.$
  "c":1,
  "c.$":"$.c", //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/c.$
  "d":[[{"e.$":"$["}]]}} //! SCHEMA_VALIDATION_FAILED /States/A/Parameters/d/0/0/e.$`),
	"parameters must be an object": within(`
"A":{"Type":"Pass","End":true,
  "Parameters":"$.a"} //! SCHEMA_VALIDATION_FAILED /States/A/Parameters`),
	"resources": within(`
"A":{"Type":"Task","Next":"B"}, //! SCHEMA_VALIDATION_FAILED /States/A
"B":{"Type":"Task","Next":"C",
  "Resource":"F"}, //! SCHEMA_VALIDATION_FAILED /States/B/Resource
"C":{"Type":"Task","Next":"D",
  "Resource":"arn:aws:states:::sqs:sendMessage"}, //! INVALID_RESOURCE /States/C/Resource
"D":{"Type":"Task","Next":"E",
  "Resource":"arn:aws:states:us-east-1:123456789012:activity:"}, //! SCHEMA_VALIDATION_FAILED /States/D/Resource
"E":{"Type":"Task","Next":"G",
  "Resource":"arn:aws:lambda:us-east-1:123456789012:layer:F"}, //! SCHEMA_VALIDATION_FAILED /States/E/Resource
"G":{"Type":"Task","Next":"H",
  "Resource":"arn:aws:sqs:us-east-1:123456789012:queue"}, //! SCHEMA_VALIDATION_FAILED /States/G/Resource
"H":{"Type":"Task","End":true,
  "Resource":"arn:aws:states:::lambda:invoke.sync"} //! SCHEMA_VALIDATION_FAILED /States/H/Resource`),
	"lambda:invoke": within(`
"A":{"Type":"Task","Next":"B","Resource":"arn:aws:states:::lambda:invoke"}, //! SCHEMA_VALIDATION_FAILED /States/A/Resource
"B":{"Type":"Task","Next":"C","Resource":"arn:aws:states:::lambda:invoke",
  "Parameters":{"Payload":{}}}, //! SCHEMA_VALIDATION_FAILED /States/B/Parameters
"C":{"Type":"Task","End":true,"Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Parameters":{
  "FunctionName":"not a name", //! SCHEMA_VALIDATION_FAILED /States/C/Parameters/FunctionName
  "Payloads.$":"$", //! SCHEMA_VALIDATION_FAILED /States/C/Parameters/Payloads.$
  "InvocationType":"DryRun"}} //! NOT_SUPPORTED /States/C/Parameters/InvocationType`),
	"timeouts": within(`
"A":{"Type":"Task","Resource":"LAMBDA","Next":"B",
  "TimeoutSeconds":0, //! SCHEMA_VALIDATION_FAILED /States/A/TimeoutSeconds
  "HeartbeatSeconds":1.5}, //! SCHEMA_VALIDATION_FAILED /States/A/HeartbeatSeconds
"B":{"Type":"Task","Resource":"LAMBDA","Next":"C","TimeoutSeconds":10,
  "HeartbeatSeconds":10}, //! SCHEMA_VALIDATION_FAILED /States/B/HeartbeatSeconds
"C":{"Type":"Task","Resource":"LAMBDA","End":true,"TimeoutSeconds":10,"TimeoutSecondsPath":"$.t", //! SCHEMA_VALIDATION_FAILED /States/C
  "HeartbeatSecondsPath":"t"} //! SCHEMA_VALIDATION_FAILED /States/C/HeartbeatSecondsPath`),
	"retriers": within(`
"A":{"Type":"Task","Resource":"LAMBDA","End":true,"Retry":[
  {}, //! SCHEMA_VALIDATION_FAILED /States/A/Retry/0
  {"ErrorEquals":[]}, //! SCHEMA_VALIDATION_FAILED /States/A/Retry/1/ErrorEquals
  {"ErrorEquals":["X",
    5], //! SCHEMA_VALIDATION_FAILED /States/A/Retry/2/ErrorEquals/1
   "IntervalSeconds":-1, //! SCHEMA_VALIDATION_FAILED /States/A/Retry/2/IntervalSeconds
   "MaxAttempts":-1, //! SCHEMA_VALIDATION_FAILED /States/A/Retry/2/MaxAttempts
   "BackoffRate":0.5, //! SCHEMA_VALIDATION_FAILED /States/A/Retry/2/BackoffRate
   "JitterStrategy":"SOME", //! SCHEMA_VALIDATION_FAILED /States/A/Retry/2/JitterStrategy
   "Interval":1}, //! SCHEMA_VALIDATION_FAILED /States/A/Retry/2/Interval
  {"ErrorEquals":["X"],"IntervalSeconds":5,
   "MaxDelaySeconds":0}, //! SCHEMA_VALIDATION_FAILED /States/A/Retry/3/MaxDelaySeconds
  {"ErrorEquals":["X"],"MaxAttempts":1.5, //! SCHEMA_VALIDATION_FAILED /States/A/Retry/4/MaxAttempts
   "MaxDelaySeconds":31622401}, //! SCHEMA_VALIDATION_FAILED /States/A/Retry/4/MaxDelaySeconds
  "again" //! SCHEMA_VALIDATION_FAILED /States/A/Retry/5
]}`),
	"States.ALL": within(`
"A":{"Type":"Task","Resource":"LAMBDA","End":true,
 "Retry":[
  {"ErrorEquals":["States.ALL"]}, //! SCHEMA_VALIDATION_FAILED /States/A/Retry/0/ErrorEquals/0
  {"ErrorEquals":["States.ALL",  "X"]}], //! SCHEMA_VALIDATION_FAILED /States/A/Retry/1/ErrorEquals/0
 "Catch":[
  {"ErrorEquals":["States.Timout"],"Next":"A"}, //! UNKNOWN_ERROR_NAME /States/A/Catch/0/ErrorEquals/0
  {"ErrorEquals":["X"]}, //! SCHEMA_VALIDATION_FAILED /States/A/Catch/1
  {"ErrorEquals":["Z"],"Next":"A",
   "ResultPath":"$..x"}, //! SCHEMA_VALIDATION_FAILED /States/A/Catch/2/ResultPath
  {"ErrorEquals":["Y"],"Next":"A"}
]}`),
	"choice rules": within(`
"A":{"Type":"Choice","Choices":[
  {"Variable":"$.a","Next":"B"}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/0
  {"Variable":"$.a","IsNull":true}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/1
  {"NumericEquals":1,"Next":"B"}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/2
  {"Variable":"$.a","NumericEquals":1,"StringEquals":"x","Next":"B"}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/3
  {"Variable":"$.a","Next":"B",
   "NumericEquals":"1"}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/4/NumericEquals
  {"Variable":"a","IsNull":true,"Next":"B"}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/5/Variable
  {"Variable":"$.a","Next":"B",
   "TimestampEquals":"yesterday"}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/6/TimestampEquals
  {"Next":"B","And":[]}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/7/And
  {"Next":"B","Or":[{"Variable":"$.a","IsNull":true,
    "Next":"B"}]}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/8/Or/0/Next
  {"Next":"B","Not":
    {"Variable":"$.a"}}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/9/Not
  {"Next":"B","Variable":"$.a",
   "StringEqualsPath":"b"}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/10/StringEqualsPath
  {"Next":"B","Variable":"$.a",
   "StringBegins":"b", //! SCHEMA_VALIDATION_FAILED /States/A/Choices/11/StringBegins
   "IsString":true},
  {"Next":"B","Condition":"{% true %}","Variable":"$.a","IsString":true}, //! SCHEMA_VALIDATION_FAILED /States/A/Choices/12/Condition //! SCHEMA_VALIDATION_FAILED /States/A/Choices/12
  7 //! SCHEMA_VALIDATION_FAILED /States/A/Choices/13
]},
"B":{"Type":"Choice", "Choices":[], //! SCHEMA_VALIDATION_FAILED /States/B/Choices
  "Next":"A"}, //! SCHEMA_VALIDATION_FAILED /States/B/Next
"C":{"Type":"Succeed"} //! MISSING_TRANSITION_TARGET /States/C`),
	"no choices": within(`
"A":{"Type":"Choice","Default":"B"}, //! SCHEMA_VALIDATION_FAILED /States/A
"B":{"Type":"Succeed"}`),
	"waits": within(`
"A":{"Type":"Wait","Next":"B"}, //! SCHEMA_VALIDATION_FAILED /States/A
"B":{"Type":"Wait","Next":"C","Seconds":1,"Timestamp":"2026-01-01T00:00:00Z"}, //! SCHEMA_VALIDATION_FAILED /States/B
"C":{"Type":"Wait","Next":"D",
  "Seconds":-1}, //! SCHEMA_VALIDATION_FAILED /States/C/Seconds
"D":{"Type":"Wait","Next":"E",
  "Seconds":100000000}, //! SCHEMA_VALIDATION_FAILED /States/D/Seconds
"E":{"Type":"Wait","Next":"F",
  "Timestamp":"2026-01-01T00:00:00"}, //! SCHEMA_VALIDATION_FAILED /States/E/Timestamp
"F":{"Type":"Wait","End":true,
  "SecondsPath":"s"} //! SCHEMA_VALIDATION_FAILED /States/F/SecondsPath`),
	"fails": within(`
"A":{"Type":"Fail","Error":"E","ErrorPath":"$.e", //! SCHEMA_VALIDATION_FAILED /States/A
  "Cause":5} //! SCHEMA_VALIDATION_FAILED /States/A/Cause`),
	"next and end": within(`
"A":{"Type":"Pass","Next":"B","End":true}, //! SCHEMA_VALIDATION_FAILED /States/A
"B":{"Type":"Pass"}, //! SCHEMA_VALIDATION_FAILED /States/B
"C":{"Type":"Pass","End":false}, //! SCHEMA_VALIDATION_FAILED /States/C //! MISSING_TRANSITION_TARGET /States/C
"D":{"Type":"Succeed"} //! MISSING_TRANSITION_TARGET /States/D`),
	"no way out": `
{"StartAt":"A",
"States":{ //! MISSING_END_STATE
"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}}`,
	"a state that is no object": within(`
"A":{"Type":"Pass","Next":"B"},
"B":"Succeed" //! SCHEMA_VALIDATION_FAILED /States/B`),
	"long name": within(`
"A":{"Type":"Pass","Next":"` + longName + `"},
"` + longName + `":{"Type":"Succeed"} //! INVALID_STATE_NAME /States/` + longName),
	"names": within(`
"":{"Type":"Succeed"}, //! INVALID_STATE_NAME /States/ //! MISSING_TRANSITION_TARGET /States/
"A":{"Type":"Succeed"}`),
}
