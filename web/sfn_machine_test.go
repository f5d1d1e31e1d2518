package web

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	smithydocument "github.com/aws/smithy-go/document"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"countersign/workflow"
)

const (
	passing   = `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`
	passing2  = `{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}`
	otherRole = "arn:aws:iam::123456789012:role/other"
)

// sameAnswer compares answers but for what every request has of its own.
func sameAnswer[T any](t *testing.T, got *T, err error, want T) {
	t.Helper()
	if err != nil {
		t.Error(err)
		return
	}
	if diff := cmp.Diff(want, *got, cmpopts.IgnoreTypes(middleware.Metadata{}, smithydocument.NoSerde{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// machines is a site and its client, for tests of state machines.
type machines struct {
	*site
	c *sfn.Client
}

func openMachines(t *testing.T) machines {
	s := openSite(t)
	return machines{s, s.sdk()}
}

// create makes a state machine that passes, changed by change, and gives its ARN.
func (m machines) create(name string, change ...func(*sfn.CreateStateMachineInput)) *sfn.CreateStateMachineOutput {
	m.t.Helper()
	in := &sfn.CreateStateMachineInput{Name: &name, Definition: aws.String(passing), RoleArn: aws.String(testRole)}
	for _, f := range change {
		f(in)
	}
	out, err := m.c.CreateStateMachine(m.t.Context(), in)
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

func published(in *sfn.CreateStateMachineInput) { in.Publish = true }

func (m machines) describe(arn string) *sfn.DescribeStateMachineOutput {
	m.t.Helper()
	out, err := m.c.DescribeStateMachine(m.t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

func arnOf(name string) string { return string(workflow.StateMachineARN(name)) }

func TestStateMachineIsDescribedAsItWasCreated(t *testing.T) {
	m := openMachines(t)
	made := m.create("Full", func(in *sfn.CreateStateMachineInput) {
		in.Type = types.StateMachineTypeExpress
		in.TracingConfiguration = &types.TracingConfiguration{Enabled: true}
		in.LoggingConfiguration = &types.LoggingConfiguration{Level: types.LogLevelAll, IncludeExecutionData: true, Destinations: []types.LogDestination{
			{CloudWatchLogsLogGroup: &types.CloudWatchLogsLogGroup{LogGroupArn: aws.String("arn:aws:logs:us-east-1:123456789012:log-group:/x:*")}}}}
		in.EncryptionConfiguration = &types.EncryptionConfiguration{Type: types.EncryptionTypeCustomerManagedKmsKey, KmsKeyId: aws.String("alias/k"), KmsDataKeyReusePeriodSeconds: aws.Int32(60)}
	})
	got := m.describe(*made.StateMachineArn)
	sameAnswer(t, got, nil, sfn.DescribeStateMachineOutput{
		StateMachineArn: aws.String(arnOf("Full")), Name: aws.String("Full"), Definition: aws.String(passing), RoleArn: aws.String(testRole),
		Type: types.StateMachineTypeExpress, Status: types.StateMachineStatusActive, CreationDate: made.CreationDate,
		TracingConfiguration: &types.TracingConfiguration{Enabled: true},
		LoggingConfiguration: &types.LoggingConfiguration{Level: types.LogLevelAll, IncludeExecutionData: true, Destinations: []types.LogDestination{
			{CloudWatchLogsLogGroup: &types.CloudWatchLogsLogGroup{LogGroupArn: aws.String("arn:aws:logs:us-east-1:123456789012:log-group:/x:*")}}}},
		EncryptionConfiguration: &types.EncryptionConfiguration{Type: types.EncryptionTypeCustomerManagedKmsKey, KmsKeyId: aws.String("alias/k"), KmsDataKeyReusePeriodSeconds: aws.Int32(60)},
	})
	if !made.CreationDate.Equal(m.clock.now()) {
		t.Errorf("created at %v, now is %v", made.CreationDate, m.clock.now())
	}

	m.create("Plain")
	sameAnswer(t, m.describe(arnOf("Plain")), nil, sfn.DescribeStateMachineOutput{
		StateMachineArn: aws.String(arnOf("Plain")), Name: aws.String("Plain"), Definition: aws.String(passing), RoleArn: aws.String(testRole),
		Type: types.StateMachineTypeStandard, Status: types.StateMachineStatusActive, CreationDate: made.CreationDate,
		TracingConfiguration: &types.TracingConfiguration{}, LoggingConfiguration: &types.LoggingConfiguration{Level: types.LogLevelOff},
		EncryptionConfiguration: &types.EncryptionConfiguration{Type: types.EncryptionTypeAwsOwnedKey},
	})

	bare, err := m.c.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(arnOf("Plain")), IncludedData: types.IncludedDataMetadataOnly})
	if err != nil || *bare.Definition != "{}" {
		t.Errorf("metadata only: %v, %v", bare, err)
	}
}

func TestCreateStateMachineIsIdempotentByContent(t *testing.T) {
	m := openMachines(t)
	first := m.create("Twice", published, func(in *sfn.CreateStateMachineInput) { in.VersionDescription = aws.String("one") })
	again := func(change func(*sfn.CreateStateMachineInput)) (*sfn.CreateStateMachineOutput, error) {
		m.clock.advance(time.Second)
		in := &sfn.CreateStateMachineInput{Name: aws.String("Twice"), Definition: aws.String(passing), RoleArn: aws.String(testRole), Publish: true, VersionDescription: aws.String("one")}
		change(in)
		return m.c.CreateStateMachine(t.Context(), in)
	}
	for name, change := range map[string]func(*sfn.CreateStateMachineInput){
		"same":         func(*sfn.CreateStateMachineInput) {},
		"another role": func(in *sfn.CreateStateMachineInput) { in.RoleArn = aws.String(otherRole) },
		"other tags": func(in *sfn.CreateStateMachineInput) {
			in.Tags = []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}
		},
	} {
		out, err := again(change)
		if err != nil || !cmp.Equal(out.StateMachineArn, first.StateMachineArn) || !out.CreationDate.Equal(*first.CreationDate) || *out.StateMachineVersionArn != arnOf("Twice")+":1" {
			t.Errorf("%s: %v, %v", name, out, err)
		}
	}
	if is := m.describe(arnOf("Twice")); *is.RoleArn != testRole {
		t.Errorf("the role was changed to %s", *is.RoleArn)
	}
	for name, change := range map[string]func(*sfn.CreateStateMachineInput){
		"definition": func(in *sfn.CreateStateMachineInput) { in.Definition = aws.String(passing + " ") },
		"type":       func(in *sfn.CreateStateMachineInput) { in.Type = types.StateMachineTypeExpress },
		"tracing": func(in *sfn.CreateStateMachineInput) {
			in.TracingConfiguration = &types.TracingConfiguration{Enabled: true}
		},
		"logging": func(in *sfn.CreateStateMachineInput) {
			in.LoggingConfiguration = &types.LoggingConfiguration{IncludeExecutionData: true}
		},
		"publish":     func(in *sfn.CreateStateMachineInput) { in.Publish, in.VersionDescription = false, nil },
		"description": func(in *sfn.CreateStateMachineInput) { in.VersionDescription = aws.String("two") },
	} {
		if _, err := again(change); err == nil {
			t.Errorf("another %s is taken for the same", name)
		} else {
			refused(t, err, "StateMachineAlreadyExists", "State Machine Already Exists: '"+arnOf("Twice")+"'")
		}
	}
}

func TestStateMachinesThatCannotBeCreated(t *testing.T) {
	m := openMachines(t)
	for name, c := range map[string]struct {
		change     func(*sfn.CreateStateMachineInput)
		code, text string
	}{
		"name":             {func(in *sfn.CreateStateMachineInput) { in.Name = aws.String("a b") }, "InvalidName", "Invalid Name: 'a b'"},
		"long name":        {func(in *sfn.CreateStateMachineInput) { in.Name = aws.String(strings.Repeat("n", 81)) }, "ValidationException", "1 validation error detected: Value '" + strings.Repeat("n", 81) + "' at 'name' failed to satisfy constraint: Member must have length less than or equal to 80"},
		"empty name":       {func(in *sfn.CreateStateMachineInput) { in.Name = aws.String("") }, "ValidationException", "Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		"role":             {func(in *sfn.CreateStateMachineInput) { in.RoleArn = aws.String("admin") }, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: admin'"},
		"role of nothing":  {func(in *sfn.CreateStateMachineInput) { in.RoleArn = aws.String("arn:aws:iam::123456789012:user/x") }, "InvalidArn", "Invalid Arn"},
		"type":             {func(in *sfn.CreateStateMachineInput) { in.Type = "SLOW" }, "ValidationException", "Value 'SLOW' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]"},
		"definition":       {func(in *sfn.CreateStateMachineInput) { in.Definition = aws.String(`{"States":{}}`) }, "InvalidDefinition", "Invalid State Machine Definition: '"},
		"empty definition": {func(in *sfn.CreateStateMachineInput) { in.Definition = aws.String("") }, "ValidationException", "Value at 'definition' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		"huge definition":  {func(in *sfn.CreateStateMachineInput) { in.Definition = aws.String(strings.Repeat(" ", 1<<20+1)) }, "ValidationException", "Value at 'definition' failed to satisfy constraint: Member must have length less than or equal to 1048576"},
		"description":      {func(in *sfn.CreateStateMachineInput) { in.VersionDescription = aws.String("x") }, "ValidationException", "Version description can only be set when publish is true"},
		"logging to nowhere": {func(in *sfn.CreateStateMachineInput) {
			in.LoggingConfiguration = &types.LoggingConfiguration{Level: types.LogLevelAll}
		}, "InvalidLoggingConfiguration", "Must specify exactly one Log Destination."},
		"key of nobody's": {func(in *sfn.CreateStateMachineInput) {
			in.EncryptionConfiguration = &types.EncryptionConfiguration{Type: types.EncryptionTypeCustomerManagedKmsKey}
		}, "InvalidEncryptionConfiguration", "kmsKeyId"},
		"reuse period": {func(in *sfn.CreateStateMachineInput) {
			in.EncryptionConfiguration = &types.EncryptionConfiguration{Type: types.EncryptionTypeCustomerManagedKmsKey, KmsKeyId: aws.String("k"), KmsDataKeyReusePeriodSeconds: aws.Int32(59)}
		}, "ValidationException", "Value '59' at 'encryptionConfiguration.kmsDataKeyReusePeriodSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60"},
		"tags": {func(in *sfn.CreateStateMachineInput) { in.Tags = manyTags(51) }, "TooManyTags", ""},
	} {
		in := &sfn.CreateStateMachineInput{Name: aws.String("M"), Definition: aws.String(passing), RoleArn: aws.String(testRole)}
		c.change(in)
		_, err := m.c.CreateStateMachine(t.Context(), in)
		if err == nil {
			t.Errorf("%s: created", name)
			continue
		}
		refused(t, err, c.code, c.text)
	}
	if list, err := m.c.ListStateMachines(t.Context(), nil); err != nil || len(list.StateMachines) != 0 {
		t.Errorf("something was left behind: %v, %v", list.StateMachines, err)
	}
}

func TestUpdateStateMachine(t *testing.T) {
	m := openMachines(t)
	arn := m.create("Changing").StateMachineArn
	update := func(change func(*sfn.UpdateStateMachineInput)) (*sfn.UpdateStateMachineOutput, error) {
		m.clock.advance(time.Second)
		in := &sfn.UpdateStateMachineInput{StateMachineArn: arn}
		change(in)
		return m.c.UpdateStateMachine(t.Context(), in)
	}
	same, err := update(func(in *sfn.UpdateStateMachineInput) { in.Definition = aws.String(passing) })
	if err != nil || same.RevisionId != nil || same.StateMachineVersionArn != nil {
		t.Errorf("nothing differs: %v, %v", same, err)
	}
	var revisions []string
	for name, change := range map[string]func(*sfn.UpdateStateMachineInput){
		"definition": func(in *sfn.UpdateStateMachineInput) { in.Definition = aws.String(passing2) },
		"role":       func(in *sfn.UpdateStateMachineInput) { in.RoleArn = aws.String(otherRole) },
		"logging": func(in *sfn.UpdateStateMachineInput) {
			in.LoggingConfiguration = &types.LoggingConfiguration{IncludeExecutionData: true}
		},
		"tracing": func(in *sfn.UpdateStateMachineInput) {
			in.TracingConfiguration = &types.TracingConfiguration{Enabled: true}
		},
		"encryption": func(in *sfn.UpdateStateMachineInput) {
			in.EncryptionConfiguration = &types.EncryptionConfiguration{Type: types.EncryptionTypeAwsOwnedKey}
		},
	} {
		out, err := update(change)
		if err != nil || out.RevisionId == nil || slices.Contains(revisions, *out.RevisionId) || !out.UpdateDate.Equal(m.clock.now()) {
			t.Errorf("%s: %+v, %v", name, out, err)
			continue
		}
		revisions = append(revisions, *out.RevisionId)
		if again, err := update(change); err != nil || *again.RevisionId != *out.RevisionId {
			t.Errorf("%s again: %+v, %v", name, again, err)
		}
	}
	is := m.describe(*arn)
	if *is.Definition != passing2 || *is.RoleArn != otherRole || !is.LoggingConfiguration.IncludeExecutionData || is.LoggingConfiguration.Level != types.LogLevelOff ||
		!is.TracingConfiguration.Enabled || *is.RevisionId != revisions[len(revisions)-1] {
		t.Errorf("described as %+v", is)
	}

	_, err = update(func(*sfn.UpdateStateMachineInput) {})
	refused(t, err, "MissingRequiredParameter", "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified")
	_, err = update(func(in *sfn.UpdateStateMachineInput) {
		in.Definition, in.VersionDescription = aws.String(passing), aws.String("x")
	})
	refused(t, err, "ValidationException", "Version description can only be set when publish is true")
	_, err = update(func(in *sfn.UpdateStateMachineInput) { in.Definition = aws.String("{}") })
	refused(t, err, "InvalidDefinition", "Invalid State Machine Definition: '")
	_, err = update(func(in *sfn.UpdateStateMachineInput) { in.RoleArn = aws.String("x") })
	refused(t, err, "InvalidArn", "Invalid ARN prefix: x")
	_, err = update(func(in *sfn.UpdateStateMachineInput) {
		in.StateMachineArn, in.RoleArn = aws.String(arnOf("Missing")), aws.String(testRole)
	})
	refused(t, err, "StateMachineDoesNotExist", "State Machine Does Not Exist: '"+arnOf("Missing")+"'")
	_, err = update(func(in *sfn.UpdateStateMachineInput) {
		in.StateMachineArn, in.RoleArn = aws.String(*arn+"/label"), aws.String(testRole)
	})
	refused(t, err, "ValidationException", "label")
	if now := m.describe(*arn); *now.RevisionId != *is.RevisionId {
		t.Error("a refused update changed something")
	}
}

func TestDeleteStateMachine(t *testing.T) {
	m := openMachines(t)
	arn := m.create("Going", published).StateMachineArn
	alias, err := m.c.CreateStateMachineAlias(t.Context(), &sfn.CreateStateMachineAliasInput{Name: aws.String("prod"), RoutingConfiguration: toVersion("Going", 1, 100)})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing, which is no error
		if _, err := m.c.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: arn}); err != nil {
			t.Error(err)
		}
	}
	_, err = m.c.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: arn})
	refused(t, err, "StateMachineDoesNotExist", "State Machine Does Not Exist: '"+*arn+"'")
	_, err = m.c.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(*arn + ":1")})
	refused(t, err, "StateMachineDoesNotExist", *arn+":1")
	_, err = m.c.DescribeStateMachineAlias(t.Context(), &sfn.DescribeStateMachineAliasInput{StateMachineAliasArn: alias.StateMachineAliasArn})
	refused(t, err, "ResourceNotFound", *alias.StateMachineAliasArn)
	_, err = m.c.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: aws.String("nothing")})
	refused(t, err, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: nothing'")
	_, err = m.c.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: aws.String(string(workflow.ActivityARN("x")))})
	refused(t, err, "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: activity'")

	m.create("Going", published) // starts anew, at version 1
	if list, err := m.c.ListStateMachineVersions(t.Context(), &sfn.ListStateMachineVersionsInput{StateMachineArn: arn}); err != nil || len(list.StateMachineVersions) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestConcurrentCreationsMakeOne(t *testing.T) {
	m := openMachines(t)
	var group sync.WaitGroup
	results := make([]error, 16)
	for i := range results {
		group.Go(func() {
			_, results[i] = m.c.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
				Name: aws.String("Race"), Definition: aws.String(fmt.Sprintf(`{"Comment":"%d",%s`, i%2, passing[1:])), RoleArn: aws.String(testRole)})
		})
	}
	group.Wait()
	is := m.describe(arnOf("Race"))
	for i, err := range results {
		if mine := strings.Contains(*is.Definition, fmt.Sprintf(`"%d"`, i%2)); mine != (err == nil) {
			t.Errorf("creation %d: stands is %v, error %v", i, mine, err)
		}
	}
}

