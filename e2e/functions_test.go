package e2e

import (
	"encoding/json"
	"html"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

var (
	readmeCode  = regexp.MustCompile("(?s)```js\n(.*?)```")
	shownSecret = regexp.MustCompile(`id="new-secret">([^<]+)<`)
)

// registers a function and returns the secret that the page shows once.
func (p *person) registers(t *testing.T, name, address string) (secret string) {
	t.Helper()
	return p.registersPatiently(t, name, address, "10")
}

// registersPatiently registers a function that may take some seconds.
func (p *person) registersPatiently(t *testing.T, name, address, seconds string) (secret string) {
	t.Helper()
	status, page, err := p.post(t.Context(), "/functions", url.Values{"name": {name}, "url": {address}, "timeout": {seconds}})
	shown := shownSecret.FindStringSubmatch(page)
	if err != nil || status != 201 || shown == nil {
		t.Fatalf("register %s: status %d, %v\n%s", name, status, err, page)
	}
	return html.UnescapeString(shown[1])
}

// runReadmesFunctions starts the Node program of the README and registers its functions.
func runReadmesFunctions(t *testing.T, a *app) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("skipped: Node is not installed")
	}
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	code := readmeCode.FindSubmatch(readme)
	if code == nil {
		t.Fatal("the README holds no functions")
	}
	program := filepath.Join(t.TempDir(), "functions.mjs")
	if err := os.WriteFile(program, code[1], 0o600); err != nil {
		t.Fatal(err)
	}
	address := held(t)
	ada, secrets := signIn(t, a, "ada"), map[string]string{}
	for _, name := range []string{"ValidateOrder", "ProcessPayment", "CheckInventory", "ShipOrder", "SendConfirmation"} {
		secrets[name] = ada.registers(t, name, "http://"+address+"/"+name)
	}
	environment, err := json.Marshal(secrets)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	server := exec.Command(node, program)
	server.Env = append(os.Environ(), "PORT="+port, "SECRETS="+string(environment))
	server.Stdout, server.Stderr = a.log, a.log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	eventually(t, time.Minute, "the functions answer", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// likeTheTutorial is a definition by the rules of the tutorial's: five functions in a row, the
// payment retried, a missing item caught, and a wait where a person would look. replaced says
// whether its first state puts a text in the place of the order.
func likeTheTutorial(t *testing.T, replaced bool, wait int) string {
	t.Helper()
	received := map[string]any{"Type": "Pass", "Next": "ValidateOrder"}
	if replaced {
		received["Result"] = "Order Received"
	}
	call := func(name string) map[string]any {
		return map[string]any{"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:" + name}
	}
	validate, pay, check, ship, confirm := call("ValidateOrder"), call("ProcessPayment"), call("CheckInventory"), call("ShipOrder"), call("SendConfirmation")
	validate["Next"], pay["Next"], check["Next"], ship["Next"], confirm["End"] = "ProcessPayment", "CheckInventory", "HumanApproval", "SendConfirmation", true
	pay["Retry"] = []any{map[string]any{"ErrorEquals": []string{"States.ALL"}, "IntervalSeconds": 5, "MaxAttempts": 3, "BackoffRate": 2}}
	check["Catch"] = []any{map[string]any{"ErrorEquals": []string{"States.ALL"}, "Next": "OrderFailed"}}
	text, err := json.Marshal(map[string]any{"StartAt": "OrderReceived", "States": map[string]any{
		"OrderReceived": received, "ValidateOrder": validate, "ProcessPayment": pay, "CheckInventory": check, "ShipOrder": ship, "SendConfirmation": confirm,
		"HumanApproval": map[string]any{"Type": "Wait", "Seconds": wait, "Next": "ShipOrder"},
		"OrderFailed":   map[string]any{"Type": "Fail", "Cause": "Order processing failed"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// client is a program that was written for Step Functions.
func (a *app) client() *sfn.Client {
	return sfn.New(sfn.Options{BaseEndpoint: &a.URL, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("demo", "countersign", "")})
}

// executes a definition under a name and waits for the end.
func executes(t *testing.T, client *sfn.Client, name, definition, input string) *sfn.DescribeExecutionOutput {
	t.Helper()
	made, err := client.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: &name, Definition: &definition, RoleArn: aws.String("arn:aws:iam::123456789012:role/any")})
	if err != nil {
		t.Fatal(err)
	}
	started, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: made.StateMachineArn, Input: &input})
	if err != nil {
		t.Fatal(err)
	}
	var end *sfn.DescribeExecutionOutput
	eventually(t, 2*time.Minute, "the end of "+name, func() bool {
		end, err = client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn})
		return err != nil || end.Status != types.ExecutionStatusRunning
	})
	if err != nil {
		t.Fatal(err)
	}
	return end
}

// The README's worked example, run as it stands there.
func TestReadmesFunctions(t *testing.T) {
	t.Parallel()
	a := startApp(t)
	runReadmesFunctions(t, a)
	client := a.client()

	// As the tutorial prints it: the order is gone before anybody looks at it.
	end := executes(t, client, "OrderFulfillmentWorkflow", likeTheTutorial(t, true, 300), tutorialInput)
	var cause struct{ ErrorType, ErrorMessage string }
	if end.Status != types.ExecutionStatusFailed || aws.ToString(end.Error) != "OrderInvalid" ||
		json.Unmarshal([]byte(aws.ToString(end.Cause)), &cause) != nil || cause.ErrorMessage != "The order is incomplete." {
		t.Errorf("as printed: %s, %s: %s", end.Status, aws.ToString(end.Error), aws.ToString(end.Cause))
	}

	end = executes(t, client, "Goes-through", likeTheTutorial(t, false, 1), tutorialInput)
	var output struct {
		Paid                         bool
		TrackingNumber, Confirmation string
	}
	if end.Status != types.ExecutionStatusSucceeded || json.Unmarshal([]byte(aws.ToString(end.Output)), &output) != nil ||
		!output.Paid || !strings.HasPrefix(output.TrackingNumber, "SP-") || output.Confirmation != "Your order 12345 has been shipped." {
		t.Errorf("without that line: %s, %s, %s", end.Status, aws.ToString(end.Output), aws.ToString(end.Cause))
	}
	history, err := client.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: end.ExecutionArn})
	if err != nil {
		t.Fatal(err)
	}
	var refused []string
	for _, event := range history.Events {
		if d := event.LambdaFunctionFailedEventDetails; d != nil {
			refused = append(refused, aws.ToString(d.Error))
		}
	}
	if strings.Join(refused, " ") != "GatewayBusy" {
		t.Errorf("retried after %q", refused)
	}

	end = executes(t, client, "Sold-out", likeTheTutorial(t, false, 1), strings.Replace(tutorialInput, `"quantity": 2`, `"quantity": 11`, 1))
	if end.Status != types.ExecutionStatusFailed || aws.ToString(end.Cause) != "Order processing failed" {
		t.Errorf("of eleven copies: %s, %s", end.Status, aws.ToString(end.Cause))
	}
}
