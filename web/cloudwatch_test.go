package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"countersign/models"
)

// watched is a site with executions behind it, and CloudWatch's own client.
type watched struct {
	executions
	w       *cloudwatch.Client
	machine string
	began   time.Time // a whole minute
}

// openWatched has run three executions in the first minute, of 0, 10 and 20 seconds, and one
// that failed in the third.
func openWatched(t *testing.T) watched {
	e := openExecutions(t)
	e.clock.millis.Store(e.clock.now().Truncate(time.Hour).UnixMilli())
	w := watched{executions: e, began: e.clock.now(), machine: e.machine("Watched", pausing)}
	w.w = w.metrics(models.DemoAccessKey, models.DemoAccessSecret)
	var open []string
	for _, seconds := range []int{0, 10, 20} {
		open = append(open, e.start(w.machine, with(fmt.Sprintf(`{"seconds":%d}`, seconds))))
	}
	for _, arn := range open {
		e.closed(arn)
		e.clock.advance(10 * time.Second)
	}
	e.clock.advance(2 * time.Minute)
	e.closed(e.start(w.machine, with(`{}`)))
	return w
}

// metrics is CloudWatch's client with an access key.
func (w watched) metrics(key, secret string) *cloudwatch.Client {
	server := httptest.NewServer(w.site)
	w.t.Cleanup(server.Close)
	return cloudwatch.New(cloudwatch.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""), HTTPSignerV4: siteSigner{v4.NewSigner(), w.clock},
	})
}

func (w watched) dimensions() []types.Dimension {
	return []types.Dimension{{Name: aws.String("StateMachineArn"), Value: &w.machine}}
}

func (w watched) ask(metric string, period int32, statistics ...types.Statistic) *cloudwatch.GetMetricStatisticsInput {
	return &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("AWS/States"), MetricName: &metric, Dimensions: w.dimensions(), Period: &period, Statistics: statistics,
		StartTime: &w.began, EndTime: aws.Time(w.began.Add(time.Hour)),
	}
}

