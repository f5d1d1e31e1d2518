package sandbox_test

import (
	"errors"
	"strings"
	"testing"

	"countersign/workflow"
	"countersign/workflow/fulfilment/sandbox"
)

func TestTokenise(t *testing.T) {
	for _, c := range []struct {
		number string
		card   workflow.Card
		err    error
	}{
		{"4242 4242 4242 4242", workflow.Card{Brand: "Visa", LastFour: "4242", Token: "tok_ok_4242"}, nil},
		{"4000-0000-0000-0002", workflow.Card{Brand: "Visa", LastFour: "0002", Token: "tok_decline_0002"}, nil},
		{"5555555555554444", workflow.Card{Brand: "Mastercard", LastFour: "4444", Token: "tok_ok_4444"}, nil},
		{"2223003122003222", workflow.Card{Brand: "Mastercard", LastFour: "3222", Token: "tok_ok_3222"}, nil},
		{"378282246310005", workflow.Card{Brand: "American Express", LastFour: "0005", Token: "tok_ok_0005"}, nil},
		{"", workflow.Card{}, sandbox.ErrCardMissing},
		{"  ", workflow.Card{}, sandbox.ErrCardMissing},
		{"4242", workflow.Card{}, sandbox.ErrCardDigits},
		{"42424242424242424242", workflow.Card{}, sandbox.ErrCardDigits},
		{"4242 4242 4242 424x", workflow.Card{}, sandbox.ErrCardDigits},
		{"٤٢٤٢٤٢٤٢", workflow.Card{}, sandbox.ErrCardDigits},
		{"4242 4242 4242 4243", workflow.Card{}, sandbox.ErrCardTypo},
		{"2442 4242 4242 4242", workflow.Card{}, sandbox.ErrCardTypo},
		{"6011111111111117", workflow.Card{}, sandbox.ErrCardBrand},
	} {
		card, err := sandbox.Tokenise(c.number)
		if card != c.card || !errors.Is(err, c.err) {
			t.Errorf("%q: %+v, %v; want %+v, %v", c.number, card, err, c.card, c.err)
		}
	}
}

func TestEveryTestCardIsACard(t *testing.T) {
	if len(sandbox.TestCards()) != 5 {
		t.Fatalf("%d test cards", len(sandbox.TestCards()))
	}
	for _, c := range sandbox.TestCards() {
		card, err := sandbox.Tokenise(c.Number)
		if err != nil {
			t.Errorf("%s: %v", c.Number, err)
		}
		if strings.Contains(card.Token, strings.ReplaceAll(c.Number, " ", "")[:12]) {
			t.Errorf("the token %s gives the number away", card.Token)
		}
	}
}
