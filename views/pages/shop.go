package pages

import (
	"fmt"
	"strconv"

	"countersign/views/components"
	"countersign/workflow"
)

// Shop is the catalogue with the cart and the checkout.
type Shop struct {
	CSRF     string
	Items    []ShopItem
	Cart     Cart
	Checkout Checkout
	Hint     bool           // says what to order first; for a demo person without an order
	Limit    workflow.Money // totals above it are countersigned
	Approver string         // who to become for approving, in the hint
}

// ShopItem is one thing for sale.
type ShopItem struct {
	ID        string
	Name      string
	Summary   string
	Picture   string // address of the picture
	Price     workflow.Money
	Available int64
	InCart    int64
}

// Cart is what was chosen so far.
type Cart struct {
	Lines         []CartLine
	Total         workflow.Money
	NeedsApproval bool // the total is above the limit
}

// CartLine is one item in the cart.
type CartLine struct {
	ItemID    string
	Name      string
	Picture   string
	Quantity  int64
	Available int64
	Total     workflow.Money
	Problem   string // "Only 1 is left." Empty when all is well
}

// Checkout is the form that places the order. Values and errors are as they were sent.
type Checkout struct {
	OrderKey string // the same key twice makes one order
	Name     string
	Street   string
	Postcode string
	City     string
	Country  string
	Card     string // Value of the chosen card
	Cards    []TestCard
	Errors   CheckoutErrors
}

// CheckoutErrors says what is wrong, by field; General is about the whole order.
type CheckoutErrors struct {
	General, Name, Street, Postcode, City, Country, Card string
}

// TestCard is a card of the sandbox gateway.
type TestCard struct {
	Value    string // what the form sends
	LastFour string
	Title    string // "Succeeds"
	Does     string // a plain sentence
}

// Countries are those that are shipped to.
var Countries = []components.Option{
	{Value: "AT", Text: "Austria"}, {Value: "BE", Text: "Belgium"}, {Value: "DK", Text: "Denmark"},
	{Value: "FI", Text: "Finland"}, {Value: "FR", Text: "France"}, {Value: "DE", Text: "Germany"},
	{Value: "IE", Text: "Ireland"}, {Value: "IT", Text: "Italy"}, {Value: "LU", Text: "Luxembourg"},
	{Value: "NL", Text: "Netherlands"}, {Value: "PT", Text: "Portugal"}, {Value: "ES", Text: "Spain"},
	{Value: "SE", Text: "Sweden"}, {Value: "CH", Text: "Switzerland"}, {Value: "GB", Text: "United Kingdom"},
}

// CountryName is the name of a country that is shipped to; any other code stays a code.
func CountryName(code string) string {
	for _, c := range Countries {
		if c.Value == code {
			return c.Text
		}
	}
	return code
}

func (i ShopItem) stock() components.Status {
	switch {
	case i.Available <= 0:
		return components.Status{Text: "Out of stock", Icon: components.IconCancelled, Tone: components.Neutral}
	case i.Available == 1:
		return components.Status{Text: "Last one", Icon: components.IconFlag, Tone: components.Waiting}
	case i.Available <= 5:
		return components.Status{Text: fmt.Sprintf("%d left", i.Available), Icon: components.IconFlag, Tone: components.Waiting}
	}
	return components.Status{Text: "In stock", Icon: components.IconCheck, Tone: components.Success}
}

// TotalSeen is what the checkout sends along, so that nobody is charged another total than
// the one that stood above the button.
func TotalSeen(total workflow.Money) string {
	return strconv.FormatInt(total.Amount, 10) + " " + total.Currency
}

// Count is how many pieces are in the cart.
func (c Cart) Count() int {
	n := int64(0)
	for _, l := range c.Lines {
		n += l.Quantity
	}
	return int(n)
}

func (c Checkout) field(name, label, autocomplete, value, problem string) components.Field {
	return components.Field{Name: name, Label: label, Autocomplete: autocomplete, Value: value, Error: problem, MaxLength: 120}
}

func (c Checkout) nameField() components.Field {
	f := c.field("name", "Full name", "shipping name", c.Name, c.Errors.Name)
	f.Span = true
	return f
}

func (c Checkout) streetField() components.Field {
	f := c.field("street", "Street and number", "shipping street-address", c.Street, c.Errors.Street)
	f.Span = true
	return f
}

func (c Checkout) postcodeField() components.Field {
	return c.field("postcode", "Postcode", "shipping postal-code", c.Postcode, c.Errors.Postcode)
}

func (c Checkout) cityField() components.Field {
	return c.field("city", "City", "shipping address-level2", c.City, c.Errors.City)
}

func (c Checkout) countryField() components.Field {
	f := c.field("country", "Country", "shipping country", c.Country, c.Errors.Country)
	f.Span, f.Options = true, Countries
	if c.Country == "" {
		f.Value = "DE"
	}
	return f
}

func (c Checkout) problems() []components.Problem {
	var out []components.Problem
	if c.Errors.General != "" {
		out = append(out, components.Problem{Text: c.Errors.General})
	}
	out = append(out, components.Problems(c.nameField(), c.streetField(), c.postcodeField(), c.cityField(), c.countryField())...)
	if c.Errors.Card != "" {
		out = append(out, components.Problem{Field: "card-0", Text: c.Errors.Card})
	}
	return out
}

func fewer(line CartLine) string {
	if line.Quantity <= 1 {
		return "Take " + line.Name + " out of the cart"
	}
	return "One fewer " + line.Name
}

// action is the button's full label, for those who do not see which card it stands on.
func (i ShopItem) action() string {
	switch {
	case i.Available <= 0:
		return "Add: " + i.Name + " is out of stock"
	case i.InCart >= i.Available:
		return "Add: all " + i.Name + " that we have are in your cart"
	case i.InCart > 0:
		return fmt.Sprintf("Add another %s, %d in your cart", i.Name, i.InCart)
	}
	return "Add " + i.Name + " to the cart"
}
