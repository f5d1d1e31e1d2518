package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"countersign/models"
)

// signed is a request to the API as the demo operator signs it.
func (s *site) signed(target, body string) *http.Request {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", target)
	s.sign(r, body, s.clock.now())
	return r
}

func (s *site) sign(r *http.Request, body string, at time.Time) {
	s.t.Helper()
	sum := sha256.Sum256([]byte(body))
	err := v4.NewSigner().SignHTTP(s.t.Context(), aws.Credentials{AccessKeyID: models.DemoAccessKey, SecretAccessKey: models.DemoAccessSecret},
		r, hex.EncodeToString(sum[:]), "states", "us-east-1", at)
	if err != nil {
		s.t.Fatal(err)
	}
}

// raw sends a request and reads the answer: its status, code and message.
func (s *site) raw(r *http.Request) (status int, code, message string) {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var body struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if kind := w.Header().Get("Content-Type"); kind != "application/x-amz-json-1.0" || len(w.Header().Get("x-amzn-RequestId")) != 36 {
		s.t.Errorf("answered as %q, request %q", kind, w.Header().Get("x-amzn-RequestId"))
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		s.t.Errorf("%v in %q", err, w.Body)
	}
	_, code, _ = strings.Cut(body.Type, "#")
	return w.Code, code, body.Message
}

func TestDocumentsOfTheWrongForm(t *testing.T) {
	s := openSite(t)
	const create = "AWSStepFunctions.CreateStateMachine"
	for name, c := range map[string]struct{ target, body, code, message string }{
		"unknown operation":      {"AWSStepFunctions.Sing", "{}", "UnknownOperationException", ""},
		"another service":        {"DynamoDB_20120810.ListTables", "{}", "UnknownOperationException", "not DynamoDB_20120810.ListTables"},
		"lower case":             {"AWSStepFunctions.createStateMachine", "{}", "UnknownOperationException", ""},
		"no JSON":                {create, "{", "SerializationException", "not JSON"},
		"two documents":          {create, "{}{}", "SerializationException", "after the end"},
		"a list":                 {create, "[]", "SerializationException", "not a JSON object"},
		"not UTF-8":              {create, "{\"name\":\"\xff\"}", "SerializationException", "not UTF-8"},
		"deep":                   {create, `{"x":` + strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000) + "}", "SerializationException", "levels deep"},
		"deep and open":          {create, `{"x":` + strings.Repeat("{\"x\":", 50_000), "SerializationException", "levels deep"},
		"number for text":        {create, `{"name":1}`, "SerializationException", "NUMBER_VALUE can not be converted to a String"},
		"flag for text":          {create, `{"name":true}`, "SerializationException", "TRUE_VALUE can not be converted to a String"},
		"structure for text":     {create, `{"name":{}}`, "SerializationException", "Start of structure or map found where not expected."},
		"list for text":          {create, `{"name":[]}`, "SerializationException", "Start of list found where not expected"},
		"text for flag":          {create, `{"publish":"true"}`, "SerializationException", "STRING_VALUE can not be converted to a Boolean"},
		"text for structure":     {create, `{"tracingConfiguration":"on"}`, "SerializationException", "Unexpected field type"},
		"text for list":          {create, `{"tags":"x"}`, "SerializationException", "STRING_VALUE"},
		"text in a list":         {create, `{"tags":["x"]}`, "SerializationException", "Unexpected field type"},
		"text for number":        {"AWSStepFunctions.ListStateMachines", `{"maxResults":"1"}`, "SerializationException", "STRING_VALUE can not be converted to an Integer"},
		"huge number":            {"AWSStepFunctions.ListStateMachines", `{"maxResults":1e999}`, "ValidationException", "Member must have value less than or equal to 1000"},
		"negative number":        {"AWSStepFunctions.ListStateMachines", `{"maxResults":-1}`, "ValidationException", "Value '-1' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 0"},
		"nothing of what it has": {create, `{}`, "ValidationException", "3 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value null at 'definition' failed to satisfy constraint: Member must not be null; Value null at 'roleArn' failed to satisfy constraint: Member must not be null"},
		"null":                   {create, `{"name":null,"definition":"{}","roleArn":"arn:x"}`, "ValidationException", "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"},
		"other capitals":         {create, `{"Name":"n","definition":"{}","roleArn":"arn:x"}`, "ValidationException", "Value null at 'name'"},
		"null in a list":         {create, `{"name":"n","definition":"{}","roleArn":"arn:x","tags":[null]}`, "ValidationException", "Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null"},
		"an empty document":      {create, "", "ValidationException", "3 validation errors detected"},
	} {
		status, code, message := s.raw(s.signed(c.target, c.body))
		if status != http.StatusBadRequest || code != c.code || !strings.Contains(message, c.message) {
			t.Errorf("%s: got %d %s %q, want %s %q", name, status, code, message, c.code, c.message)
		}
	}
	if status, code, _ := s.raw(s.signed(create, `{"name":"`+strings.Repeat("x", 5<<20)+`"}`)); status != http.StatusRequestEntityTooLarge || code != "RequestEntityTooLargeException" {
		t.Errorf("too large: %d %s", status, code)
	}
	if status, code, message := s.raw(s.signed("AWSStepFunctions.ListStateMachines", `{"maxResults":7.9,"unknown":{"x":[1]},"MaxResults":"x"}`)); status != http.StatusOK {
		t.Errorf("unknown members: %d %s %s", status, code, message)
	}
}

