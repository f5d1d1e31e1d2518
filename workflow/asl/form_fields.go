package asl

// The tables of this file say which fields there are and what they take: kinds of values
// { object, [ array, " string, 0 number, t boolean, n null, i whole number; p means that
// a field belongs to JSONPath only and a to JSONata only; e that it takes a JSONata
// expression too where that is the query language.

type fields map[string]string

const (
	anyKind       = `{["0tn`
	integer       = 'i'
	expressionToo = 'e'
	onlyJSONPath  = "p"
	onlyJSONata   = "a"
)

// stateTypes are all types of states; the service's message lists them in this order.
var stateTypes = []string{"Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"}

var machineFields = fields{
	"Comment": `"`, "StartAt": `"`, "States": `{`, "Version": `"`, "TimeoutSeconds": `i`, "QueryLanguage": `"`,
}

// branchFields are those of a branch of a Parallel state; a processor of a Map state has one more.
var branchFields = fields{"Comment": `"`, "StartAt": `"`, "States": `{`}

var processorFields = branchFields.and(fields{"ProcessorConfig": `{`})

var (
	everyState = fields{"Type": `"`, "Comment": `"`, "QueryLanguage": `"`}
	inputPaths = fields{"InputPath": `p"n`, "OutputPath": `p"n`}
	outputs    = fields{"Output": "a" + anyKind}
	assigns    = fields{"Assign": `{`}
	exits      = fields{"Next": `"`, "End": `t`}
	results    = fields{"ResultPath": `p"n`, "ResultSelector": `p{`}
	handlers   = fields{"Retry": `[`, "Catch": `[`}
)

// stateFields are the fields of each type of state.
var stateFields = map[string]fields{
	"Pass": everyState.and(inputPaths, outputs, assigns, exits, fields{
		"ResultPath": `p"n`, "Parameters": `p{`, "Result": "p" + anyKind,
	}),
	"Task": everyState.and(inputPaths, outputs, assigns, exits, results, handlers, fields{
		"Parameters": `p{`, "Arguments": "a" + anyKind, "Resource": `"`, "Credentials": `{e`,
		"TimeoutSeconds": `ie`, "TimeoutSecondsPath": `p"`, "HeartbeatSeconds": `ie`, "HeartbeatSecondsPath": `p"`,
	}),
	"Choice": everyState.and(inputPaths, outputs, assigns, fields{"Choices": `[`, "Default": `"`}),
	"Wait": everyState.and(inputPaths, outputs, assigns, exits, fields{
		"Seconds": `ie`, "SecondsPath": `p"`, "Timestamp": `"`, "TimestampPath": `p"`,
	}),
	"Succeed": everyState.and(inputPaths, outputs),
	"Fail":    everyState.and(fields{"Error": `"`, "Cause": `"`, "ErrorPath": `p"`, "CausePath": `p"`}),
	"Parallel": everyState.and(inputPaths, outputs, assigns, exits, results, handlers, fields{
		"Parameters": `p{`, "Arguments": "a" + anyKind, "Branches": `[`,
	}),
	"Map": everyState.and(inputPaths, outputs, assigns, exits, results, handlers, fields{
		"Parameters": `p{`, "ItemSelector": "{e", "ItemsPath": `p"`, "Items": `a["{`,
		"ItemProcessor": `{`, "Iterator": `{`, "ItemReader": `{`, "ItemBatcher": `{`, "ResultWriter": `{`, "Label": `"`,
		"MaxConcurrency": `ie`, "MaxConcurrencyPath": `p"`,
		"ToleratedFailureCount": `ie`, "ToleratedFailureCountPath": `p"`,
		"ToleratedFailurePercentage": `0e`, "ToleratedFailurePercentagePath": `p"`,
	}),
}

// requiredFields are those that a state of a type cannot do without.
var requiredFields = map[string][]string{
	"Task": {"Resource"}, "Choice": {"Choices"}, "Parallel": {"Branches"},
}

// pathPairs are the fields that a path may stand for instead.
var pathPairs = map[string]bool{
	"TimeoutSeconds": true, "HeartbeatSeconds": true, "MaxConcurrency": true, "ToleratedFailureCount": true,
	"ToleratedFailurePercentage": true, "Error": true, "Cause": true, "MaxItemsPerBatch": true, "MaxInputBytesPerBatch": true,
}

var retryFields = fields{
	"ErrorEquals": `[`, "IntervalSeconds": `i`, "MaxAttempts": `i`, "BackoffRate": `0`,
	"MaxDelaySeconds": `i`, "JitterStrategy": `"`, "Comment": `"`,
}

var catchFields = fields{
	"ErrorEquals": `[`, "Next": `"`, "ResultPath": `p"n`, "Output": "a" + anyKind, "Assign": `{`, "Comment": `"`,
}

// ruleFields are those of any choice rule in JSONPath, topRuleFields of those that name
// the next state.
var (
	ruleFields = operatorFields.and(fields{
		"Variable": `p"`, "And": `p[`, "Or": `p[`, "Not": `p{`, "Comment": `"`,
	})
	topRuleFields = ruleFields.and(fields{"Next": `"`, "Condition": `a"t`, "Assign": `{`, "Output": "a" + anyKind})
)

// Of a distributed Map state.
var (
	inlineConfigFields      = fields{"Mode": `"`}
	distributedConfigFields = fields{"Mode": `"`, "ExecutionType": `"`}
	readerFields            = fields{"Resource": `"`, "Parameters": `p{`, "Arguments": `a{e`, "ReaderConfig": `{`}
	readerConfigFields      = fields{
		"InputType": `"`, "Transformation": `"`, "ManifestType": `"`, "ItemsPointer": `"`,
		"CSVHeaderLocation": `"`, "CSVHeaders": `[`, "CSVDelimiter": `"`, "MaxItems": `ie`, "MaxItemsPath": `p"`,
	}
	batcherFields = fields{
		"BatchInput": `{e`, "MaxItemsPerBatch": `ie`, "MaxItemsPerBatchPath": `p"`,
		"MaxInputBytesPerBatch": `ie`, "MaxInputBytesPerBatchPath": `p"`,
	}
	writerFields       = fields{"Resource": `"`, "Parameters": `p{`, "Arguments": `a{e`, "WriterConfig": `{`}
	writerConfigFields = fields{"Transformation": `"`, "OutputType": `"`}
)

// and makes a table of this one and others.
func (f fields) and(others ...fields) fields {
	all := fields{}
	for _, one := range append(others, f) {
		for name, spec := range one {
			all[name] = spec
		}
	}
	return all
}
