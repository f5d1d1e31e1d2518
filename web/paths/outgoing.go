package paths

// What leaves the process. Nothing can be called "~".
const (
	Functions   = "/functions" // GET: the list; POST: registers a function
	FunctionNew = Functions + "/~/new"

	Topics = "/topics" // GET: the list; POST: makes a topic

	Connections   = "/connections" // GET: the list; POST: makes a connection
	ConnectionNew = Connections + "/~/new"
)

// Function is GET: one function; POST: saves where it is.
func Function(name string) string { return join(Functions, name) }

// FunctionSecret is POST: makes a new signing secret and shows it once.
func FunctionSecret(name string) string { return Function(name) + "/secret" }

// FunctionTry is POST: calls the function with a payload and shows what it answers.
func FunctionTry(name string) string { return Function(name) + "/try" }

// FunctionRemove is POST: forgets the function.
func FunctionRemove(name string) string { return Function(name) + "/remove" }

// Topic is GET: one topic with its subscribers and messages.
func Topic(name string) string { return join(Topics, name) }

// TopicAfter lists a topic's messages from a cursor on.
func TopicAfter(name, after string) string { return withQuery(Topic(name), "after", after) }

// TopicPublish is POST: publishes a message.
func TopicPublish(name string) string { return Topic(name) + "/publish" }

// TopicRetry is POST: tries deliveries again that were given up.
func TopicRetry(name string) string { return Topic(name) + "/retry" }

// TopicRemove is POST: forgets the topic.
func TopicRemove(name string) string { return Topic(name) + "/remove" }

// Subscriptions is POST: adds a subscriber.
func Subscriptions(topic string) string { return Topic(topic) + "/subscriptions" }

// SubscriptionSecret is POST: makes a new signing secret of a webhook and shows it once.
func SubscriptionSecret(topic, id string) string { return join(Subscriptions(topic), id) + "/secret" }

// SubscriptionRemove is POST: ends a subscription.
func SubscriptionRemove(topic, id string) string { return join(Subscriptions(topic), id) + "/remove" }

// ConnectionNewOf is the form for a connection of one kind.
func ConnectionNewOf(kind string) string { return withQuery(ConnectionNew, "kind", kind) }

// Connection is GET: one connection; POST: saves it.
func Connection(name string) string { return join(Connections, name) }

// ConnectionRemove is POST: forgets the connection.
func ConnectionRemove(name string) string { return Connection(name) + "/remove" }
