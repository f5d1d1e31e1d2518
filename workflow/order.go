package workflow

import "time"

// OrderID is the order's number, the caller's own when it came through the API.
type OrderID string

// OrderStatus is where an order stands, as the API says it.
type OrderStatus string

// The statuses of an order.
const (
	OrderReceived          OrderStatus = "RECEIVED"
	OrderPaymentAuthorised OrderStatus = "PAYMENT_AUTHORISED"
	OrderAwaitingApproval  OrderStatus = "AWAITING_APPROVAL"
	OrderShipping          OrderStatus = "SHIPPING"
	OrderCompleted         OrderStatus = "COMPLETED"
	OrderRejected          OrderStatus = "REJECTED"
	OrderFailed            OrderStatus = "FAILED"
	OrderCancelled         OrderStatus = "CANCELLED"
)

// Closed says whether the order has come to an end.
func (s OrderStatus) Closed() bool {
	switch s {
	case OrderCompleted, OrderRejected, OrderFailed, OrderCancelled:
		return true
	}
	return false
}

// Limits of one order.
const (
	MaxLines    = 50
	MaxQuantity = 999
)

// Item is a thing for sale.
type Item struct {
	ID        string
	Name      string
	Summary   string
	Picture   string // asset name below static/, such as "img/items/item1.svg"
	Price     Money
	Available int64 // on hand and not reserved
}

// Line is one line of an order. Name and UnitPrice are the catalogue's at the time of ordering.
type Line struct {
	ItemID    string `json:"itemId"`
	Name      string `json:"name,omitempty"`
	Quantity  int64  `json:"quantity"`
	UnitPrice Money  `json:"unitPrice,omitzero"`
}

// Address is where an order is shipped to.
type Address struct {
	Name     string `json:"name"`
	Street   string `json:"street"`
	City     string `json:"city"`
	Postcode string `json:"postcode"`
	Country  string `json:"country"` // ISO 3166-1 alpha-2
}

// Card is a payment card as we may keep it: never its number.
type Card struct {
	Brand    string `json:"brand"`
	LastFour string `json:"lastFour"`
	Token    string `json:"token"` // the gateway's name for the card
}

// Order is an order as the workflow's functions read it.
type Order struct {
	ID              OrderID
	CustomerID      string
	CustomerName    string
	CustomerEmail   string
	Lines           []Line
	Total           Money
	Address         Address
	Card            Card
	Status          OrderStatus
	CancelRequested bool
	PlacedAt        time.Time
	Execution       ExecutionID // that fulfils it; zero before it is placed
}

// PaymentStatus is where the money of one order stands.
type PaymentStatus string

// The statuses of a payment.
const (
	PaymentNone       PaymentStatus = "NONE"       // nothing was asked of the gateway
	PaymentUnknown    PaymentStatus = "UNKNOWN"    // asked, no answer: the gateway knows
	PaymentDeclined   PaymentStatus = "DECLINED"   // final
	PaymentAuthorised PaymentStatus = "AUTHORISED" // held on the card
	PaymentCaptured   PaymentStatus = "CAPTURED"   // charged
	PaymentVoided     PaymentStatus = "VOIDED"     // the hold was released, nothing was charged
	PaymentRefunded   PaymentStatus = "REFUNDED"   // charged and given back
)

// Payment is our own record of an order's money; the gateway keeps its own.
type Payment struct {
	OrderID      OrderID
	Status       PaymentStatus
	Authorised   Money
	Captured     Money
	Refunded     Money
	AuthoriseKey string // idempotency key of the authorisation
	Reference    string // the gateway's id of the payment
}

// ApprovalStatus is where a request for approval stands.
type ApprovalStatus string

// The statuses of an approval.
const (
	ApprovalPending   ApprovalStatus = "PENDING"
	ApprovalApproved  ApprovalStatus = "APPROVED"
	ApprovalRejected  ApprovalStatus = "REJECTED"
	ApprovalExpired   ApprovalStatus = "EXPIRED"   // the deadline passed first
	ApprovalCancelled ApprovalStatus = "CANCELLED" // the order ended another way
)

// Shipment is a parcel service's promise.
type Shipment struct {
	OrderID        OrderID
	Carrier        string
	TrackingNumber string
	Parcels        int
	BookedAt       time.Time
}

// ApprovalRequest asks people to approve an order.
type ApprovalRequest struct {
	OrderID   OrderID
	Execution ExecutionID
	Token     TaskToken
	Amount    Money
	Reason    string // why a person must decide
	OpenedAt  time.Time
	Deadline  time.Time // zero: none
}

// Mail is a message to a person.
type Mail struct {
	Key     string // one mail per key
	OrderID OrderID
	To      string
	Subject string
	Body    string // plain text
	At      time.Time
}

// Role is what a person may do.
type Role string

// The roles, from least to most trusted. A person may have several.
const (
	RoleCustomer      Role = "customer"
	RoleApprover      Role = "approver"
	RoleOperator      Role = "operator"
	RoleAdministrator Role = "administrator"
)

// Settings are what an operator can change while Countersign is up.
type Settings struct {
	ApprovalLimit    Money         // orders with a total above it need approval
	ApprovalDeadline time.Duration // after which an undecided approval expires
}

// Switches are the named failures that an operator can turn on in the sandbox parties.
type Switches struct {
	GatewayUnavailable     bool // every request to the gateway fails, transiently
	GatewayDeclinesAll     bool
	GatewayCaptureFails    bool
	GatewayRefundFails     bool // voids and refunds fail: undo needs attention
	CarrierUnavailable     bool // every request to the carrier fails, transiently
	CarrierRefusesShipment bool // final
	MailUnavailable        bool // confirmation mails fail
}
