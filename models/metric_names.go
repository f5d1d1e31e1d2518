package models

import "countersign/workflow"

// metric is a metric of the namespace AWS/States that is kept.
type metric uint8

// The metrics, in the order of their names below.
const (
	executionsStarted metric = iota
	executionsSucceeded
	executionsFailed
	executionsAborted
	executionsTimedOut
	executionTime
	executionsRedriven
	redrivenSucceeded
	redrivenFailed
	redrivenAborted
	redrivenTimedOut
	expressBilledDuration
	expressBilledMemory
	activitiesScheduled
	activitiesStarted
	activitiesSucceeded
	activitiesFailed
	activitiesTimedOut
	activitiesHeartbeatTimedOut
	activityScheduleTime
	activityRunTime
	activityTime
	functionsScheduled
	functionsStarted
	functionsSucceeded
	functionsFailed
	functionsTimedOut
	functionScheduleTime
	functionRunTime
	functionTime
	integrationsScheduled
	integrationsStarted
	integrationsSucceeded
	integrationsFailed
	integrationsTimedOut
	integrationScheduleTime
	integrationRunTime
	integrationTime
	metricCount
)

var metricNames = [metricCount]string{
	"ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut", "ExecutionTime",
	"ExecutionsRedriven", "RedrivenExecutionsSucceeded", "RedrivenExecutionsFailed", "RedrivenExecutionsAborted", "RedrivenExecutionsTimedOut",
	"ExpressExecutionBilledDuration", "ExpressExecutionBilledMemory",
	"ActivitiesScheduled", "ActivitiesStarted", "ActivitiesSucceeded", "ActivitiesFailed", "ActivitiesTimedOut", "ActivitiesHeartbeatTimedOut",
	"ActivityScheduleTime", "ActivityRunTime", "ActivityTime",
	"LambdaFunctionsScheduled", "LambdaFunctionsStarted", "LambdaFunctionsSucceeded", "LambdaFunctionsFailed", "LambdaFunctionsTimedOut",
	"LambdaFunctionScheduleTime", "LambdaFunctionRunTime", "LambdaFunctionTime",
	"ServiceIntegrationsScheduled", "ServiceIntegrationsStarted", "ServiceIntegrationsSucceeded", "ServiceIntegrationsFailed", "ServiceIntegrationsTimedOut",
	"ServiceIntegrationScheduleTime", "ServiceIntegrationRunTime", "ServiceIntegrationTime",
}

// spread says whether the distribution of a metric's values is of interest.
func (m metric) spread() bool {
	switch m {
	case executionTime, activityScheduleTime, activityRunTime, activityTime, functionScheduleTime, functionRunTime, functionTime,
		integrationScheduleTime, integrationRunTime, integrationTime, expressBilledDuration:
		return true
	}
	return false
}

// Dimensions of the metrics.
const (
	byStateMachine = "StateMachineArn"
	byActivity     = "ActivityArn"
	byFunction     = "LambdaFunctionArn"
	byIntegration  = "ServiceIntegrationResourceArn"
)

// taskMetrics are the metrics of one way to perform a task.
type taskMetrics struct {
	dimension                                       string
	scheduled, started, succeeded, failed, timedOut metric
	heartbeatTimedOut                               metric
	scheduleTime, runTime, time                     metric
}

var (
	ofActivity = &taskMetrics{byActivity, activitiesScheduled, activitiesStarted, activitiesSucceeded, activitiesFailed,
		activitiesTimedOut, activitiesHeartbeatTimedOut, activityScheduleTime, activityRunTime, activityTime}
	ofFunction = &taskMetrics{byFunction, functionsScheduled, functionsStarted, functionsSucceeded, functionsFailed,
		functionsTimedOut, functionsTimedOut, functionScheduleTime, functionRunTime, functionTime}
	ofIntegration = &taskMetrics{byIntegration, integrationsScheduled, integrationsStarted, integrationsSucceeded, integrationsFailed,
		integrationsTimedOut, integrationsTimedOut, integrationScheduleTime, integrationRunTime, integrationTime}
)

// phase is what a history event means in the life of a task.
type phase uint8

const (
	taskScheduled phase = iota + 1
	taskStarted
	taskContinued // goes on waiting
	taskSucceeded
	taskFailed
	taskTimedOut
)

// taskEvent is what a history event means for the metrics of tasks; phase 0: nothing.
func taskEvent(t workflow.EventType) (*taskMetrics, phase) {
	switch t {
	case workflow.EventLambdaFunctionScheduled:
		return ofFunction, taskScheduled
	case workflow.EventLambdaFunctionStarted:
		return ofFunction, taskStarted
	case workflow.EventLambdaFunctionSucceeded:
		return ofFunction, taskSucceeded
	case workflow.EventLambdaFunctionFailed, workflow.EventLambdaFunctionStartFailed:
		return ofFunction, taskFailed
	case workflow.EventLambdaFunctionTimedOut:
		return ofFunction, taskTimedOut
	case workflow.EventTaskScheduled:
		return ofIntegration, taskScheduled
	case workflow.EventTaskStarted:
		return ofIntegration, taskStarted
	case workflow.EventTaskSubmitted:
		return ofIntegration, taskContinued
	case workflow.EventTaskSucceeded:
		return ofIntegration, taskSucceeded
	case workflow.EventTaskFailed, workflow.EventTaskStartFailed, workflow.EventTaskSubmitFailed:
		return ofIntegration, taskFailed
	case workflow.EventTaskTimedOut:
		return ofIntegration, taskTimedOut
	case workflow.EventActivityScheduled:
		return ofActivity, taskScheduled
	case workflow.EventActivityStarted:
		return ofActivity, taskStarted
	case workflow.EventActivitySucceeded:
		return ofActivity, taskSucceeded
	case workflow.EventActivityFailed:
		return ofActivity, taskFailed
	case workflow.EventActivityTimedOut:
		return ofActivity, taskTimedOut
	}
	return nil, 0
}
