package cloudwatch

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"countersign/models"
	"countersign/workflow"
)

// figures answers every question with the same two points.
type figures struct{}

func (figures) MetricPoints(_ context.Context, _ models.Metric, from, _ time.Time) ([]models.MetricPoint, error) {
	stat := models.MetricStat{Samples: 2, Sum: 3, Low: 1, High: 2}
	return []models.MetricPoint{{At: from, MetricStat: stat}, {At: from.Add(time.Minute), MetricStat: stat}}, nil
}

func (figures) Metrics(context.Context, models.MetricFilter, int) ([]models.Metric, int64, error) {
	return []models.Metric{{Name: "ExecutionTime", Dimensions: map[string]string{"StateMachineArn": "<&>"}}}, 7, nil
}

// Whatever is sent in whatever protocol, there is an answer, and it is nobody's fault but the sender's.
func FuzzRequests(f *testing.F) {
	cborList, err := cborWriter.Marshal(members{"Namespace": "AWS/States", "Dimensions": []any{members{"Name": "StateMachineArn"}}})
	if err != nil {
		f.Fatal(err)
	}
	cborAsk, err := cborWriter.Marshal(members{"Namespace": "AWS/States", "MetricName": "ExecutionTime", "StartTime": time.Unix(1e9, 0),
		"EndTime": time.Unix(1e9+3600, 0), "Period": 60, "ExtendedStatistics": []any{"p99"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, "ListMetrics", cborList)
	f.Add(0, "GetMetricStatistics", cborAsk)
	f.Add(1, "GetMetricStatistics", []byte(`{"Namespace":"AWS/States","MetricName":"A","StartTime":1e9,"EndTime":1000003600,"Period":60,"Statistics":["Sum"]}`))
	f.Add(1, "GetMetricData", []byte(`{"StartTime":1,"EndTime":2,"MetricDataQueries":[{"Id":"a","MetricStat":{"Metric":{"Namespace":"AWS/States","MetricName":"A"},"Period":60,"Stat":"p5"}}]}`))
	f.Add(2, "", []byte("Action=GetMetricStatistics&Namespace=AWS/States&MetricName=A&StartTime=2026-01-01T00:00:00Z&EndTime=2026-01-01T01:00:00Z&Period=60&Statistics.member.1=Sum"))
	f.Add(2, "", []byte("member."))
	f.Add(2, "", []byte("Action=ListMetrics&Dimensions.member.1.Name=a&Dimensions.member.1=b&Dimensions=c&..=d"))
	s := New(Options{Store: figures{}, Authenticate: func(*http.Request, []byte, string) (models.Person, error) {
		return models.Person{ID: "fuzzer", Roles: []workflow.Role{workflow.RoleOperator}}, nil
	}})
	f.Fuzz(func(t *testing.T, protocol int, operation string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		switch protocol % 3 {
		case 0:
			r.URL.Path = Path + operation
			r.Header.Set("Content-Type", cborKind)
		case 1:
			r.Header.Set("X-Amz-Target", service+"."+operation)
			r.Header.Set("Content-Type", jsonKind)
		default:
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256")
		}
		if !Asks(r) {
			t.Skip("another's request")
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

func TestValuesInEveryForm(t *testing.T) {
	moment := time.Date(2026, 1, 31, 12, 0, 0, 500e6, time.UTC)
	for _, v := range []any{moment, float64(moment.UnixMilli()) / 1000, "2026-01-31T12:00:00.5Z", "1769860800.5", "2026-01-31T13:00:00.5+01:00"} {
		if got, err := (members{"T": v}).time("T"); err != nil || !got.Equal(moment) {
			t.Errorf("%v: %v, %v", v, got, err)
		}
	}
	for _, v := range []any{true, "soon", []any{}, 1e99, "NaN"} {
		if got, err := (members{"T": v}).time("T"); err == nil {
			t.Errorf("%v: %v", v, got)
		}
	}
	for _, v := range []any{60.0, int64(60), uint64(60), "60"} {
		if got, err := (members{"N": v}).number("N"); err != nil || got != 60 {
			t.Errorf("%v: %v, %v", v, got, err)
		}
	}
	for _, name := range []string{"p-1", "p101", "p", "p1e1", "px", "P50", "tm99", "pNaN", "p0x1"} {
		if _, ok := percentileOf(name); ok {
			t.Errorf("%s is a percentile", name)
		}
	}
}
