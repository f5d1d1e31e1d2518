package sfn

import (
	"encoding/json"
	"strings"
)

// loggingConfiguration says what of an execution goes to a log. It is kept and described back;
// Countersign's own log is the execution's history.
type loggingConfiguration struct {
	Level                string           `json:"level,omitempty"`
	IncludeExecutionData bool             `json:"includeExecutionData"`
	Destinations         []logDestination `json:"destinations,omitempty"`
}

type logDestination struct {
	CloudWatchLogsLogGroup *logGroup `json:"cloudWatchLogsLogGroup,omitempty"`
}

type logGroup struct {
	ARN string `json:"logGroupArn,omitempty"`
}

type tracingConfiguration struct {
	Enabled bool `json:"enabled"`
}

type encryptionConfiguration struct {
	KeyID       string `json:"kmsKeyId,omitempty"`
	ReusePeriod *int64 `json:"kmsDataKeyReusePeriodSeconds,omitempty"`
	Type        string `json:"type"`
}

const (
	awsOwnedKey        = "AWS_OWNED_KEY"
	customerManagedKey = "CUSTOMER_MANAGED_KMS_KEY"
)

// complete is c with the default level where none was given.
func (c *loggingConfiguration) complete() *loggingConfiguration {
	if c == nil || c.Level != "" {
		return c
	}
	d := *c
	d.Level = "OFF"
	return &d
}

// check is what the model's constraints do not say.
func (c *loggingConfiguration) check() error {
	if c == nil || c.Level == "" || c.Level == "OFF" && len(c.Destinations) == 0 {
		return nil
	}
	if len(c.Destinations) != 1 {
		return invalidLogging("Must specify exactly one Log Destination.")
	}
	group := c.Destinations[0].CloudWatchLogsLogGroup
	if group == nil || group.ARN == "" {
		return invalidLogging("Must specify a CloudWatch Logs log group as Log Destination.")
	}
	if !strings.HasPrefix(group.ARN, "arn:") || !strings.Contains(group.ARN, ":log-group:") {
		return invalidLogging("Log Destination is not a valid ARN of a log group: " + group.ARN)
	}
	if !strings.HasSuffix(group.ARN, ":*") {
		return invalidLogging("Log Group ARN must be provided with '*' qualifier.")
	}
	return nil
}

func invalidLogging(why string) *Error {
	return Refuse("InvalidLoggingConfiguration", "Invalid Logging Configuration: %s", why)
}

func (c *encryptionConfiguration) check() error {
	switch {
	case c == nil:
		return nil
	case c.Type == customerManagedKey && c.KeyID == "":
		return invalidEncryption("kmsKeyId must be set when type is " + customerManagedKey + ".")
	case c.Type == awsOwnedKey && (c.KeyID != "" || c.ReusePeriod != nil):
		return invalidEncryption("kmsKeyId and kmsDataKeyReusePeriodSeconds can only be set when type is " + customerManagedKey + ".")
	}
	return nil
}

func invalidEncryption(why string) *Error {
	return Refuse("InvalidEncryptionConfiguration", "Invalid Encryption Configuration: %s", why)
}

// kept is a configuration as it is stored: always spelt in the same way, nil when it was not given.
func kept[C any](configuration *C) json.RawMessage {
	if configuration == nil {
		return nil
	}
	text, err := encode(configuration)
	if err != nil {
		return nil // these structs can always be encoded
	}
	return text
}
