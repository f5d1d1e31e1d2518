package asl

import (
	"fmt"
	"strings"
	"testing"

	"countersign/workflow"

	"github.com/google/go-cmp/cmp"
)

// pass is a machine in JSONata with one Pass state, A.
func pass(fields string) string {
	return `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass",` + fields + `,"End":true}}}`
}

// TestQueryMessages holds what is said of expressions and variables in a definition
// against what the service says of them.
func TestQueryMessages(t *testing.T) {
	top := func(name, at string) string {
		return "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '" + name + "' at the top level is not supported. at " + at
	}
	for name, test := range map[string]struct {
		definition string
		want       []string
	}{
		"nothing wrong": {pass(`"Output":{"v":"{% $states.input.items[price > $limit].{'x': y} %}","w":"{% $map($v, function($x){ $x.y }) %}"}`), nil},
		"syntax": {pass(`"Output":{"v":["{% a[1,2) %}"]}`), []string{
			`INVALID_JSONATA_EXPRESSION: Expected "]", got "," at /States/A/Output/v[0]`}},
		"no expression":      {pass(`"Output":"{%%}"`), []string{"INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/A/Output"}},
		"a later operator":   {pass(`"Output":"{% $a ?? 1 %}"`), []string{`INVALID_JSONATA_EXPRESSION: The symbol "?" cannot be used as a unary operator at /States/A/Output`}},
		"names of nothing":   {pass(`"Output":{"v":"{% aaa + bbb %}"}`), []string{top("aaa", "/States/A/Output/v"), top("bbb", "/States/A/Output/v")}},
		"the context":        {pass(`"Output":"{% $.phone %}"`), []string{top("$", "/States/A/Output")}},
		"the document":       {pass(`"Output":"{% $$.phone %}"`), []string{"UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported. at /States/A/Output"}},
		"a function's body":  {pass(`"Output":"{% $map($v, function($x){ b }) %}"`), []string{top("b", "/States/A/Output")}},
		"an assigned name":   {pass(`"Assign":{"phone":1,"copy":"{% phone %}"}`), []string{top("phone", "/States/A/Assign/copy")}},
		"words of no effect": {pass(`"Comment":"{% phone %}","Output":"say {% phone %}"`), nil},
		"result of a Pass": {pass(`"Output":"{% $states.result %}"`), []string{
			"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/A/Output"}},
		"error outside a catcher": {pass(`"Assign":{"e":"{% $states.errorOutput %}"}`), []string{
			"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist. at /States/A/Assign/e"}},
		"no such member": {pass(`"Output":"{% $states.output %}"`), []string{
			"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.output' does not exist. at /States/A/Output"}},
		"every place": {`{"QueryLanguage":"JSONata","StartAt":"C","States":{
			"C":{"Type":"Choice","Default":"W","Output":"{% a %}","Choices":[{"Condition":"{% b = 1 %}","Next":"W","Output":{"x":"{% c %}"},"Assign":{"y":"{% d %}"}}]},
			"W":{"Type":"Wait","Seconds":"{% e %}","Next":"T"},
			"T":{"Type":"Task","Resource":"LAMBDA","Arguments":{"x":"{% $states.result %}"},"TimeoutSeconds":"{% f %}","Output":"{% $states.result.x %}",
				"Catch":[{"ErrorEquals":["X"],"Output":"{% $states.errorOutput.Error & g %}","Assign":{"z":"{% $states.result %}"},"Next":"M"}],"Next":"M"},
			"M":{"Type":"Map","Items":"{% h %}","ItemSelector":{"Next":"{% i %}"},"MaxConcurrency":"{% j %}","Next":"P","ItemProcessor":{"StartAt":"I","States":{
				"I":{"Type":"Pass","Output":"{% k %}","End":true}}}},
			"P":{"Type":"Parallel","Arguments":"{% l %}","Branches":[{"StartAt":"B","States":{"B":{"Type":"Pass","Output":["{% m %}"],"End":true}}}],"Next":"F"},
			"F":{"Type":"Fail","Error":"{% n %}","Cause":"{% o %}"}}}`, []string{
			top("a", "/States/C/Output"), top("b", "/States/C/Choices[0]/Condition"), top("c", "/States/C/Choices[0]/Output/x"),
			top("d", "/States/C/Choices[0]/Assign/y"), top("e", "/States/W/Seconds"),
			"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/T/Arguments/x",
			top("f", "/States/T/TimeoutSeconds"), top("g", "/States/T/Catch[0]/Output"),
			"UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.result' does not exist. at /States/T/Catch[0]/Assign/z",
			top("h", "/States/M/Items"), top("i", "/States/M/ItemSelector/Next"), top("j", "/States/M/MaxConcurrency"),
			top("k", "/States/M/ItemProcessor/States/I/Output"), top("l", "/States/P/Arguments"),
			top("m", "/States/P/Branches[0]/States/B/Output[0]"), top("n", "/States/F/Error"), top("o", "/States/F/Cause")}},
		"a condition that is none": {`{"QueryLanguage":"JSONata","StartAt":"C","States":{"C":{"Type":"Choice","Default":"E","Choices":[{"Condition":"yes","Next":"E"}]},"E":{"Type":"Succeed"}}}`, []string{
			"SCHEMA_VALIDATION_FAILED: The value of the field 'Condition' must be a boolean or a JSONata expression at /States/C/Choices[0]/Condition"}},
		"items that are none": {`{"QueryLanguage":"JSONata","StartAt":"M","States":{"M":{"Type":"Map","Items":"all","End":true,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}}}}}`, []string{
			"SCHEMA_VALIDATION_FAILED: The value of the field 'Items' must be an array or a JSONata expression at /States/M/Items"}},
		"names of variables": {pass(`"Assign":{"states":1,"1st":2,"a-b":3,"_x":4,"ok_1":5,"größe":6,"` + longName + `":7}`), []string{
			"RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/A/Assign/states",
			"INVALID_VARIABLE_NAME: Invalid variable name '1st': the variable name contains invalid characters. at /States/A/Assign/1st",
			"INVALID_VARIABLE_NAME: Invalid variable name 'a-b': the variable name contains invalid characters. at /States/A/Assign/a-b",
			"INVALID_VARIABLE_NAME: Invalid variable name '_x': the variable name contains invalid characters. at /States/A/Assign/_x",
			"INVALID_VARIABLE_NAME: Invalid variable name '" + longName + "': the variable name contains invalid characters. at /States/A/Assign/" + longName}},
		"a variable twice": {`{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":1,"x.$":"$"},"End":true}}}`, []string{
			"SCHEMA_VALIDATION_FAILED: Duplicate field 'x' at /States/A/Assign"}},
		"a bad path": {`{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x.$":"x","y":{"z.$":"$["}},"End":true}}}`, []string{
			"SCHEMA_VALIDATION_FAILED: The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call at /States/A/Assign",
			"SCHEMA_VALIDATION_FAILED: The value for the field 'z.$' must be a valid JSONPath or a valid intrinsic function call at /States/A/Assign"}},
		"a result in a variable": {`{"StartAt":"A","States":{"A":{"Type":"Pass","ResultPath":"$x.y","End":true}}}`, []string{
			"SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/A/ResultPath"}},
		"a name of an outer scope": {`{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":1},"Next":"M"},"M":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"I","States":{
			"I":{"Type":"Parallel","End":true,"Assign":{"y":1},"Branches":[
				{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"x":1,"z":1},"End":true}}},
				{"StartAt":"D","States":{"D":{"Type":"Pass","Assign":{"y":1,"z":1},"End":true}}}]}}}}}}`, []string{
			"DUPLICATE_VARIABLE_NAME: The variable name 'x' was already defined in a parent scope. at /States/M/ItemProcessor/States/I/Branches[0]/States/B/Assign/x",
			"DUPLICATE_VARIABLE_NAME: The variable name 'y' was already defined in a parent scope. at /States/M/ItemProcessor/States/I/Branches[1]/States/D/Assign/y"}},
		"a name that only a catcher assigns": {`{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,
			"Catch":[{"ErrorEquals":["X"],"Assign":{"x":1},"Next":"E"}],"Branches":[{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"x":1},"End":true}}}]},"E":{"Type":"Succeed"}}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := Check([]byte(strings.ReplaceAll(test.definition, "LAMBDA", lambda)), workflow.Standard)
			got := strings.TrimSuffix(strings.TrimPrefix(found.Message(), "Invalid State Machine Definition: '"), "'")
			if got != strings.Join(test.want, ", ") {
				t.Errorf("says:\n%s\nwant:\n%s", strings.ReplaceAll(got, ", ", "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// What DescribeStateMachine shows of variables: each state's own references, sorted.
func TestVariableReferences(t *testing.T) {
	m := compile(t, `{"StartAt":"Set","States":{
		"Set":{"Type":"Pass","Assign":{"a":1,"b":"$a","c":"{% $a %}"},"Next":"Read"},
		"Read":{"Type":"Pass","InputPath":"$input","OutputPath":"$out.x","Parameters":{"z.$":"$z[0]","fixed":"$no","f.$":"States.Format('{} {}', $b, States.JsonToString($a))"},"Next":"Choose"},
		"Choose":{"Type":"Choice","Default":"Wait","Choices":[{"Not":{"Variable":"$v","NumericEqualsPath":"$w.n"},"Assign":{"q.$":"$v"},"Next":"Wait"}]},
		"Wait":{"Type":"Wait","SecondsPath":"$seconds","Next":"Each"},
		"Each":{"Type":"Map","ItemsPath":"$items","MaxConcurrencyPath":"$most","ItemSelector":{"i.$":"$item"},"Next":"Query","ItemProcessor":{"StartAt":"In","States":{
			"In":{"Type":"Pass","Parameters":{"x.$":"$inner"},"End":true}}}},
		"Query":{"Type":"Task","QueryLanguage":"JSONata","Resource":"`+lambda+`","Arguments":"{% ($l := 1; $l + $r + $sum($s.t)) %}","Output":"{% $states.result & $r %}",
			"Catch":[{"ErrorEquals":["X"],"Output":"{% $caught %}","Next":"Stop"}],"Next":"Stop"},
		"Stop":{"Type":"Fail","ErrorPath":"$e","CausePath":"States.Format('{}', $c)"}}}`)
	want := map[string][]string{
		"Read": {"a", "b", "input", "out", "z"}, "Choose": {"v", "w"}, "Wait": {"seconds"}, "Each": {"item", "items", "most"},
		"In": {"inner"}, "Query": {"caught", "r", "s"}, "Stop": {"c", "e"},
	}
	if diff := cmp.Diff(want, m.VariableReferences()); diff != "" {
		t.Error(diff)
	}
}

// The execution's input is kept only where an expression may read it.
func TestInputIsKeptForQueries(t *testing.T) {
	for expression, want := range map[string]bool{
		"$states.context.Execution.Input.x": true, "$states.context.Execution": true, "$states.context": true, "$keys($states)": true,
		"$lookup($states.context, 'Execution')": true, "$states.context.Execution.Name": false, "$states.context.State.Name & 'x'": false, "$states.input": false,
	} {
		m := compile(t, pass(`"Output":"{% `+expression+` %}"`))
		if m.readsInput != want {
			t.Errorf("%s: kept is %v", expression, m.readsInput)
		}
	}
}

// A definition full of expressions is refused before parsing them takes long; plain
// references are not counted.
func TestTooManyQueries(t *testing.T) {
	var plain, others strings.Builder
	for i := range maxQueries + 1 {
		fmt.Fprintf(&plain, `,"{%% $v%d.x %%}"`, i)
		fmt.Fprintf(&others, `,"{%% %d+1 %%}"`, i%10) // those that are alike count too, and are parsed once
	}
	compile(t, pass(`"Output":[`+plain.String()[1:]+`]`))
	_, found := Check([]byte(pass(`"Output":[`+others.String()[1:]+`]`)), workflow.Standard)
	if len(found) != 1 || found[0].Code != CodeTooLarge {
		t.Errorf("says: %v", found)
	}
}
