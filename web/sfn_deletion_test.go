package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"countersign/models"
	"countersign/web/paths"
	"countersign/workflow"
)

const waitingTwice = `{"StartAt":"One","States":{"One":{"Type":"Wait","Seconds":1000,"Next":"Two"},"Two":{"Type":"Wait","Seconds":1000,"End":true}}}`

// What runs of a state machine that is deleted ends at its next state, and only then is it gone.
func TestDeletionWaitsForTheNextState(t *testing.T) {
	r := openRealSite(t)
	m := machines{r.site, r.sdk()}
	arn := m.create("Slow", func(in *sfn.CreateStateMachineInput) { in.Definition = aws.String(waitingTwice) }).StateMachineArn
	_, err := m.c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: arn, Name: aws.String("one")})
	if err != nil {
		t.Fatal(err)
	}
	running, err := m.store.Find(t.Context(), "Slow", "one")
	if err != nil {
		t.Fatal(err)
	}
	m.clock.advance(time.Second)
	if _, err := m.c.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: arn}); err != nil {
		t.Fatal(err)
	}
	going := func() {
		t.Helper()
		if err := m.sfn.AdvanceDeletions(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	going()
	if is := m.describe(*arn); is.Status != types.StateMachineStatusDeleting {
		t.Fatalf("while its execution waits it is %s", is.Status)
	}
	deleting := "State Machine is being deleted: '" + *arn + "'"
	_, err = m.c.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: arn})
	refused(t, err, "StateMachineDeleting", deleting)
	_, err = m.c.UpdateStateMachine(t.Context(), &sfn.UpdateStateMachineInput{StateMachineArn: arn, RoleArn: aws.String(otherRole)})
	refused(t, err, "StateMachineDeleting", deleting)
	_, err = m.c.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{Name: aws.String("Slow"), Definition: aws.String(passing), RoleArn: aws.String(testRole)})
	refused(t, err, "StateMachineDeleting", deleting)
	_, err = m.c.PublishStateMachineVersion(t.Context(), &sfn.PublishStateMachineVersionInput{StateMachineArn: arn})
	refused(t, err, "StateMachineDeleting", deleting)

	m.clock.advance(1000 * time.Second)
	changed, cancel := m.store.Subscribe(models.TopicExecutions)
	defer cancel()
	giveUp := time.After(20 * time.Second)
	for {
		going()
		is, err := m.store.Load(t.Context(), running.ID)
		if err != nil {
			t.Fatal(err)
		}
		if is.Status == workflow.Aborted {
			break
		}
		select {
		case <-changed:
		case <-giveUp:
			t.Fatalf("the execution is %s after its next state", is.Status)
		}
	}
	_, err = m.c.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: arn})
	refused(t, err, "StateMachineDoesNotExist", *arn)
	going() // with nothing to do
}

// Only what still stands is laid out in advance.
func TestStateMachinesOfTheAPIAreDrawn(t *testing.T) {
	m := openMachines(t)
	m.create("Drawn")
	old := versionKey{"Drawn", 1}
	m.update("Drawn", passing2)
	m.create("Gone")
	if _, err := m.c.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: aws.String(arnOf("Gone"))}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[versionKey]bool{old: false, {"Drawn", 2}: true, {"Gone", 1}: false} {
		if err := m.drawer.draw(t.Context(), key); err != nil {
			t.Error(err)
		}
		if _, err := m.store.Layout(t.Context(), key.machine, key.version); (err == nil) != want {
			t.Errorf("%v is drawn: %v", key, err)
		}
	}
	if asked := len(m.drawer.asked); asked != 3 {
		t.Errorf("%d revisions are to be drawn", asked)
	}
	for range 2 * maxAskedDrawings {
		m.drawer.ask("Drawn", 2) // never blocks
	}
	page := m.as(models.DemoOperator).get("/state-machines").says("Drawn")
	if _, ok := m.drawings.get(versionKey{"Drawn", 2}); ok {
		t.Error("the list has drawn it", page.what)
	}
}

// What could only be drawn plainly, because the machine had much else to do, is drawn again by a
// server that has the time.
func TestADrawingThatTookTooLongIsNotKept(t *testing.T) {
	s := openSite(t)
	usual := drawWithin
	drawWithin = 0
	defer func() { drawWithin = usual }()
	if err := RegisterStateMachine(t.Context(), s.store, "Drawn", []byte(passing)); err != nil {
		t.Fatal(err)
	}
	const plain = "it took too long"
	s.as(models.DemoOperator).get(paths.StateMachine("Drawn")).is(http.StatusOK).says(plain)
	drawWithin = usual
	if page := s.replica().as(models.DemoOperator).get(paths.StateMachine("Drawn")).is(http.StatusOK); strings.Contains(page.body, plain) {
		t.Error("the plain drawing was kept")
	}
}