func TestListsOfStateMachinesHavePages(t *testing.T) {
	m := openMachines(t)
	var want []string
	for i := range 7 {
		name := fmt.Sprintf("m%d", i)
		want = append(want, *m.create(name).StateMachineArn)
	}
	var got []string
	pages := sfn.NewListStateMachinesPaginator(m.c, &sfn.ListStateMachinesInput{MaxResults: 3})
	var token *string
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.StateMachines {
			got = append(got, *item.StateMachineArn)
		}
		if page.NextToken != nil {
			token = page.NextToken
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	_, err := m.c.ListStateMachines(t.Context(), &sfn.ListStateMachinesInput{MaxResults: 1001})
	refused(t, err, "ValidationException", "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000")
	_, err = m.c.ListStateMachines(t.Context(), &sfn.ListStateMachinesInput{NextToken: aws.String("garbage")})
	refused(t, err, "InvalidToken", "Invalid Token: 'Invalid token'")
	_, err = m.c.ListActivities(t.Context(), &sfn.ListActivitiesInput{NextToken: token})
	refused(t, err, "InvalidToken", "") // it is another list's
	changed := []byte(*token)
	changed[len(changed)/2] ^= 1
	_, err = m.c.ListStateMachines(t.Context(), &sfn.ListStateMachinesInput{NextToken: aws.String(string(changed))})
	refused(t, err, "InvalidToken", "")
	if _, err = m.c.ListStateMachines(t.Context(), &sfn.ListStateMachinesInput{NextToken: token}); err != nil {
		t.Error(err)
	}
	m.clock.advance(24*time.Hour + time.Second)
	_, err = m.c.ListStateMachines(t.Context(), &sfn.ListStateMachinesInput{NextToken: token})
	refused(t, err, "InvalidToken", "")
}

func manyTags(n int) (tags []types.Tag) {
	for i := range n {
		tags = append(tags, types.Tag{Key: aws.String(fmt.Sprint("k", i)), Value: aws.String("v")})
	}
	return tags
}

// toVersion routes to one version.
func toVersion(machine string, number int64, weight int32) []types.RoutingConfigurationListItem {
	return []types.RoutingConfigurationListItem{{StateMachineVersionArn: aws.String(string(workflow.VersionARN(machine, number))), Weight: weight}}
}
