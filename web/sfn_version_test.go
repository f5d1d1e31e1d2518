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

// update gives a state machine another definition and says which revision that is.
func (m machines) update(name, definition string) string {
	m.t.Helper()
	m.clock.advance(time.Second)
	out, err := m.c.UpdateStateMachine(m.t.Context(), &sfn.UpdateStateMachineInput{StateMachineArn: aws.String(arnOf(name)), Definition: &definition})
	if err != nil {
		m.t.Fatal(err)
	}
	return aws.ToString(out.RevisionId)
}

func (m machines) publish(name string, change ...func(*sfn.PublishStateMachineVersionInput)) (*sfn.PublishStateMachineVersionOutput, error) {
	m.clock.advance(time.Second)
	in := &sfn.PublishStateMachineVersionInput{StateMachineArn: aws.String(arnOf(name))}
	for _, f := range change {
		f(in)
	}
	return m.c.PublishStateMachineVersion(m.t.Context(), in)
}

func TestPublishVersions(t *testing.T) {
	m := openMachines(t)
	m.create("V")
	first, err := m.publish("V", func(in *sfn.PublishStateMachineVersionInput) {
		in.RevisionId, in.Description = aws.String("INITIAL"), aws.String("first")
	})
	if err != nil || *first.StateMachineVersionArn != arnOf("V")+":1" {
		t.Fatalf("%v, %v", first, err)
	}
	again, err := m.publish("V", func(in *sfn.PublishStateMachineVersionInput) { in.Description = aws.String("other") })
	if err != nil || *again.StateMachineVersionArn != *first.StateMachineVersionArn || !again.CreationDate.Equal(*first.CreationDate) {
		t.Errorf("a revision has one version: %v, %v", again, err)
	}
	revision := m.update("V", passing2)
	_, err = m.publish("V", func(in *sfn.PublishStateMachineVersionInput) { in.RevisionId = aws.String("INITIAL") })
	refused(t, err, "ConflictException", "Failed to publish the State Machine version for revision INITIAL. The current State Machine revision is "+revision+".")
	second, err := m.publish("V", func(in *sfn.PublishStateMachineVersionInput) { in.RevisionId = &revision })
	if err != nil || *second.StateMachineVersionArn != arnOf("V")+":2" {
		t.Fatalf("%v, %v", second, err)
	}

	one, two := m.describe(arnOf("V")+":1"), m.describe(arnOf("V")+":2")
	if *one.Definition != passing || *one.Description != "first" || one.RevisionId != nil || !one.CreationDate.Equal(*first.CreationDate) || *one.StateMachineArn != arnOf("V")+":1" {
		t.Errorf("version 1 is %+v", one)
	}
	if *two.Definition != passing2 || two.Description != nil || *two.RevisionId != revision {
		t.Errorf("version 2 is %+v", two)
	}
	list, err := m.c.ListStateMachineVersions(t.Context(), &sfn.ListStateMachineVersionsInput{StateMachineArn: aws.String(arnOf("V"))})
	sameAnswer(t, list, err, sfn.ListStateMachineVersionsOutput{StateMachineVersions: []types.StateMachineVersionListItem{
		{StateMachineVersionArn: second.StateMachineVersionArn, CreationDate: second.CreationDate},
		{StateMachineVersionArn: first.StateMachineVersionArn, CreationDate: first.CreationDate},
	}})

	for range 2 { // deleting it again is no error
		if _, err := m.c.DeleteStateMachineVersion(t.Context(), &sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: second.StateMachineVersionArn}); err != nil {
			t.Error(err)
		}
	}
	if third, err := m.publish("V"); err != nil || *third.StateMachineVersionArn != arnOf("V")+":3" {
		t.Errorf("a number was used again: %v, %v", third, err)
	}

	_, err = m.publish("Missing")
	refused(t, err, "StateMachineDoesNotExist", arnOf("Missing"))
	_, err = m.c.DeleteStateMachineVersion(t.Context(), &sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: aws.String(arnOf("V"))})
	refused(t, err, "InvalidArn", "")
	_, err = m.c.ListStateMachineVersions(t.Context(), &sfn.ListStateMachineVersionsInput{StateMachineArn: aws.String(arnOf("Missing"))})
	refused(t, err, "InvalidArn", arnOf("Missing"))
}

