package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/models/pgtest"
)

const stillWaiting = "Waiting for a countersignature"

// BenchmarkReplicaShows is how long it takes from an approver's click at one replica until the customer's
// open page of the order, which another replica serves, has received what follows from it. The database
// is a server that waits for its disk.
func BenchmarkReplicaShows(b *testing.B) {
	replicas := startReplicas(b, pgtest.Start(b).URL(b), 2)
	fillShelves(b, replicas[0])
	anton, clara := signIn(b, replicas[0], "anton"), signIn(b, replicas[1], "clara")
	var took []time.Duration
	for b.Loop() {
		b.StopTimer()
		id := fmt.Sprint("shown-", len(took))
		body := fmt.Sprintf(`{"order":{"orderId":%q,"customerId":"67890","items":[{"itemId":"item6","quantity":1}]}}`, id)
		if status, answer, err := replicas[0].request(b.Context(), "POST", "/api/orders", body); err != nil || status != 201 {
			b.Fatalf("order: status %d, %v\n%s", status, err, answer)
		}
		approval := anton.isAsked(b)
		page := clara.watches(b, "/orders/"+id+"/live") // which is at rest then, and may send at once
		page.reads(b, func(message string) bool { return strings.Contains(message, stillWaiting) })
		verdict := []string{"approve", "reject"}[len(took)%2]
		shown := make(chan time.Time, 1)
		go func() {
			page.reads(b, func(message string) bool { return !strings.Contains(message, stillWaiting) })
			shown <- time.Now()
		}()
		b.StartTimer()
		began := time.Now()
		status, answer, err := anton.post(b.Context(), "/inbox/"+approval+"/decision", url.Values{"decision": {verdict}, "comment": {"as measured"}})
		if err != nil || status != http.StatusOK {
			b.Fatalf("decision: status %d, %v\n%s", status, err, answer)
		}
		took = append(took, (<-shown).Sub(began))
		page.close()
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[len(took)/2]), "ms-p50")
	b.ReportMetric(ms(took[len(took)*99/100]), "ms-p99")
	b.ReportMetric(ms(took[len(took)-1]), "ms-max")
	b.ReportMetric(0, "ns/op")
}

// isAsked is the approval that the inbox shows, once there is one.
func (p *person) isAsked(t testing.TB) (approval string) {
	t.Helper()
	eventually(t, soon, "an approval in the inbox", func() bool {
		page, err := p.get(t.Context(), "/inbox")
		if row := approvalRow.FindStringSubmatch(page); err == nil && row != nil {
			approval = row[1]
		}
		return approval != ""
	})
	return approval
}

// livePage is a page that is open, as far as it is kept current.
type livePage struct {
	lines *bufio.Scanner
	close func() error
}

func (p *person) watches(t testing.TB, path string) *livePage {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.app.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := p.client.Do(r)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %v", path, err)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return &livePage{lines, response.Body.Close}
}

// reads waits for a message that is as wanted.
func (l *livePage) reads(t testing.TB, wanted func(message string) bool) {
	var message strings.Builder
	for l.lines.Scan() {
		if line, ok := strings.CutPrefix(l.lines.Text(), "data: "); ok {
			message.WriteString(line + "\n")
			continue
		}
		if message.Len() > 0 && wanted(message.String()) {
			return
		}
		message.Reset()
	}
	t.Errorf("the live page ended: %v", l.lines.Err())
}
