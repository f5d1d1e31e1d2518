package models

// What administrators do with functions, topics and connections.
const (
	AuditFunctionRegistered = "function registered"
	AuditFunctionChanged    = "function changed"
	AuditFunctionRemoved    = "function removed"
	AuditFunctionTested     = "function tested"
	AuditSecretRotated      = "secret rotated"
	AuditTopicMade          = "topic made"
	AuditTopicRemoved       = "topic removed"
	AuditSubscribed         = "subscriber added"
	AuditUnsubscribed       = "subscriber removed"
	AuditMessagePublished   = "message published"
	AuditDeliveriesRepeated = "deliveries tried again"
	AuditConnectionMade     = "connection made"
	AuditConnectionChanged  = "connection changed"
	AuditConnectionRemoved  = "connection removed"
)

// Topics to subscribe to.
const (
	TopicOutgoing   = "outgoing"   // functions, topics, connections
	TopicDeliveries = "deliveries" // messages on their way to webhooks
)