func TestUpdatePublishes(t *testing.T) {
	m := openMachines(t)
	m.create("U")
	update := func(definition string) *sfn.UpdateStateMachineOutput {
		out, err := m.c.UpdateStateMachine(t.Context(), &sfn.UpdateStateMachineInput{
			StateMachineArn: aws.String(arnOf("U")), Definition: &definition, Publish: true, VersionDescription: aws.String("described")})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if out := update(passing); *out.StateMachineVersionArn != arnOf("U")+":1" || out.RevisionId != nil {
		t.Errorf("as it was created: %+v", out)
	}
	if out := update(passing2); *out.StateMachineVersionArn != arnOf("U")+":2" || out.RevisionId == nil {
		t.Errorf("changed: %+v", out)
	}
	if out := update(passing2); *out.StateMachineVersionArn != arnOf("U")+":2" {
		t.Errorf("unchanged: %+v", out)
	}
	if is := m.describe(arnOf("U") + ":2"); *is.Description != "described" {
		t.Errorf("described as %q", *is.Description)
	}
}

func TestListsOfVersionsAndAliasesHavePages(t *testing.T) {
	m := openMachines(t)
	m.create("L", published)
	for i := range 4 {
		m.update("L", fmt.Sprintf(`{"Comment":"%d",%s`, i, passing[1:]))
		if _, err := m.publish("L"); err != nil {
			t.Fatal(err)
		}
		m.alias("L", fmt.Sprintf("alias-%d", i), toVersion("L", int64(i%2+1), 100))
	}
	var got []string
	versions := &sfn.ListStateMachineVersionsInput{StateMachineArn: aws.String(arnOf("L")), MaxResults: 2}
	for more := true; more; more = versions.NextToken != nil {
		page, err := m.c.ListStateMachineVersions(t.Context(), versions)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.StateMachineVersions {
			got = append(got, strings.TrimPrefix(*v.StateMachineVersionArn, arnOf("L")+":"))
		}
		versions.NextToken = page.NextToken
	}
	if strings.Join(got, " ") != "5 4 3 2 1" {
		t.Errorf("versions %v", got)
	}
	aliases := func(arn string) (names []string) {
		in := &sfn.ListStateMachineAliasesInput{StateMachineArn: &arn, MaxResults: 1}
		for more := true; more; more = in.NextToken != nil {
			page, err := m.c.ListStateMachineAliases(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range page.StateMachineAliases {
				names = append(names, strings.TrimPrefix(*a.StateMachineAliasArn, arnOf("L")+":"))
			}
			in.NextToken = page.NextToken
		}
		return names
	}
	for arn, want := range map[string]string{arnOf("L"): "alias-3 alias-2 alias-1 alias-0", arnOf("L") + ":1": "alias-2 alias-0", arnOf("L") + ":3": ""} {
		if got := strings.Join(aliases(arn), " "); got != want {
			t.Errorf("aliases of %s: %s", arn, got)
		}
	}
	_, err := m.c.ListStateMachineAliases(t.Context(), &sfn.ListStateMachineAliasesInput{StateMachineArn: aws.String(arnOf("Missing"))})
	refused(t, err, "StateMachineDoesNotExist", arnOf("Missing"))
	_, err = m.c.ListStateMachineAliases(t.Context(), &sfn.ListStateMachineAliasesInput{StateMachineArn: aws.String(arnOf("L") + ":77")})
	refused(t, err, "ResourceNotFound", arnOf("L")+":77")
}

func (m machines) alias(machine, name string, routes []types.RoutingConfigurationListItem) *sfn.CreateStateMachineAliasOutput {
	m.t.Helper()
	m.clock.advance(time.Second)
	out, err := m.c.CreateStateMachineAlias(m.t.Context(), &sfn.CreateStateMachineAliasInput{Name: &name, RoutingConfiguration: routes})
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

func TestAliases(t *testing.T) {
	m := openMachines(t)
	m.create("A", published)
	m.update("A", passing2)
	if _, err := m.publish("A"); err != nil {
		t.Fatal(err)
	}
	create := func(change func(*sfn.CreateStateMachineAliasInput)) (*sfn.CreateStateMachineAliasOutput, error) {
		in := &sfn.CreateStateMachineAliasInput{Name: aws.String("prod"), Description: aws.String("d"), RoutingConfiguration: toVersion("A", 1, 100)}
		change(in)
		return m.c.CreateStateMachineAlias(t.Context(), in)
	}
	made, err := create(func(*sfn.CreateStateMachineAliasInput) {})
	if err != nil {
		t.Fatal(err)
	}
	m.clock.advance(time.Second)
	if again, err := create(func(*sfn.CreateStateMachineAliasInput) {}); err != nil || !again.CreationDate.Equal(*made.CreationDate) {
		t.Errorf("again: %v, %v", again, err)
	}
	both := append(toVersion("A", 1, 30), toVersion("A", 2, 70)...)
	m.create("Other", published)
	for name, c := range map[string]struct {
		change     func(*sfn.CreateStateMachineAliasInput)
		code, text string
	}{
		"description": {func(in *sfn.CreateStateMachineAliasInput) { in.Description = nil }, "ConflictException", "Failed to create alias because an alias with the same name and a different routing configuration already exists."},
		"routes":      {func(in *sfn.CreateStateMachineAliasInput) { in.RoutingConfiguration = both }, "ConflictException", ""},
		"not 100":     {func(in *sfn.CreateStateMachineAliasInput) { in.RoutingConfiguration = toVersion("A", 1, 99) }, "ValidationException", "Sum of routing configuration weights must equal 100. Received: [99]"},
		"over 100":    {func(in *sfn.CreateStateMachineAliasInput) { in.RoutingConfiguration = toVersion("A", 1, 101) }, "ValidationException", "Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 100"},
		"twice": {func(in *sfn.CreateStateMachineAliasInput) {
			in.RoutingConfiguration = append(toVersion("A", 1, 50), toVersion("A", 1, 50)...)
		}, "ValidationException", "distinct"},
		"two machines": {func(in *sfn.CreateStateMachineAliasInput) {
			in.RoutingConfiguration = append(toVersion("A", 1, 50), toVersion("Other", 1, 50)...)
		}, "ValidationException", "same state machine"},
		"three routes": {func(in *sfn.CreateStateMachineAliasInput) {
			in.RoutingConfiguration = append(both, toVersion("A", 3, 0)...)
		}, "ValidationException", "at 'routingConfiguration' failed to satisfy constraint: Member must have length less than or equal to 2"},
		"no routes": {func(in *sfn.CreateStateMachineAliasInput) {
			in.RoutingConfiguration = []types.RoutingConfigurationListItem{}
		}, "ValidationException", "Value '[]' at 'routingConfiguration' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		"no version": {func(in *sfn.CreateStateMachineAliasInput) {
			in.RoutingConfiguration = []types.RoutingConfigurationListItem{{StateMachineVersionArn: aws.String(arnOf("A")), Weight: 100}}
		}, "ValidationException", "Routing configuration must contain state machine version ARNs. Received: [" + arnOf("A") + "]"},
		"version 9": {func(in *sfn.CreateStateMachineAliasInput) {
			in.Name, in.RoutingConfiguration = aws.String("x"), toVersion("A", 9, 100)
		}, "ResourceNotFound", arnOf("A") + ":9"},
		"no machine": {func(in *sfn.CreateStateMachineAliasInput) {
			in.Name, in.RoutingConfiguration = aws.String("x"), toVersion("Missing", 1, 100)
		}, "ResourceNotFound", arnOf("Missing") + ":1"},
		"a number": {func(in *sfn.CreateStateMachineAliasInput) { in.Name = aws.String("12") }, "ValidationException", `Value '12' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$`},
	} {
		if _, err := create(c.change); err == nil {
			t.Errorf("%s: created", name)
		} else {
			refused(t, err, c.code, c.text)
		}
	}

	alias := func() *sfn.DescribeStateMachineAliasOutput {
		t.Helper()
		out, err := m.c.DescribeStateMachineAlias(t.Context(), &sfn.DescribeStateMachineAliasInput{StateMachineAliasArn: made.StateMachineAliasArn})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	updated, err := m.c.UpdateStateMachineAlias(t.Context(), &sfn.UpdateStateMachineAliasInput{StateMachineAliasArn: made.StateMachineAliasArn, RoutingConfiguration: both})
	if err != nil {
		t.Fatal(err)
	}
	sameAnswer(t, alias(), nil, sfn.DescribeStateMachineAliasOutput{StateMachineAliasArn: made.StateMachineAliasArn, Name: aws.String("prod"),
		Description: aws.String("d"), RoutingConfiguration: both, CreationDate: made.CreationDate, UpdateDate: updated.UpdateDate})
	_, err = m.c.DeleteStateMachineVersion(t.Context(), &sfn.DeleteStateMachineVersionInput{StateMachineVersionArn: aws.String(arnOf("A") + ":2")})
	refused(t, err, "ConflictException", "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [prod]")
	if is := m.describe(*made.StateMachineAliasArn); *is.Definition != passing {
		t.Errorf("the alias is described as %+v", is)
	}
	if _, err := m.c.UpdateStateMachineAlias(t.Context(), &sfn.UpdateStateMachineAliasInput{StateMachineAliasArn: made.StateMachineAliasArn, Description: aws.String("")}); err != nil {
		t.Error(err)
	}
	if is := alias(); is.Description != nil || len(is.RoutingConfiguration) != 2 {
		t.Errorf("after its description was taken away: %+v", is)
	}
	_, err = m.c.UpdateStateMachineAlias(t.Context(), &sfn.UpdateStateMachineAliasInput{StateMachineAliasArn: made.StateMachineAliasArn})
	refused(t, err, "ValidationException", "must be specified")
	_, err = m.c.UpdateStateMachineAlias(t.Context(), &sfn.UpdateStateMachineAliasInput{StateMachineAliasArn: made.StateMachineAliasArn, RoutingConfiguration: toVersion("Other", 1, 100)})
	refused(t, err, "ValidationException", "")
	_, err = m.c.UpdateStateMachineAlias(t.Context(), &sfn.UpdateStateMachineAliasInput{StateMachineAliasArn: aws.String(arnOf("A") + ":none"), Description: aws.String("x")})
	refused(t, err, "ResourceNotFound", arnOf("A")+":none")
	_, err = m.c.UpdateStateMachineAlias(t.Context(), &sfn.UpdateStateMachineAliasInput{StateMachineAliasArn: made.StateMachineAliasArn, RoutingConfiguration: toVersion("A", 9, 100)})
	refused(t, err, "ResourceNotFound", arnOf("A")+":9")
	if is := alias(); len(is.RoutingConfiguration) != 2 {
		t.Error("a refused update took the routes away")
	}

	for range 2 {
		if _, err := m.c.DeleteStateMachineAlias(t.Context(), &sfn.DeleteStateMachineAliasInput{StateMachineAliasArn: made.StateMachineAliasArn}); err != nil {
			t.Error(err)
		}
	}
	_, err = m.c.DescribeStateMachineAlias(t.Context(), &sfn.DescribeStateMachineAliasInput{StateMachineAliasArn: made.StateMachineAliasArn})
	refused(t, err, "ResourceNotFound", *made.StateMachineAliasArn)
	_, err = m.c.DeleteStateMachineAlias(t.Context(), &sfn.DeleteStateMachineAliasInput{StateMachineAliasArn: aws.String(arnOf("A"))})
	refused(t, err, "InvalidArn", "")
}

func TestAliasesPickVersionsByWeight(t *testing.T) {
	m := openMachines(t)
	m.create("W", published)
	m.update("W", passing2)
	if _, err := m.publish("W"); err != nil {
		t.Fatal(err)
	}
	m.alias("W", "split", append(toVersion("W", 1, 30), toVersion("W", 2, 70)...))
	for roll, want := range map[float64]int64{0: 1, 0.29: 1, 0.3: 2, 0.999: 2} {
		d, err := m.store.Resolve(t.Context(), workflow.AliasARN("W", "split"), roll)
		if err != nil || d.Published != want || d.Alias != "split" || d.RoleARN != testRole || d.Version != want {
			t.Errorf("roll %v: %+v, %v", roll, d, err)
		}
	}
	if d, err := m.store.Resolve(t.Context(), workflow.VersionARN("W", 1), 0.9); err != nil || d.Published != 1 || d.Alias != "" {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err := m.store.Resolve(t.Context(), workflow.StateMachineARN("W"), 0); err != nil || d.Published != 0 || d.Version != 2 {
		t.Errorf("%+v, %v", d, err)
	}
	for _, arn := range []workflow.ARN{"x", workflow.StateMachineARN("X"), workflow.VersionARN("W", 3), workflow.AliasARN("W", "none")} {
		if d, err := m.store.Resolve(t.Context(), arn, 0); err == nil {
			t.Errorf("%s leads to %+v", arn, d)
		}
	}
}
