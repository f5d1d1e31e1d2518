package sim

// familyName is a state machine whose executions have branches, iterations, tasks for
// workers, and executions of childName that some wait for and some do not.
const (
	familyName = "Family"
	childName  = "Child"
)

// familyDefinition fails one branch for good now and then, so that the others are aborted.
const familyDefinition = `{
  "StartAt": "Both",
  "States": {
    "Both": {"Type": "Parallel", "Next": "Each", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Each"}], "Branches": [
      {"StartAt": "Pack", "States": {
        "Pack": {"Type": "Task", "Resource": "arn:aws:states:us-east-1:123456789012:activity:Pack",
          "TimeoutSeconds": 60, "HeartbeatSeconds": 20, "End": true,
          "Retry": [{"ErrorEquals": ["States.Timeout", "Clumsy"], "IntervalSeconds": 2, "MaxAttempts": 3}]}}},
      {"StartAt": "Nest", "States": {
        "Nest": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "TimeoutSeconds": 50, "End": true,
          "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Child"},
          "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 1}]}}}]},
    "Each": {"Type": "Map", "ItemsPath": "$$.Execution.Input.items", "MaxConcurrency": 2, "Next": "Send", "ItemProcessor": {
      "StartAt": "Do", "States": {
        "Do": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Work", "TimeoutSeconds": 60, "Next": "Call",
          "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 10}]},
        "Call": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync", "End": true,
          "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Child", "Input": {"quick": true}},
          "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "So"}]},
        "So": {"Type": "Pass", "End": true}}}},
    "Send": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": true,
      "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Child"}}
  }
}`

// childDefinition is what a Family's executions start: one call, a rest, and an end of either kind.
const childDefinition = `{
  "StartAt": "Do",
  "States": {
    "Do": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Work", "TimeoutSeconds": 60, "Next": "How",
      "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 3}]},
    "How": {"Type": "Choice", "Choices": [{"Variable": "$.ok", "BooleanEquals": true, "Next": "Rest"}], "Default": "Lost"},
    "Rest": {"Type": "Wait", "Seconds": 3, "End": true},
    "Lost": {"Type": "Fail", "Error": "Lost"}
  }
}`

// largeDefinition makes more events than one step holds.
const (
	largeName       = "Large"
	largeDefinition = `{
  "StartAt": "Many",
  "States": {
    "Many": {"Type": "Pass", "Parameters": {"items.$": "States.ArrayRange(1, 1000, 1)"}, "Next": "All"},
    "All": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 40, "ResultPath": null, "Next": "End", "ItemProcessor": {
      "StartAt": "One", "States": {"One": {"Type": "Pass", "Result": 1, "End": true}}}},
    "End": {"Type": "Pass", "Result": {"ok": true}, "End": true}
  }
}`
)
