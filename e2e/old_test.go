package e2e

import (
	"compress/gzip"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// TestDatabasesOfEarlierReleases opens what each release has left behind, decides what waits for a
// decision, and sees everything through.
func TestDatabasesOfEarlierReleases(t *testing.T) {
	if *oldName != "" {
		makeOld(t, *oldName)
	}
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(oldFolder, "*.db.gz"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			finishOld(t, unpacked(t, file))
		})
	}
}

func finishOld(t *testing.T, database string) {
	// The present program backs up what an earlier one has written: that comes before an upgrade.
	if code, said := exitCode(t, "backup", "--database", database, filepath.Join(t.TempDir(), "backup.db")); code != 0 {
		t.Errorf("backup: exit code %d; it said:\n%s", code, said)
	}
	left := oldStateOf(t, database)
	a := &app{t: t, Database: database}
	a.start()
	t.Cleanup(a.kill)
	left.finish(t, a)
	a.terminate()
	a.audit()
}

// finish decides what waits for a decision and sees everything come to its end.
func (left oldState) finish(t *testing.T, a *app) {
	t.Helper()
	ends := map[string]string{"old-third": "COMPLETED", "old-approve": "COMPLETED", "old-reject": "REJECTED"}
	if time.Now().Before(left.deadline) {
		l := &load{app: a, approver: signIn(t, a, "anton"), decided: map[string]string{}}
		l.decideOne(t.Context(), left.approvals["old-approve"], "approve")
		l.decideOne(t.Context(), left.approvals["old-reject"], "reject")
		if len(l.decided) != 2 {
			t.Fatalf("%d of two decisions were taken", len(l.decided))
		}
	} else {
		ends["old-approve"] = "REJECTED" // nobody decided within the year
	}
	for id, before := range oldOrders {
		want := ends[id]
		if want == "" {
			want = before
		}
		a.comesTo(t, id, want)
	}
	if left.family {
		finishFamily(t, a)
	}
}

// oldState is what a release has left to be done.
type oldState struct {
	approvals map[string]string // that wait for a decision, by order
	deadline  time.Time         // by which they can be decided
	family    bool              // there is an execution beside those of orders
}

func oldStateOf(t *testing.T, database string) (left oldState) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+database+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var deadline int64
	var approve, reject string
	err = db.QueryRow(`SELECT (SELECT min(deadline) FROM approvals WHERE status = 'PENDING'),
		(SELECT id FROM approvals WHERE status = 'PENDING' AND order_id = 'old-approve'),
		(SELECT id FROM approvals WHERE status = 'PENDING' AND order_id = 'old-reject'),
		EXISTS (SELECT 1 FROM executions WHERE machine = 'OldFamily')`).Scan(&deadline, &approve, &reject, &left.family)
	if err != nil {
		t.Fatal(err)
	}
	left.approvals = map[string]string{"old-approve": approve, "old-reject": reject}
	left.deadline = time.UnixMilli(deadline).Add(-time.Minute)
	return left
}

func finishFamily(t *testing.T, a *app) {
	t.Helper()
	client := a.client()
	task, err := client.GetActivityTask(t.Context(), &sfn.GetActivityTaskInput{ActivityArn: aws.String(oldActivity)})
	if err != nil || task.TaskToken == nil {
		t.Fatalf("%v, %v", task, err)
	}
	_, err = client.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: task.TaskToken, Output: aws.String(`"packed"`)})
	if err != nil {
		t.Fatal(err)
	}
	var end *sfn.DescribeExecutionOutput
	eventually(t, 30*time.Second, "the end of the family", func() bool {
		end, err = client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(oldFamily)})
		return err != nil || end.Status != types.ExecutionStatusRunning
	})
	if err != nil || end.Status != types.ExecutionStatusSucceeded {
		t.Errorf("%v, %v: %s", err, end.Status, aws.ToString(end.Cause))
	}
}

// places an order of one item for the demo customer.
func (a *app) places(t *testing.T, id, item, card string) {
	t.Helper()
	body := fmt.Sprintf(`{"order":{"orderId":%q,"customerId":"67890","items":[{"itemId":%q,"quantity":1}],"card":{"number":%q}}}`, id, item, card)
	if status, answer, err := a.request(t.Context(), "POST", "/api/orders", body); err != nil || status != 201 {
		t.Fatalf("%s: %d %s %v", id, status, answer, err)
	}
}

// comesTo waits for an order's status.
func (a *app) comesTo(t *testing.T, id, want string) {
	t.Helper()
	l := &load{app: a}
	var status, reason string
	eventually(t, 30*time.Second, id+" is "+want, func() bool {
		status, reason = l.end(t, id)
		return status == want
	}, func() string { return status + " " + reason })
}

// decidesOn decides the approval that an order waits for.
func (a *app) decidesOn(t *testing.T, by *person, order, decision string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+a.Database+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var id string
	eventually(t, time.Minute, order+" asks for an approval", func() bool {
		return db.QueryRow(`SELECT id FROM approvals WHERE order_id = ? AND status = 'PENDING'`, order).Scan(&id) == nil
	})
	l := &load{app: a, approver: by, decided: map[string]string{}}
	l.decideOne(t.Context(), id, decision)
	if len(l.decided) != 1 {
		t.Fatalf("the decision to %s %s was not taken", decision, order)
	}
}

func unpacked(t *testing.T, file string) string {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	small, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(t.TempDir(), "countersign.db")
	out, err := os.OpenFile(database, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, small); err != nil {
		t.Fatal(err)
	}
	return database
}
