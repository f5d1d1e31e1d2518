package paths

// Setup is the one-time link that creates the first administrator.
// GET: the form; POST name, email, password, password_again.
func Setup(token string) string { return join("/setup", token) }

// SignInThen is the sign-in page that afterwards forwards to next, a path of ours.
func SignInThen(next string) string { return withQuery(SignIn, "next", next) }

// CartItem is POST quantity: sets the quantity of an item in the cart; 0 takes it out.
func CartItem(itemID string) string { return join(CartItems, itemID) }

// Order is the customer's page of one order.
func Order(orderID string) string { return join(Orders, orderID) }

// OrderLive is the event stream of an order page.
func OrderLive(orderID string) string { return Order(orderID) + "/live" }

// NeedsAttention is, in OrderList, the status of orders that an operator must look at.
const NeedsAttention = "ATTENTION"

// OrderList lists orders; an empty status or cursor is left out.
func OrderList(status, after string) string {
	return withQuery(Orders, "status", status, "after", after)
}

// OrderListLive is the event stream of such a list.
func OrderListLive(status, after string) string {
	return withQuery(OrdersLive, "status", status, "after", after)
}

// OrderCancel is POST: asks for the order to be cancelled.
func OrderCancel(orderID string) string { return Order(orderID) + "/cancel" }

// APIOrder shows one order as JSON.
func APIOrder(orderID string) string { return join(APIOrders, orderID) }
