package e2e

import (
	"compress/gzip"
	"database/sql"
	"flag"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// A release leaves a database of its own behind, with executions in the middle of everything:
//
//	go test ./e2e -run TestDatabasesOfEarlierReleases -make 0013_retention
//
// makes testdata/old/0013_retention.db.gz; name it after the last migration that it has seen.
// With -made-by, another binary than the present one makes it.
var (
	oldName   = flag.String("make", "", "name of a database to make for TestDatabasesOfEarlierReleases")
	oldMadeBy = flag.String("made-by", "", "binary that makes it")
)

const oldFolder = "testdata/old"

// What became of each order before the file was put away.
var oldOrders = map[string]string{
	"old-third":     "RECEIVED",  // its card has failed twice and will not fail again
	"old-completed": "COMPLETED", // below the limit
	"old-approve":   "AWAITING_APPROVAL",
	"old-reject":    "AWAITING_APPROVAL",
	"old-declined":  "FAILED",
	"old-cancelled": "CANCELLED",
	"old-rejected":  "REJECTED",
}

const (
	oldActivity = "arn:aws:states:us-east-1:123456789012:activity:old-pack"
	oldFamily   = "arn:aws:states:us-east-1:123456789012:execution:OldFamily:old"

	oldChildDefinition  = `{"StartAt":"Rest","States":{"Rest":{"Type":"Wait","Seconds":10,"End":true}}}`
	oldFamilyDefinition = `{"StartAt":"All","States":{"All":{"Type":"Parallel","End":true,"Branches":[
		{"StartAt":"Pack","States":{"Pack":{"Type":"Task","Resource":"` + oldActivity + `","End":true}}},
		{"StartAt":"Each","States":{"Each":{"Type":"Map","ItemsPath":"$.rows","End":true,"ItemProcessor":{
			"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
			"StartAt":"RestToo","States":{"RestToo":{"Type":"Wait","Seconds":10,"End":true}}}}}},
		{"StartAt":"Child","States":{"Child":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","End":true,
			"Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:OldChild","Input":{"n":1}}}}}]}}}`
)

// makeOld puts a database away that a binary has written.
func makeOld(t *testing.T, name string) {
	if *oldMadeBy != "" {
		present := binary
		binary = *oldMadeBy
		defer func() { binary = present }()
	}
	a := startApp(t)
	ada, anton, clara := signIn(t, a, "ada"), signIn(t, a, "anton"), signIn(t, a, "clara")
	posts := func(p *person, path string, form url.Values) {
		t.Helper()
		if status, page, err := p.post(t.Context(), path, form); err != nil || status != 200 {
			t.Fatalf("%s: status %d, %v\n%s", path, status, err, page)
		}
	}
	posts(ada, "/settings", url.Values{"approval_limit": {"500.00"}, "approval_deadline": {"365"}, "deadline_unit": {"days"}})
	placed := time.Now()
	a.places(t, "old-third", "item1", "4000000000000119")
	a.places(t, "old-completed", "item1", "4242424242424242")
	a.places(t, "old-declined", "item1", "4000000000000002")
	for _, id := range []string{"old-rejected", "old-approve", "old-reject", "old-cancelled"} {
		a.places(t, id, "item6", "4242424242424242")
		a.comesTo(t, id, "AWAITING_APPROVAL")
		switch id {
		case "old-rejected":
			a.decidesOn(t, anton, id, "reject")
		case "old-cancelled":
			posts(clara, "/orders/old-cancelled/cancel", url.Values{})
		}
	}
	eventually(t, time.Minute, "the second attempt", func() bool { return time.Since(placed) > 8*time.Second })
	startFamily(t, a)
	for id, status := range oldOrders {
		a.comesTo(t, id, status)
	}
	a.terminate()
	packed(t, a.Database, filepath.Join(oldFolder, name+".db.gz"))
}

// startFamily starts an execution that waits in three ways, where there is an API to start it.
func startFamily(t *testing.T, a *app) {
	t.Helper()
	client, ctx := a.client(), t.Context()
	if _, err := client.ListStateMachines(ctx, &sfn.ListStateMachinesInput{}); err != nil {
		t.Logf("without the Step Functions API: %v", err)
		return
	}
	role := aws.String("arn:aws:iam::123456789012:role/any")
	if _, err := client.CreateActivity(ctx, &sfn.CreateActivityInput{Name: aws.String("old-pack")}); err != nil {
		t.Fatal(err)
	}
	for name, definition := range map[string]string{"OldChild": oldChildDefinition, "OldFamily": oldFamilyDefinition} {
		if _, err := client.CreateStateMachine(ctx, &sfn.CreateStateMachineInput{Name: &name, Definition: &definition, RoleArn: role}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.StartExecution(ctx, &sfn.StartExecutionInput{Name: aws.String("old"), Input: aws.String(`{"rows":[1,2,3]}`),
		StateMachineArn: aws.String("arn:aws:states:us-east-1:123456789012:stateMachine:OldFamily")})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "the family to wait", func() bool {
		all, err := client.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: aws.String("arn:aws:states:us-east-1:123456789012:stateMachine:OldChild")})
		runs, failed := client.ListMapRuns(ctx, &sfn.ListMapRunsInput{ExecutionArn: aws.String(oldFamily)})
		if err != nil || failed != nil || len(all.Executions) == 0 || len(runs.MapRuns) == 0 {
			return false
		}
		items, err := client.DescribeMapRun(ctx, &sfn.DescribeMapRunInput{MapRunArn: runs.MapRuns[0].MapRunArn})
		return err == nil && items.ItemCounts.Running == 3
	})
}

// packed writes a database to one file.
func packed(t *testing.T, from, to string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+from)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"DELETE FROM sessions", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	small, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(small, in); err != nil {
		t.Fatal(err)
	}
	if err := small.Close(); err != nil {
		t.Fatal(err)
	}
}
