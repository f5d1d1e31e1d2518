package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// awsCommand is a shell with the aws command, in a folder of its own, whose every call goes to
// an app. Its files are those that the commands name.
type awsCommand struct {
	t   *testing.T
	app *app
	dir string
}

func openAWS(t *testing.T) *awsCommand {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("skipped: the aws command is not installed")
	}
	return &awsCommand{t, startApp(t), t.TempDir()}
}

func (a *awsCommand) file(name, text string) {
	a.t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// call runs a command line as people type it, plus an endpoint.
func (a *awsCommand) call(line string) (out []byte, said string, err error) {
	a.t.Helper()
	command := exec.CommandContext(a.t.Context(), "aws", append(strings.Fields(line), "--endpoint-url", a.app.URL)...)
	command.Dir = a.dir
	command.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=demo", "AWS_SECRET_ACCESS_KEY=countersign", "AWS_DEFAULT_REGION=us-east-1",
		"AWS_DEFAULT_OUTPUT=json", "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err = command.Output()
	return out, complaint.String(), err
}

// run is call for what must work; its answer is decoded.
func (a *awsCommand) run(line string) map[string]any {
	a.t.Helper()
	out, said, err := a.call(line)
	if err != nil {
		a.t.Fatalf("aws %s: %v\n%s", line, err, said)
	}
	answer := map[string]any{}
	if len(bytes.TrimSpace(out)) > 0 {
		if err := json.Unmarshal(out, &answer); err != nil {
			a.t.Fatalf("aws %s: %v\n%s", line, err, out)
		}
	}
	return answer
}

// closed describes an execution once it has ended, which the SDK waits for: starting the
// command takes a second.
func (a *awsCommand) closed(arn any) map[string]any {
	a.t.Helper()
	client, of := a.app.client(), arn.(string)
	eventually(a.t, time.Minute, "the end of "+of, func() bool {
		now, err := client.DescribeExecution(a.t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &of})
		return err == nil && now.Status != types.ExecutionStatusRunning
	})
	return a.run("stepfunctions describe-execution --execution-arn " + of)
}

const (
	tutorialInput = `{
  "order": {
    "orderId": "12345",
    "customerId": "67890",
    "items": [
      {
        "itemId": "item1",
        "quantity": 2
      }
    ]
  }
}`
	orderMachine = "arn:aws:states:us-east-1:123456789012:stateMachine:OrderFulfillmentWorkflow"
)