func TestMetricStatistics(t *testing.T) {
	w := openWatched(t)
	points := func(in *cloudwatch.GetMetricStatisticsInput) []types.Datapoint {
		t.Helper()
		out, err := w.w.GetMetricStatistics(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if *out.Label != *in.MetricName {
			t.Errorf("label %s", *out.Label)
		}
		return out.Datapoints
	}
	got := points(w.ask("ExecutionTime", 60, types.StatisticSum, types.StatisticAverage, types.StatisticMinimum, types.StatisticMaximum, types.StatisticSampleCount))
	if len(got) != 2 || !got[0].Timestamp.Equal(w.began) || *got[0].Sum != 30_000 || *got[0].Average != 10_000 || *got[0].Minimum != 0 || *got[0].Maximum != 20_000 ||
		*got[0].SampleCount != 3 || got[0].Unit != types.StandardUnitMilliseconds || !got[1].Timestamp.Equal(w.began.Add(2*time.Minute)) {
		t.Errorf("%+v", got)
	}
	for metric, want := range map[string]float64{"ExecutionsStarted": 4, "ExecutionsSucceeded": 3, "ExecutionsFailed": 1, "ExecutionsAborted": 0, "ExecutionsTimedOut": 0} {
		in := w.ask(metric, 3600, types.StatisticSum)
		got := points(in)
		if len(got) != 1 || *got[0].Sum != want || got[0].Unit != types.StandardUnitCount || got[0].Average != nil {
			t.Errorf("%s: %+v", metric, got)
		}
		if in.Dimensions = nil; len(points(in)) != 1 || *points(in)[0].Sum != want { // of the account
			t.Errorf("%s without dimensions: %+v", metric, points(in))
		}
		if in.Unit = types.StandardUnitSeconds; len(points(in)) != 0 {
			t.Errorf("%s is in seconds", metric)
		}
	}
	in := w.ask("ExecutionTime", 3600)
	in.ExtendedStatistics = []string{"p0", "p50", "p99.9"}
	if got := points(in); len(got) != 1 || got[0].ExtendedStatistics["p0"] != 0 || got[0].ExtendedStatistics["p99.9"] < 19_800 ||
		got[0].ExtendedStatistics["p50"] < 0 || got[0].ExtendedStatistics["p50"] > 10_200 || len(got[0].ExtendedStatistics) != 3 {
		t.Errorf("%+v", got)
	}
	for what, change := range map[string]func(*cloudwatch.GetMetricStatisticsInput){
		"another namespace": func(in *cloudwatch.GetMetricStatisticsInput) { in.Namespace = aws.String("AWS/Lambda") },
		"no such metric":    func(in *cloudwatch.GetMetricStatisticsInput) { in.MetricName = aws.String("ExecutionsForgotten") },
		"before": func(in *cloudwatch.GetMetricStatisticsInput) {
			in.StartTime, in.EndTime = aws.Time(w.began.Add(-time.Hour)), &w.began
		},
		"another machine":   func(in *cloudwatch.GetMetricStatisticsInput) { in.Dimensions[0].Value = aws.String(arnOf("Other")) },
		"another dimension": func(in *cloudwatch.GetMetricStatisticsInput) { in.Dimensions[0].Name = aws.String("ActivityArn") },
		"of a version": func(in *cloudwatch.GetMetricStatisticsInput) {
			in.Dimensions = append(in.Dimensions, types.Dimension{Name: aws.String("Version"), Value: aws.String("1")})
		},
		"too many dimensions": func(in *cloudwatch.GetMetricStatisticsInput) {
			in.Dimensions = append(in.Dimensions, types.Dimension{Name: aws.String("A"), Value: aws.String("1")}, types.Dimension{Name: aws.String("B"), Value: aws.String("1")})
		},
	} {
		in := w.ask("ExecutionsStarted", 60, types.StatisticSum)
		change(in)
		if got := points(in); len(got) != 0 {
			t.Errorf("%s: %+v", what, got)
		}
	}
	// Periods begin where the question does, to the minute.
	in = w.ask("ExecutionsStarted", 120, types.StatisticSum)
	in.StartTime = aws.Time(w.began.Add(-time.Minute + 7*time.Second))
	if got := points(in); len(got) != 2 || !got[0].Timestamp.Equal(w.began.Add(-time.Minute)) || !got[1].Timestamp.Equal(w.began.Add(time.Minute)) {
		t.Errorf("%+v", got)
	}
}

func TestMetricsOfTasks(t *testing.T) {
	w := openWatched(t)
	activity, machine := w.activity("Sort", "")
	arn := w.start(machine)
	w.clock.advance(2 * time.Second)
	task := w.work(activity, "sorter")
	w.clock.advance(3 * time.Second)
	if _, err := w.c.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: task.TaskToken, Output: aws.String("{}")}); err != nil {
		t.Fatal(err)
	}
	w.closed(arn)
	for metric, want := range map[string]float64{"ActivitiesScheduled": 1, "ActivitiesStarted": 1, "ActivitiesSucceeded": 1,
		"ActivityScheduleTime": 2000, "ActivityRunTime": 3000, "ActivityTime": 5000} {
		in := w.ask(metric, 3600, types.StatisticSum)
		in.Dimensions = []types.Dimension{{Name: aws.String("ActivityArn"), Value: &activity}}
		out, err := w.w.GetMetricStatistics(t.Context(), in)
		if err != nil || len(out.Datapoints) != 1 || *out.Datapoints[0].Sum != want {
			t.Errorf("%s: %+v, %v", metric, out, err)
		}
	}
}