func TestOtherThingsPostedToTheAPIsAddress(t *testing.T) {
	s := openSite(t)
	r := s.signed("AWSStepFunctions.ListActivities", "{}")
	r.Header.Set("Content-Type", "application/json")
	if status, code, _ := s.raw(r); status != http.StatusBadRequest || code != "UnknownOperationException" {
		t.Errorf("plain JSON: %d %s", status, code)
	}
	plain := s.browser().send(httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", strings.NewReader("a=b"))).is(http.StatusMethodNotAllowed)
	if allow := plain.Header.Get("Allow"); allow != "GET, HEAD" {
		t.Errorf("Allow is %q", allow)
	}
	topic := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", strings.NewReader("Action=CreateTopic&Name=N&Version=2010-03-31"))
	topic.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	topic.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=demo/20260101/us-east-1/sns/aws4_request")
	s.browser().send(topic).is(http.StatusBadRequest).says("<Code>InvalidAction</Code>").says("not CreateTopic")
	function := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/2015-03-31/functions", nil)
	function.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=demo/20260101/us-east-1/lambda/aws4_request")
	s.browser().send(function).is(http.StatusNotFound).says(`"message":"There is no page at this address.`)
	large := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", strings.NewReader(strings.Repeat("x", 2<<20)))
	s.browser().send(large).is(http.StatusRequestEntityTooLarge)
}

func TestSignaturesAreChecked(t *testing.T) {
	s := openSite(t)
	const target = "AWSStepFunctions.ListActivities"
	for name, c := range map[string]struct {
		change        func(*http.Request)
		code, message string
	}{
		"none":        {func(r *http.Request) { r.Header.Del("Authorization") }, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		"API key":     {func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+models.DemoKey) }, "IncompleteSignatureException", "Unsupported AWS 'algorithm'"},
		"unknown key": {func(r *http.Request) { replaceIn(r, "Credential=demo/", "Credential=nobody/") }, "UnrecognizedClientException", "The security token included in the request is invalid."},
		"signature":   {func(r *http.Request) { replaceIn(r, "Signature=", "Signature="+strings.Repeat("0", 64)+", X=") }, "InvalidSignatureException", "The request signature we calculated does not match"},
		"body":        {func(r *http.Request) { r.Body = http.NoBody }, "InvalidSignatureException", "does not match"},
		"operation":   {func(r *http.Request) { r.Header.Set("X-Amz-Target", "AWSStepFunctions.ListStateMachines") }, "InvalidSignatureException", "does not match"},
		"old":         {func(r *http.Request) { s.sign(r, "{}", s.clock.now().Add(-6*time.Minute)) }, "InvalidSignatureException", "Signature expired: "},
		"early":       {func(r *http.Request) { s.sign(r, "{}", s.clock.now().Add(6*time.Minute)) }, "InvalidSignatureException", "Signature not yet current: "},
		"truncated":   {func(r *http.Request) { h := r.Header.Get("Authorization"); r.Header.Set("Authorization", h[:60]) }, "IncompleteSignatureException", "requires 'Signature'"},
	} {
		r := s.signed(target, "{}")
		c.change(r)
		status, code, message := s.raw(r)
		if status != http.StatusBadRequest || code != c.code || !strings.Contains(message, c.message) {
			t.Errorf("%s: got %d %s %q", name, status, code, message)
		}
	}
	if status, code, _ := s.raw(s.signed(target, "{}")); status != http.StatusOK {
		t.Errorf("a good signature: %d %s", status, code)
	}
}

func replaceIn(r *http.Request, old, new string) {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
}

