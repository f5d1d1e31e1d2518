package workflow

import (
	"encoding/json"
	"time"
)

// HTTPFunction is a function that is reached by HTTP.
type HTTPFunction struct {
	Name    string
	URL     string
	Timeout time.Duration
	SigningSecret
	CreatedAt time.Time
	UpdatedAt time.Time
}

// SecretOverlap is how long the secret before a rotation still signs beside the new one.
const SecretOverlap = 24 * time.Hour

// SigningSecret signs what is sent to one receiver.
type SigningSecret struct {
	Secret    string
	Previous  string    // until it was rotated; empty when it never was
	RotatedAt time.Time // zero: never
}

// InForce are the secrets to sign with at a moment, the present one first.
func (s SigningSecret) InForce(now time.Time) []string {
	if s.Previous != "" && now.Before(s.RotatedAt.Add(SecretOverlap)) {
		return []string{s.Secret, s.Previous}
	}
	return []string{s.Secret}
}

// FunctionCall is what became of the latest call of a function.
type FunctionCall struct {
	Function string
	At       time.Time
	Took     time.Duration
	Error    string // name of the error; empty when it succeeded
}

// Topic is what messages are published to.
type Topic struct {
	Name      string
	CreatedAt time.Time
}

// Protocol says how a subscriber is reached.
type Protocol string

// The protocols of a subscription.
const (
	ProtocolEmail   Protocol = "email"
	ProtocolWebhook Protocol = "https" // by http too: the word for people is webhook
)

// Subscription is somebody who gets what is published to a topic.
type Subscription struct {
	ID       string
	Topic    string
	Protocol Protocol
	Endpoint string        // address or URL
	Signing  SigningSecret // of a webhook
	Since    time.Time
}

// Message is what is published to a topic.
type Message struct {
	ID         string
	Topic      string
	Subject    string          // may be empty
	Body       string          // as webhooks get it
	Attributes json.RawMessage // an object, as webhooks get it; nil for none
	// As mail; webhooks do not get it.
	MailSubject, MailBody string
	At                    time.Time
}

// Delivery is a message on its way to one webhook.
type Delivery struct {
	ID           int64
	Message      Message
	Subscription Subscription
	Attempts     int // this one included
}

// ConnectionKind says how requests of a connection are authorised, in EventBridge's words.
type ConnectionKind string

// The kinds of connections.
const (
	ConnectionBasic  ConnectionKind = "BASIC"
	ConnectionAPIKey ConnectionKind = "API_KEY"
	ConnectionOAuth  ConnectionKind = "OAUTH_CLIENT_CREDENTIALS"
)

// Connection is how http:invoke authorises its requests to one party.
type Connection struct {
	ID   string
	Name string
	Kind ConnectionKind

	User   string // user name, name of the key's header, or client id
	Secret string // password, value of the key, or client secret

	TokenURL string // of OAuth
	Scope    string // of OAuth; may be empty

	// Added to every request; they win over what the task sends under the same name.
	Headers, Query, Body []Parameter

	CreatedAt time.Time
	UpdatedAt time.Time
}

// Parameter is a name and value that a connection adds to requests.
type Parameter struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// ARN names the connection.
func (c Connection) ARN() ARN { return ConnectionARN(c.Name, c.ID) }
