package sfn

import (
	"math"
	"regexp"
	"strings"
)

const noLimit = math.MaxInt64

// The shapes that inputs are made of, as the API's model of 2016-11-23 has them.
var (
	flagShape                                    = &shape{kind: aFlag}
	nameShape                                    = text(1, 80)
	tagKeyShape                                  = text(1, 128)
	tagValueShape                                = text(0, 256)
	tagShape                                     = structure(optional("key", tagKeyShape), optional("value", tagValueShape))
	tagListShape                                 = list(tagShape)
	kmsKeyIdShape                                = text(1, 2048)
	kmsDataKeyReusePeriodSecondsShape            = number(60, 900)
	encryptionTypeShape                          = oneOf("AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY")
	encryptionConfigurationShape                 = structure(optional("kmsKeyId", kmsKeyIdShape), optional("kmsDataKeyReusePeriodSeconds", kmsDataKeyReusePeriodSecondsShape), required("type", encryptionTypeShape))
	definitionShape                              = hidden(text(1, 1048576))
	arnShape                                     = text(1, 256)
	stateMachineTypeShape                        = oneOf("STANDARD", "EXPRESS")
	logLevelShape                                = oneOf("ALL", "ERROR", "FATAL", "OFF")
	cloudWatchLogsLogGroupShape                  = structure(optional("logGroupArn", arnShape))
	logDestinationShape                          = structure(optional("cloudWatchLogsLogGroup", cloudWatchLogsLogGroupShape))
	logDestinationListShape                      = list(logDestinationShape)
	loggingConfigurationShape                    = structure(optional("level", logLevelShape), optional("includeExecutionData", flagShape), optional("destinations", logDestinationListShape))
	tracingConfigurationShape                    = structure(optional("enabled", flagShape))
	versionDescriptionShape                      = hidden(text(0, 256))
	aliasDescriptionShape                        = hidden(text(0, 256))
	characterRestrictedNameShape                 = matching(text(1, 80), `^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$`, characterRestrictedNamePattern)
	versionWeightShape                           = number(0, 100)
	routingConfigurationListItemShape            = structure(required("stateMachineVersionArn", arnShape), required("weight", versionWeightShape))
	routingConfigurationListShape                = list(routingConfigurationListItemShape).items(1, 2)
	longArnShape                                 = text(1, 2000)
	includedDataShape                            = oneOf("ALL_DATA", "METADATA_ONLY")
	pageSizeShape                                = number(0, 1000)
	pageTokenShape                               = text(1, 1024)
	executionStatusShape                         = oneOf("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE")
	listExecutionsPageTokenShape                 = text(1, 3096)
	executionRedriveFilterShape                  = oneOf("REDRIVEN", "NOT_REDRIVEN")
	revisionIdShape                              = text(0, noLimit)
	clientTokenShape                             = matching(text(1, 64), `[!-~]+`, clientTokenPattern)
	taskTokenShape                               = text(1, 2048)
	errorShape                                   = hidden(text(0, 256))
	causeShape                                   = hidden(text(0, 32768))
	dataShape                                    = hidden(text(0, 262144))
	traceHeaderShape                             = matching(text(0, 256), `\p{ASCII}*`, traceHeaderPattern)
	inspectionLevelShape                         = oneOf("INFO", "DEBUG", "TRACE")
	testStateStateNameShape                      = hidden(text(1, 80))
	mockErrorOutputShape                         = structure(optional("error", errorShape), optional("cause", causeShape))
	mockResponseValidationModeShape              = oneOf("STRICT", "PRESENT", "NONE")
	mockInputShape                               = structure(optional("result", dataShape), optional("errorOutput", mockErrorOutputShape), optional("fieldValidationMode", mockResponseValidationModeShape))
	retrierRetryCountShape                       = number(0, noLimit)
	mapIterationFailureCountShape                = number(0, noLimit)
	testStateConfigurationShape                  = structure(optional("retrierRetryCount", retrierRetryCountShape), optional("errorCausedByState", testStateStateNameShape), optional("mapIterationFailureCount", mapIterationFailureCountShape), optional("mapItemReaderData", dataShape))
	tagKeyListShape                              = list(tagKeyShape)
	maxConcurrencyShape                          = number(0, noLimit)
	toleratedFailurePercentageShape              = number(0, 100)
	toleratedFailureCountShape                   = number(0, noLimit)
	validateStateMachineDefinitionSeverityShape  = oneOf("ERROR", "WARNING")
	validateStateMachineDefinitionMaxResultShape = number(0, 100)
)

var restrictedName = regexp.MustCompile(`^[a-zA-Z0-9_\-.]+$`)

func characterRestrictedNamePattern(s string) bool {
	return restrictedName.MatchString(s) && strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

func clientTokenPattern(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '!' || r > '~' })
}

func traceHeaderPattern(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f })
}
