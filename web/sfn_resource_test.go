package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"countersign/workflow"
)

func tags(pairs ...string) (list []types.Tag) {
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, types.Tag{Key: aws.String(pairs[i]), Value: aws.String(pairs[i+1])})
	}
	return list
}

func TestTags(t *testing.T) {
	m := openMachines(t)
	machine := *m.create("T", func(in *sfn.CreateStateMachineInput) { in.Tags = tags("b", "1", "a", "2") }).StateMachineArn
	activity, err := m.c.CreateActivity(t.Context(), &sfn.CreateActivityInput{Name: aws.String("act"), Tags: tags("x", "y")})
	if err != nil {
		t.Fatal(err)
	}
	tagged := func(arn string) string {
		t.Helper()
		out, err := m.c.ListTagsForResource(t.Context(), &sfn.ListTagsForResourceInput{ResourceArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, tag := range out.Tags {
			list = append(list, *tag.Key+"="+*tag.Value)
		}
		return strings.Join(list, " ")
	}
	tag := func(arn string, list []types.Tag) error {
		_, err := m.c.TagResource(t.Context(), &sfn.TagResourceInput{ResourceArn: &arn, Tags: list})
		return err
	}
	if got := tagged(machine) + "; " + tagged(*activity.ActivityArn); got != "b=1 a=2; x=y" {
		t.Errorf("tagged %s", got)
	}
	if err := tag(machine, tags("a", "", "c", "3", "c", "4")); err != nil {
		t.Error(err)
	}
	if got := tagged(machine); got != "b=1 a= c=4" {
		t.Errorf("tagged %s", got)
	}
	if _, err := m.c.UntagResource(t.Context(), &sfn.UntagResourceInput{ResourceArn: &machine, TagKeys: []string{"a", "none", "a"}}); err != nil {
		t.Error(err)
	}
	if got := tagged(machine); got != "b=1 c=4" {
		t.Errorf("tagged %s", got)
	}
	refused(t, tag(machine, manyTags(49)), "TooManyTags", machine)
	if got := tagged(machine); got != "b=1 c=4" {
		t.Errorf("some of too many tags were kept: %s", got)
	}
	if err := tag(machine, manyTags(48)); err != nil {
		t.Error(err)
	}
	refused(t, tag(machine, tags("aws:x", "")), "ValidationException", "aws:")
	refused(t, tag(machine, tags("x!", "")), "ValidationException", "Value 'x!' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern")
	refused(t, tag(machine, tags("", "")), "ValidationException", "'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1")
	refused(t, tag(machine, tags("k", strings.Repeat("v", 257))), "ValidationException", "'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256")
	for _, arn := range []string{arnOf("Missing"), machine + ":1", string(workflow.ActivityARN("none")), strings.Replace(machine, "us-east-1", "eu-west-1", 1)} {
		refused(t, tag(arn, tags("a", "b")), "ResourceNotFound", "Resource not found: '"+arn+"'")
		_, err := m.c.ListTagsForResource(t.Context(), &sfn.ListTagsForResourceInput{ResourceArn: &arn})
		refused(t, err, "ResourceNotFound", arn)
		_, err = m.c.UntagResource(t.Context(), &sfn.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a"}})
		refused(t, err, "ResourceNotFound", arn)
	}
	refused(t, tag("x", []types.Tag{}), "InvalidArn", "Invalid ARN prefix: x")
	refused(t, tag("arn:aws:states:us-east-1:123456789012:execution:a:b", []types.Tag{}), "InvalidArn", "Resource type not valid in this context: execution")

	if _, err := m.c.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: &machine}); err != nil {
		t.Fatal(err)
	}
	m.create("T")
	if got := tagged(machine); got != "" {
		t.Errorf("tags outlived their state machine: %s", got)
	}
}

func TestActivities(t *testing.T) {
	m := openMachines(t)
	create := func(name string, encryption *types.EncryptionConfiguration) (*sfn.CreateActivityOutput, error) {
		m.clock.advance(time.Second)
		return m.c.CreateActivity(t.Context(), &sfn.CreateActivityInput{Name: &name, EncryptionConfiguration: encryption, Tags: tags("n", fmt.Sprint(m.clock.now().Unix()))})
	}
	key := &types.EncryptionConfiguration{Type: types.EncryptionTypeCustomerManagedKmsKey, KmsKeyId: aws.String("k")}
	made, err := create("Pack", nil)
	if err != nil || *made.ActivityArn != string(workflow.ActivityARN("Pack")) {
		t.Fatalf("%v, %v", made, err)
	}
	again, err := create("Pack", nil)
	if err != nil || !again.CreationDate.Equal(*made.CreationDate) {
		t.Errorf("%v, %v", again, err)
	}
	_, err = create("Pack", key)
	refused(t, err, "ActivityAlreadyExists", *made.ActivityArn)
	if _, err := create("Sealed", key); err != nil {
		t.Error(err)
	}
	_, err = create("bad name", nil)
	refused(t, err, "InvalidName", "Invalid Name: 'bad name'")
	_, err = create(strings.Repeat("é", 81), nil)
	refused(t, err, "ValidationException", "Member must have length less than or equal to 80")
	if _, err := create(strings.Repeat("é", 80), nil); err != nil {
		t.Error(err)
	}

	is, err := m.c.DescribeActivity(t.Context(), &sfn.DescribeActivityInput{ActivityArn: made.ActivityArn})
	sameAnswer(t, is, err, sfn.DescribeActivityOutput{ActivityArn: made.ActivityArn, Name: aws.String("Pack"), CreationDate: made.CreationDate,
		EncryptionConfiguration: &types.EncryptionConfiguration{Type: types.EncryptionTypeAwsOwnedKey}})
	var names []string
	for pages := sfn.NewListActivitiesPaginator(m.c, &sfn.ListActivitiesInput{MaxResults: 2}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Activities {
			names = append(names, *a.Name)
		}
	}
	if len(names) != 3 || names[0] != "Pack" || names[1] != "Sealed" {
		t.Errorf("listed %v", names)
	}
	for range 2 {
		if _, err := m.c.DeleteActivity(t.Context(), &sfn.DeleteActivityInput{ActivityArn: made.ActivityArn}); err != nil {
			t.Error(err)
		}
	}
	_, err = m.c.DescribeActivity(t.Context(), &sfn.DescribeActivityInput{ActivityArn: made.ActivityArn})
	refused(t, err, "ActivityDoesNotExist", "Activity Does Not Exist: '"+*made.ActivityArn+"'")
	_, err = m.c.DeleteActivity(t.Context(), &sfn.DeleteActivityInput{ActivityArn: aws.String(arnOf("Pack"))})
	refused(t, err, "InvalidArn", "Resource type not valid in this context: stateMachine")
}

func TestDefinitionsAreValidated(t *testing.T) {
	m := openMachines(t)
	validate := func(definition string, change ...func(*sfn.ValidateStateMachineDefinitionInput)) *sfn.ValidateStateMachineDefinitionOutput {
		t.Helper()
		in := &sfn.ValidateStateMachineDefinitionInput{Definition: &definition}
		for _, f := range change {
			f(in)
		}
		out, err := m.c.ValidateStateMachineDefinition(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	sameAnswer(t, validate(passing), nil, sfn.ValidateStateMachineDefinitionOutput{Result: "OK", Truncated: aws.Bool(false)})
	if out := validate(`{"States":{}`); out.Result != "FAIL" || *out.Diagnostics[0].Code != "INVALID_JSON_DESCRIPTION" {
		t.Errorf("half a document: %+v", out)
	}
	wrong := `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"X"},"B":{"Type":"Pass","Next":"Y"}}}`
	all := validate(wrong)
	if all.Result != "FAIL" || len(all.Diagnostics) < 2 || *all.Truncated {
		t.Fatalf("%+v", all)
	}
	one := validate(wrong, func(in *sfn.ValidateStateMachineDefinitionInput) { in.MaxResults = 1 })
	if len(one.Diagnostics) != 1 || !*one.Truncated || *one.Diagnostics[0].Message != *all.Diagnostics[0].Message {
		t.Errorf("%+v", one)
	}
	express := func(in *sfn.ValidateStateMachineDefinitionInput) { in.Type = types.StateMachineTypeExpress }
	waiting := `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Parameters":{"FunctionName":"F","Payload":{"t.$":"$$.Task.Token"}},"End":true}}}`
	if out := validate(waiting); out.Result != "OK" {
		t.Errorf("STANDARD: %+v", out)
	}
	if out := validate(waiting, express); out.Result != "FAIL" || *out.Diagnostics[0].Location != "/States/A/Resource" {
		t.Errorf("EXPRESS: %+v", out)
	}
	doubtful := `{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a":"$.b"},"End":true}}}`
	if out := validate(doubtful); out.Result != "OK" || len(out.Diagnostics) != 0 {
		t.Errorf("without warnings: %+v", out)
	}
	warned := validate(doubtful, func(in *sfn.ValidateStateMachineDefinitionInput) {
		in.Severity = types.ValidateStateMachineDefinitionSeverityWarning
	})
	if warned.Result != "OK" || len(warned.Diagnostics) != 1 || *warned.Diagnostics[0].Code != "NO_DOLLAR" || warned.Diagnostics[0].Severity != "WARNING" {
		t.Errorf("with warnings: %+v", warned)
	}
	_, err := m.c.ValidateStateMachineDefinition(t.Context(), &sfn.ValidateStateMachineDefinitionInput{Definition: aws.String(passing), MaxResults: 101})
	refused(t, err, "ValidationException", "Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100")
	_, err = m.c.ValidateStateMachineDefinition(t.Context(), &sfn.ValidateStateMachineDefinitionInput{Definition: aws.String("")})
	refused(t, err, "ValidationException", "definition")
}
