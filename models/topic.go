package models

import "countersign/workflow"

// Topics to subscribe to.
const (
	TopicOrders     = "orders"
	TopicExecutions = "executions"
	TopicInbox      = "inbox"
	TopicMail       = "mail"
	TopicInventory  = "inventory"
	TopicPeople     = "people"
	TopicSettings   = "settings"
	// TopicStateMachines is the state machines, their revisions, versions and aliases.
	TopicStateMachines = "state-machines"
)

// TopicOrder is everything about one order: status, payment, shipment, approval.
func TopicOrder(id workflow.OrderID) string { return "order:" + string(id) }

// TopicExecution is everything about one execution.
func TopicExecution(id workflow.ExecutionID) string { return "execution:" + id.String() }

func orderTopics(id workflow.OrderID) []string { return []string{TopicOrder(id), TopicOrders} }
