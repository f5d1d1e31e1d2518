package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"countersign/models/pgtest"
)

// TestReplicaAnswersBesideACall has one replica wait for a slow HTTP function while a worker takes and answers
// the task of the other branch at another replica: what follows is called while the slow call goes on.
func TestReplicaAnswersBesideACall(t *testing.T) {
	t.Parallel()
	replicas := startReplicas(t, pgtest.URL(t), 2)
	a, b := replicas[0].client(), replicas[1].client()
	called, release := make(chan string, 8), make(chan struct{})
	functions := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		called <- name
		if name == "Slow" {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
		_, _ = w.Write([]byte(`"` + name + `"`))
	}))
	defer functions.Close()
	comes := func(want string) {
		t.Helper()
		select {
		case name := <-called:
			if name != want {
				t.Fatalf("%s was called, want %s", name, want)
			}
		case <-time.After(soon):
			t.Fatalf("%s is not called", want)
		}
	}
	ada := signIn(t, replicas[0], "ada")
	for _, name := range []string{"Slow", "Then"} {
		ada.registersPatiently(t, name, functions.URL+"/"+name, "60")
	}
	activity, err := b.CreateActivity(t.Context(), &sfn.CreateActivityInput{Name: aws.String("pack")})
	if err != nil {
		t.Fatal(err)
	}
	call := func(name string) string {
		return `"` + name + `":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:` + name + `","End":true}`
	}
	definition := `{"StartAt":"Both","States":{"Both":{"Type":"Parallel","End":true,"Branches":[
		{"StartAt":"Slow","States":{` + call("Slow") + `}},
		{"StartAt":"Pack","States":{"Pack":{"Type":"Task","Resource":"` + *activity.ActivityArn + `","Next":"Then"},` + call("Then") + `}}]}}}`
	made, err := a.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: aws.String("beside"), Definition: &definition,
		RoleArn: aws.String("arn:aws:iam::123456789012:role/any")})
	if err != nil {
		t.Fatal(err)
	}
	started, err := a.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: made.StateMachineArn, Input: aws.String(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	comes("Slow")
	task, err := b.GetActivityTask(t.Context(), &sfn.GetActivityTaskInput{ActivityArn: activity.ActivityArn})
	if err != nil || task.TaskToken == nil {
		t.Fatalf("the task of the other branch: %v", err)
	}
	if _, err := b.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: task.TaskToken, Output: aws.String(`1`)}); err != nil {
		t.Fatal(err)
	}
	comes("Then")
	close(release)
	eventually(t, soon, "the end", func() bool {
		end, err := b.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn})
		return err == nil && end.Status == types.ExecutionStatusSucceeded && *end.Output == `["Slow","Then"]`
	})
	if len(called) > 0 {
		t.Errorf("%s was called once more", <-called)
	}
}