// The tutorial's commands of sections 8.1, 9.1 and 9.2, and of 4.2 in the place where a reader
// comes to it with a definition of their own.
func TestTutorialsCommands(t *testing.T) {
	t.Parallel()
	a := openAWS(t)
	a.file("input.json", tutorialInput)
	start := "stepfunctions start-execution --state-machine-arn " + orderMachine + " --input file://input.json"

	placed := a.run(start)
	if end := a.closed(placed["executionArn"]); end["status"] != "SUCCEEDED" {
		t.Errorf("the tutorial's order: %v", end)
	}
	status, order, err := a.app.request(t.Context(), "GET", "/api/orders/12345", "")
	if err != nil || status != 200 || !bytes.Contains(order, []byte("COMPLETED")) {
		t.Errorf("the order that was started: %d %s %v", status, order, err)
	}

	// Section 9.2 asks about a day on which nothing happened; then about today.
	metric := "cloudwatch get-metric-statistics --namespace AWS/States --metric-name ExecutionsStarted --dimensions Name=StateMachineArn,Value=" + orderMachine
	if quiet := a.run(metric + " --start-time 2023-10-01T00:00:00Z --end-time 2023-10-02T00:00:00Z --period 3600 --statistics Sum"); quiet["Label"] != "ExecutionsStarted" || len(quiet["Datapoints"].([]any)) != 0 {
		t.Errorf("on a quiet day: %v", quiet)
	}
	now := time.Now().UTC()
	today := a.run(metric + " --start-time " + now.Add(-12*time.Hour).Format(time.RFC3339) + " --end-time " + now.Add(12*time.Hour).Format(time.RFC3339) + " --period 86400 --statistics Sum")
	points := today["Datapoints"].([]any)
	if len(points) != 1 || points[0].(map[string]any)["Sum"] != 1.0 {
		t.Errorf("today: %v", today)
	}
	if list := a.run("cloudwatch list-metrics --namespace AWS/States --metric-name ExecutionsStarted"); len(list["Metrics"].([]any)) != 1 {
		t.Errorf("metrics: %v", list)
	}

	// Section 4.2, with a definition like the tutorial's: its first state puts a text in the place
	// of the order, so that the next one finds none.
	a.file("state-machine-definition.json", `{
  "Comment": "Order Fulfillment Workflow",
  "StartAt": "OrderReceived",
  "States": {
    "OrderReceived": {"Type": "Pass", "Result": "Order Received", "Next": "ValidateOrder"},
    "ValidateOrder": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:ValidateOrder", "Next": "HumanApproval"},
    "HumanApproval": {"Type": "Wait", "Seconds": 300, "End": true}
  }
}`)
	create := "stepfunctions create-state-machine --name OrderFulfillmentWorkflow --definition file://state-machine-definition.json --role-arn arn:aws:iam::123456789012:role/StepFunctionsExecutionRole"
	if made := a.run(create); made["stateMachineArn"] != orderMachine {
		t.Errorf("created: %v", made)
	}
	a.run(create) // the same again
	a.file("input.json", strings.Replace(tutorialInput, "12345", "12346", 1))
	if end := a.closed(a.run(start)["executionArn"]); end["status"] != "FAILED" || end["error"] != "OrderInvalid" {
		t.Errorf("by the tutorial's definition: %v", end)
	}

	// Section 9.1 puts another in its place, which stays over a restart.
	a.file("state-machine-definition.json", `{"StartAt":"OrderReceived","States":{"OrderReceived":{"Type":"Pass","Result":"thank you","End":true}}}`)
	a.run("stepfunctions update-state-machine --state-machine-arn " + orderMachine + " --definition file://state-machine-definition.json")
	a.app.terminate()
	a.app.start()
	a.file("input.json", `{}`)
	if end := a.closed(a.run(start)["executionArn"]); end["status"] != "SUCCEEDED" || end["output"] != `"thank you"` {
		t.Errorf("by the updated definition: %v", end)
	}
	if list := a.run("stepfunctions list-executions --state-machine-arn " + orderMachine + " --max-items 2"); len(list["executions"].([]any)) != 2 {
		t.Errorf("executions: %v", list)
	}
}

// A worker and a caller that have the aws command only.
func TestWorkWithTheAWSCommand(t *testing.T) {
	t.Parallel()
	a := openAWS(t)
	activity := a.run("stepfunctions create-activity --name pack")["activityArn"].(string)
	a.file("definition.json", `{"StartAt":"Pack","States":{"Pack":{"Type":"Task","Resource":"`+activity+`","End":true}}}`)
	machine := a.run("stepfunctions create-state-machine --name Packing --definition file://definition.json --role-arn arn:aws:iam::123456789012:role/any")["stateMachineArn"].(string)
	arn := a.run("stepfunctions start-execution --name parcel-1 --input {} --state-machine-arn " + machine)["executionArn"].(string)

	task := a.run("stepfunctions get-activity-task --worker-name me --activity-arn " + activity)
	token := task["taskToken"].(string)
	a.run("stepfunctions send-task-heartbeat --task-token " + token)
	a.run("stepfunctions send-task-failure --error Torn --cause by-the-cat --task-token " + token)
	if end := a.closed(arn); end["status"] != "FAILED" || end["error"] != "Torn" || end["redriveStatus"] != "REDRIVABLE" {
		t.Errorf("%v", end)
	}
	a.run("stepfunctions redrive-execution --execution-arn " + arn)
	task = a.run("stepfunctions get-activity-task --activity-arn " + activity)
	a.run(`stepfunctions send-task-success --task-output {"packed":true} --task-token ` + task["taskToken"].(string))
	if end := a.closed(arn); end["status"] != "SUCCEEDED" || end["output"] != `{"packed":true}` {
		t.Errorf("%v", end)
	}
	history := a.run("stepfunctions get-execution-history --reverse-order --execution-arn " + arn)["events"].([]any)
	if last := history[0].(map[string]any); last["type"] != "ExecutionSucceeded" || last["id"] != float64(len(history)) {
		t.Errorf("%v", last)
	}
	if _, said, err := a.call("stepfunctions stop-execution --execution-arn " + arn + "x"); err == nil || !strings.Contains(said, "(ExecutionDoesNotExist)") {
		t.Errorf("%v %s", err, said)
	}
	a.run("stepfunctions stop-execution --execution-arn " + arn)
}