func TestMetricStatisticsRefuses(t *testing.T) {
	w := openWatched(t)
	for _, c := range []struct {
		code, text string
		change     func(*cloudwatch.GetMetricStatisticsInput)
	}{
		{"InvalidParameterValue", "multiple of 60", func(in *cloudwatch.GetMetricStatisticsInput) { in.Period = aws.Int32(61) }},
		{"InvalidParameterValue", "StartTime must be less than the parameter EndTime", func(in *cloudwatch.GetMetricStatisticsInput) { in.EndTime = in.StartTime }},
		{"InvalidParameterCombination", "You have requested up to 1441 datapoints, which exceeds the limit of 1440.", func(in *cloudwatch.GetMetricStatisticsInput) {
			in.EndTime = aws.Time(in.StartTime.Add(1441 * time.Minute))
		}},
		{"InvalidParameterCombination", "Statistics or ExtendedStatistics", func(in *cloudwatch.GetMetricStatisticsInput) { in.Statistics = nil }},
		{"InvalidParameterCombination", "not both", func(in *cloudwatch.GetMetricStatisticsInput) { in.ExtendedStatistics = []string{"p1"} }},
		{"InvalidParameterValue", "Statistics.member.1", func(in *cloudwatch.GetMetricStatisticsInput) { in.Statistics = []types.Statistic{"Median"} }},
		{"InvalidParameterValue", "ExtendedStatistics.member.1", func(in *cloudwatch.GetMetricStatisticsInput) {
			in.Statistics, in.ExtendedStatistics = nil, []string{"p101"}
		}},
		{"MissingParameter", "The parameter Namespace is required.", func(in *cloudwatch.GetMetricStatisticsInput) { in.Namespace = aws.String("") }},
	} {
		in := w.ask("ExecutionsStarted", 60, types.StatisticSum)
		c.change(in)
		_, err := w.w.GetMetricStatistics(t.Context(), in)
		refused(t, err, c.code, c.text)
	}
	_, err := w.w.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{AlarmName: aws.String("a"), EvaluationPeriods: aws.Int32(1), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold})
	refused(t, err, "InvalidAction", "PutMetricAlarm")
	stranger := w.metrics(models.DemoAccessKey, "guessed")
	_, err = stranger.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{})
	refused(t, err, "SignatureDoesNotMatch", "signature")
	key, secret, err := w.store.MakeAccessKey(t.Context(), models.DemoCustomer, "test", "")
	if err != nil {
		t.Fatal(err)
	}
	customer := w.metrics(key.ID, secret)
	_, err = customer.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{})
	refused(t, err, "AccessDenied", "cloudwatch:ListMetrics")
}

func TestListMetricsAndData(t *testing.T) {
	w := openWatched(t)
	list := func(in cloudwatch.ListMetricsInput) map[string]string {
		t.Helper()
		out, err := w.w.ListMetrics(t.Context(), &in)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for _, m := range out.Metrics {
			if *m.Namespace != "AWS/States" || len(m.Dimensions) != 1 {
				t.Errorf("%+v", m)
			}
			found[*m.MetricName] = *m.Dimensions[0].Name + "=" + *m.Dimensions[0].Value
		}
		return found
	}
	all := list(cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/States")})
	if names := slices.Sorted(maps.Keys(all)); !slices.Equal(names, []string{"ExecutionTime", "ExecutionsAborted", "ExecutionsFailed", "ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsTimedOut"}) ||
		all["ExecutionTime"] != "StateMachineArn="+w.machine {
		t.Errorf("%v", all)
	}
	if got := list(cloudwatch.ListMetricsInput{MetricName: aws.String("ExecutionTime"), Dimensions: []types.DimensionFilter{{Name: aws.String("StateMachineArn")}}}); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if got := list(cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/EC2")}); len(got) != 0 {
		t.Errorf("%v", got)
	}
	w.clock.advance(4 * time.Hour)
	if got := list(cloudwatch.ListMetricsInput{RecentlyActive: types.RecentlyActivePt3h}); len(got) != 0 {
		t.Errorf("%v", got)
	}
	_, err := w.w.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{NextToken: aws.String("?")})
	refused(t, err, "InvalidParameterValue", "NextToken is invalid")

	metric := &types.Metric{Namespace: aws.String("AWS/States"), MetricName: aws.String("ExecutionsStarted"), Dimensions: w.dimensions()}
	in := &cloudwatch.GetMetricDataInput{StartTime: &w.began, EndTime: aws.Time(w.began.Add(time.Hour)), MetricDataQueries: []types.MetricDataQuery{
		{Id: aws.String("sum"), MetricStat: &types.MetricStat{Metric: metric, Period: aws.Int32(60), Stat: aws.String("Sum")}, Label: aws.String("Begun")},
		{Id: aws.String("top"), MetricStat: &types.MetricStat{Metric: metric, Period: aws.Int32(300), Stat: aws.String("p99")}},
		{Id: aws.String("not"), MetricStat: &types.MetricStat{Metric: metric, Period: aws.Int32(60), Stat: aws.String("Sum")}, ReturnData: aws.Bool(false)},
	}}
	out, err := w.w.GetMetricData(t.Context(), in)
	if err != nil || len(out.MetricDataResults) != 2 {
		t.Fatalf("%+v, %v", out, err)
	}
	if r := out.MetricDataResults[0]; *r.Id != "sum" || *r.Label != "Begun" || !slices.Equal(r.Values, []float64{1, 3}) || !r.Timestamps[1].Equal(w.began) || r.StatusCode != types.StatusCodeComplete {
		t.Errorf("%+v", r)
	}
	if r := out.MetricDataResults[1]; *r.Label != "ExecutionsStarted" || !slices.Equal(r.Values, []float64{1}) {
		t.Errorf("%+v", r)
	}
	in.MetricDataQueries = []types.MetricDataQuery{{Id: aws.String("e"), Expression: aws.String("SUM(METRICS())")}}
	_, err = w.w.GetMetricData(t.Context(), in)
	refused(t, err, "InvalidParameterValue", "metric math")
}

