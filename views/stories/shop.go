package stories

import (
	"fmt"
	"time"

	"countersign/views/layouts"
	"countersign/views/pages"
)

func picture(item int) string { return asset(fmt.Sprintf("img/items/item%d.svg", item)) }

func catalogue() []pages.ShopItem {
	var items []pages.ShopItem
	for i, thing := range []struct {
		name, summary string
		cents, stock  int64
	}{
		{"Linen notebook", "192 dotted pages that lie flat, with a ribbon", 2490, 140},
		{"Fountain pen", "Medium steel nib, brass details", 8900, 36},
		{"Desk lamp", "Warm light on two joints", 12900, 18},
		{"Mechanical keyboard", "Quiet switches, aluminium body", 18900, 12},
		{"Task chair", "Breathing back, adjustable in eight ways", 44900, 4},
		{"Standing desk", "Oak, 160 × 80 cm, from 62 to 127 cm high", 74900, 6},
		{"27-inch monitor", "5K, one cable for picture and power", 89900, 3},
		{"Headphones", "Closed, for long calls and longer albums", 27900, 22},
		{"Espresso machine", "For the office kitchen; two cups in a minute", 124000, 0},
		{"Rosette, limited print", "Number 7 of 50, signed and framed", 32000, 1},
	} {
		items = append(items, pages.ShopItem{
			ID: fmt.Sprintf("item%d", i+1), Name: thing.name, Summary: thing.summary, Picture: picture(i + 1),
			Price: eur(thing.cents), Available: thing.stock,
		})
	}
	return items
}

var testCards = []pages.TestCard{
	{Value: "4242424242424242", LastFour: "4242", Title: "Succeeds", Does: "The payment goes through at once."},
	{Value: "4000000000000002", LastFour: "0002", Title: "Is declined", Does: "The bank says no, and the order ends there."},
	{Value: "4000000000000119", LastFour: "0119", Title: "Needs three attempts", Does: "Fails twice, then goes through. Takes about 15 seconds."},
	{Value: "4000000000000259", LastFour: "0259", Title: "Never answers in time", Does: "The bank may have held the money: the order finds out and lets it go."},
	{Value: "4000000000000341", LastFour: "0341", Title: "Fails when charged", Does: "Is held at first; charging fails, and everything is undone."},
}

func shop() pages.Shop {
	return pages.Shop{CSRF: "csrf-token", Items: catalogue(), Limit: eur(50000), Approver: "Anton Approver"}
}

func filledShop() pages.Shop {
	m := shop()
	m.Items[0].InCart, m.Items[5].InCart, m.Items[9].InCart = 2, 1, 1
	m.Cart = pages.Cart{
		Lines: []pages.CartLine{
			{ItemID: "item1", Name: "Linen notebook", Picture: picture(1), Quantity: 2, Available: 140, Total: eur(4980)},
			{ItemID: "item6", Name: "Standing desk", Picture: picture(6), Quantity: 1, Available: 6, Total: eur(74900)},
			{ItemID: "item10", Name: "Rosette, limited print", Picture: picture(10), Quantity: 1, Available: 1, Total: eur(32000)},
		},
		Total: eur(111880), NeedsApproval: true,
	}
	m.Checkout = pages.Checkout{
		OrderKey: "key-1", Name: "Clara Customer", Street: "Museumstraat 1", Postcode: "1071 XX", City: "Amsterdam", Country: "NL", Cards: testCards,
	}
	return m
}

func shopStories() []Story {
	first := shop()
	first.Hint = true

	small := filledShop()
	small.Items[5].InCart, small.Items[9].InCart = 0, 0
	small.Cart.Lines, small.Cart.Total, small.Cart.NeedsApproval = small.Cart.Lines[:1], eur(4980), false

	wrong := filledShop()
	wrong.Checkout.Name, wrong.Checkout.Postcode = "", "10711071107110711071"
	wrong.Checkout.Errors = pages.CheckoutErrors{Name: "Say whose name to write on the parcel.", Postcode: "A postcode has at most 10 characters.", Card: "Choose one of the five test cards."}

	sold := filledShop()
	sold.Items[9].Available = 0
	sold.Cart.Lines[2].Available, sold.Cart.Lines[2].Problem = 0, "Somebody else took the last one. Take it out of the cart to order the rest."
	sold.Checkout.Errors.General = "Rosette, limited print is out of stock. Nothing was ordered."

	none := shop()
	none.Items = nil

	at := func(m pages.Shop) Story {
		return Story{"", shell(page(clara, "Shop", layouts.Shop), pages.ShopPage(m))}
	}
	return named("shop", map[string]Story{
		"first-visit": at(first), "empty-cart": at(shop()), "below-limit": at(small), "above-limit": at(filledShop()),
		"form-errors": at(wrong), "sold-out-meanwhile": at(sold), "no-items": at(none),
	})
}

func doorStories() []Story {
	demo := pages.SignIn{CSRF: "csrf-token", Demo: true, Now: now, Limit: eur(50000), People: demoPeople()}
	again := demo
	again.People = demoPeople()
	again.People[0].Here = true
	mistyped := demo
	mistyped.Email, mistyped.Problem = "nora@example.com", "E-mail or password is not right."
	form := pages.SignIn{CSRF: "csrf-token", Now: now, Next: "/orders/CS-7K2M4Q9A"}
	wrong := form
	wrong.Email, wrong.Problem = "clara@example.com", "E-mail or password is not right."
	limited := form
	limited.Email, limited.Wait = "clara@example.com", in(48*time.Second)
	at := func(m pages.SignIn) Story {
		p := page(nil, "Sign in", layouts.None)
		p.Demo = m.Demo
		return Story{"", plain(p, pages.SignInPage(m))}
	}
	setup := pages.Setup{CSRF: "csrf-token", Token: "one-time"}
	mistaken := setup
	mistaken.Name, mistaken.Email = "Ada", "ada@"
	mistaken.Errors = pages.SetupErrors{Email: "That is not an e-mail address: the part after the @ is missing.", PasswordAgain: "The two passwords differ."}
	used := pages.Setup{Used: true}
	first := func(m pages.Setup) Story {
		p := page(nil, "First administrator", layouts.None)
		p.Demo = false
		return Story{"", plain(p, pages.SetupPage(m))}
	}
	return append(
		named("signin", map[string]Story{"demo": at(demo), "demo-again": at(again), "demo-wrong": at(mistyped), "form": at(form), "wrong": at(wrong), "rate-limited": at(limited)}),
		named("setup", map[string]Story{"form": first(setup), "errors": first(mistaken), "used": first(used)})...)
}