func TestGuessingAtSecretsIsSlow(t *testing.T) {
	s := openSite(t)
	var last string
	for range 30 {
		r := s.signed("AWSStepFunctions.ListActivities", "{}")
		replaceIn(r, "Credential=demo/", "Credential=guess/")
		_, last, _ = s.raw(r)
	}
	if last != "ThrottlingException" {
		t.Errorf("after many guesses: %s", last)
	}
	if status, code, _ := s.raw(s.signed("AWSStepFunctions.ListActivities", "{}")); status != http.StatusOK {
		t.Errorf("who signs correctly is turned away too: %d %s", status, code)
	}
}

func TestRolesInTheAPI(t *testing.T) {
	s := openSite(t)
	for person, may := range map[string]struct{ read, write bool }{
		models.DemoCustomer: {}, models.DemoApprover: {read: true}, models.DemoOperator: {true, true}, models.DemoAdministrator: {true, true},
	} {
		c := s.clientOf(person)
		_, err := c.ListStateMachines(t.Context(), nil)
		permitted(t, person+" reads", err, may.read, "states:ListStateMachines")
		_, err = c.CreateActivity(t.Context(), &sfn.CreateActivityInput{Name: aws.String("a")})
		permitted(t, person+" writes", err, may.write, "states:CreateActivity")
	}
	if err := s.store.SetRoles(t.Context(), models.DemoOperator, nil, true, ""); err != nil {
		t.Fatal(err)
	}
	_, err := s.sdk().ListStateMachines(t.Context(), nil)
	refused(t, err, "UnrecognizedClientException", "")
}

func permitted(t *testing.T, what string, err error, want bool, action string) {
	t.Helper()
	if want {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return
	}
	refused(t, err, "AccessDeniedException", "is not authorized to perform: "+action)
}

// The demo's key opens nothing once the demo is over.
func TestDemoAccessKeyEndsWithTheDemo(t *testing.T) {
	s := openSite(t, withoutDemo)
	_, err := s.sdk().ListStateMachines(t.Context(), nil)
	refused(t, err, "UnrecognizedClientException", "")
}

func TestSecretsStayOutOfTheLog(t *testing.T) {
	var log bytes.Buffer
	s := openSite(t, func(o *Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	r := s.signed("AWSStepFunctions.ListActivities", "{}")
	s.raw(r)
	s.raw(s.signed("AWSStepFunctions.CreateActivity", `{"name":"a b"}`))
	authorization := r.Header.Get("Authorization")
	for _, secret := range []string{models.DemoAccessSecret, authorization[len(authorization)-64:]} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, log.String())
		}
	}
}

func FuzzAPIBodies(f *testing.F) {
	operations := []string{
		"CreateStateMachine", "UpdateStateMachine", "DescribeStateMachine", "ListStateMachines", "DeleteStateMachine", "ValidateStateMachineDefinition",
		"PublishStateMachineVersion", "ListStateMachineVersions", "DeleteStateMachineVersion", "CreateStateMachineAlias", "UpdateStateMachineAlias",
		"DescribeStateMachineAlias", "ListStateMachineAliases", "DeleteStateMachineAlias", "TagResource", "UntagResource", "ListTagsForResource",
		"CreateActivity", "DescribeActivity", "ListActivities", "DeleteActivity",
		"StartExecution", "StartSyncExecution", "StopExecution", "DescribeExecution", "DescribeStateMachineForExecution", "ListExecutions",
		"GetExecutionHistory", "RedriveExecution", "SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat", "GetActivityTask",
		"ListMapRuns", "DescribeMapRun", "UpdateMapRun",
	}
	for i, body := range []string{
		`{"name":"n","definition":"{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true}}}","roleArn":"arn:aws:iam::1:role/r","tags":[{"key":"a","value":"b"}]}`,
		`{"stateMachineArn":"arn:aws:states:us-east-1:123456789012:stateMachine:n:1","maxResults":1e400,"nextToken":"AAAA"}`,
		`{"routingConfiguration":[{"stateMachineVersionArn":"arn:aws:states:::stateMachine::","weight":100}],"name":"x"}`,
		`{"executionArn":"arn:aws:states:us-east-1:123456789012:execution:a:b","input":"{","taskToken":"x","output":"[","mapRunArn":"arn:aws:states:us-east-1:123456789012:mapRun:a/b:c"}`,
		`{"resourceArn":"arn:::::","tags":[{}],"tagKeys":[null]}`, `[[[[`, `{"a":1}{`, "\xff", `null`, ``,
	} {
		f.Add(uint8(i), body)
	}
	s := openSite(f)
	s.sfn.Poll = time.Millisecond
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		s.t = t
		if status, code, message := s.raw(s.signed("AWSStepFunctions."+operations[int(which)%len(operations)], body)); status >= http.StatusInternalServerError {
			t.Errorf("%d %s %s for %q", status, code, message, body)
		}
	})
}