// signed posts a body that is signed for a service.
func (w watched) signed(service, path, kind, body string, headers ...string) (*http.Response, string) {
	w.t.Helper()
	server := httptest.NewServer(w.site)
	defer server.Close()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, server.URL+path, bytes.NewReader([]byte(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	sum := sha256.Sum256([]byte(body))
	key := aws.Credentials{AccessKeyID: models.DemoAccessKey, SecretAccessKey: models.DemoAccessSecret}
	if err := v4.NewSigner().SignHTTP(w.t.Context(), key, r, hex.EncodeToString(sum[:]), service, "us-east-1", w.clock.now()); err != nil {
		w.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer, string(text)
}

// The same question in the older protocols.
func TestMetricsInOlderProtocols(t *testing.T) {
	w := openWatched(t)
	begin, end := w.began.Format(time.RFC3339), w.began.Add(time.Hour).Format(time.RFC3339)
	form := url.Values{"Action": {"GetMetricStatistics"}, "Version": {"2010-08-01"}, "Namespace": {"AWS/States"}, "MetricName": {"ExecutionTime"},
		"Dimensions.member.1.Name": {"StateMachineArn"}, "Dimensions.member.1.Value": {w.machine},
		"StartTime": {begin}, "EndTime": {end}, "Period": {"3600"}, "ExtendedStatistics.member.1": {"p100"}}
	answer, text := w.signed("monitoring", "/", "application/x-www-form-urlencoded; charset=utf-8", form.Encode())
	point := "<Datapoints><member><ExtendedStatistics><entry><key>p100</key><value>20000</value></entry></ExtendedStatistics>" +
		"<Timestamp>" + begin + "</Timestamp><Unit>Milliseconds</Unit></member></Datapoints><Label>ExecutionTime</Label>"
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/xml" ||
		!strings.Contains(text, `<GetMetricStatisticsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><GetMetricStatisticsResult>`+point) {
		t.Errorf("%d %s", answer.StatusCode, text)
	}
	form.Set("Period", "7")
	answer, text = w.signed("monitoring", "/", "application/x-www-form-urlencoded", form.Encode())
	if answer.StatusCode != http.StatusBadRequest || !strings.Contains(text, "<Type>Sender</Type><Code>InvalidParameterValue</Code>") {
		t.Errorf("%d %s", answer.StatusCode, text)
	}
	answer, text = w.signed("states", "/", "application/x-www-form-urlencoded", "Action=ListMetrics")
	if answer.StatusCode != http.StatusForbidden || !strings.Contains(text, "<Code>SignatureDoesNotMatch</Code>") {
		t.Errorf("%d %s", answer.StatusCode, text)
	}

	target := []string{"X-Amz-Target", "GraniteServiceVersion20100801.GetMetricStatistics"}
	question := fmt.Sprintf(`{"Namespace":"AWS/States","MetricName":"ExecutionTime","Dimensions":[{"Name":"StateMachineArn","Value":%q}],
		"StartTime":%d,"EndTime":%d.5,"Period":3600,"Statistics":["Sum"]}`, w.machine, w.began.Unix(), w.began.Add(time.Hour).Unix()-1)
	answer, text = w.signed("monitoring", "/", "application/x-amz-json-1.0", question, target...)
	if want := fmt.Sprintf(`{"Datapoints":[{"Sum":30000,"Timestamp":%d,"Unit":"Milliseconds"}],"Label":"ExecutionTime"}`, w.began.Unix()); text != want || answer.StatusCode != http.StatusOK {
		t.Errorf("%d %s, want %s", answer.StatusCode, text, want)
	}
	for body, code := range map[string]string{
		"{":                 "SerializationException",
		`{} {}`:             "SerializationException",
		`[]`:                "SerializationException",
		"\"\xff\"":          "SerializationException",
		`{"Namespace":7}`:   "InvalidParameterValueException",
		`{"Namespace":"A"}`: "MissingRequiredParameterException",
		`{"Namespace":"A","MetricName":"B","Dimensions":{}}`:                          "InvalidParameterValueException",
		`{"Namespace":"A","MetricName":"B","Dimensions":[7]}`:                         "InvalidParameterValueException",
		`{"Namespace":"A","MetricName":"B","Dimensions":[{"Name":"x"}]}`:              "MissingRequiredParameterException",
		`{"Namespace":"A","MetricName":"B","StartTime":"yesterday"}`:                  "InvalidParameterValueException",
		`{"Namespace":"A","MetricName":"B","StartTime":1e99,"EndTime":2}`:             "InvalidParameterValueException",
		`{"Namespace":"A","MetricName":"B","StartTime":1,"EndTime":2,"Period":1e30}`:  "InvalidParameterValueException",
		`{"Namespace":"A","MetricName":"B","StartTime":1,"EndTime":2,"Period":"1.5"}`: "InvalidParameterValueException",
	} {
		answer, text := w.signed("monitoring", "/", "application/x-amz-json-1.0", body, target...)
		if answer.StatusCode != http.StatusBadRequest || !strings.Contains(text, "com.amazonaws.cloudwatch#"+code) || answer.Header.Get("x-amzn-query-error") == "" {
			t.Errorf("%s: %d %s, want %s", body, answer.StatusCode, text, code)
		}
	}
	if answer, text := w.signed("monitoring", "/service/GraniteServiceVersion20100801/operation/ListMetrics", "application/cbor", "\xbf\xbf\xbf"); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("%d %q", answer.StatusCode, text)
	}
	if answer, _ := w.signed("monitoring", "/", "application/x-www-form-urlencoded", strings.Repeat("a=b&", 300_000)); answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 1.2 MB: %d", answer.StatusCode)
	}
}

// However few points an answer may hold, all of them come, each once and in order.
func TestMetricDataInParts(t *testing.T) {
	w := openWatched(t)
	metric := &types.Metric{Namespace: aws.String("AWS/States"), MetricName: aws.String("ExecutionsStarted"), Dimensions: w.dimensions()}
	query := func(id string, stat string) types.MetricDataQuery {
		return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{Metric: metric, Period: aws.Int32(60), Stat: &stat}}
	}
	in := cloudwatch.GetMetricDataInput{StartTime: &w.began, EndTime: aws.Time(w.began.Add(time.Hour)),
		MetricDataQueries: []types.MetricDataQuery{query("a", "Sum"), query("b", "SampleCount"), query("c", "Maximum")}}
	for _, order := range []types.ScanBy{types.ScanByTimestampAscending, types.ScanByTimestampDescending} {
		in.ScanBy = order
		whole, err := w.w.GetMetricData(t.Context(), &in)
		if err != nil || whole.NextToken != nil {
			t.Fatal(whole, err)
		}
		want := map[string][]float64{}
		for _, r := range whole.MetricDataResults {
			want[*r.Id] = r.Values
		}
		for most := int32(1); most <= 7; most++ {
			part, got, parts, last := in, map[string][]float64{}, 0, map[string]types.StatusCode{}
			part.MaxDatapoints = &most
			for {
				out, err := w.w.GetMetricData(t.Context(), &part)
				if err != nil {
					t.Fatal(err)
				}
				n := 0
				for _, r := range out.MetricDataResults {
					got[*r.Id] = append(got[*r.Id], r.Values...)
					last[*r.Id] = r.StatusCode
					n += len(r.Values)
				}
				if parts++; n > int(most) || parts > 7 {
					t.Fatalf("part %d has %d points, at most %d were asked for", parts, n, most)
				}
				if part.NextToken = out.NextToken; part.NextToken == nil {
					break
				}
			}
			if diff := cmp.Diff(want, got); diff != "" || parts != (6+int(most)-1)/int(most) {
				t.Errorf("%s, %d at once: %d parts %s", order, most, parts, diff)
			}
			for id, code := range last {
				if code != types.StatusCodeComplete {
					t.Errorf("%s ends as %s", id, code)
				}
			}
		}
	}
	for token, refusal := range map[string]string{"?": "InvalidNextToken", "OUAx": "InvalidNextToken"} {
		part := in
		part.NextToken = &token
		_, err := w.w.GetMetricData(t.Context(), &part)
		refused(t, err, refusal, "next token")
	}
	in.MaxDatapoints = aws.Int32(100_801)
	_, err := w.w.GetMetricData(t.Context(), &in)
	refused(t, err, "InvalidParameterValue", "MaxDatapoints")
}
