package sandbox

import (
	"errors"
	"slices"
	"strings"

	"countersign/workflow"
)

// behaviour is what the gateway does with a card. It is part of the card's token.
type behaviour string

const (
	behavesOK           behaviour = "ok"
	behavesDecline      behaviour = "decline"
	behavesThirdTime    behaviour = "third"
	behavesSilent       behaviour = "silent"
	behavesCaptureFails behaviour = "nocapture"
)

// TestCard is a card that the sandbox knows.
type TestCard struct {
	Number string // in groups, as people read it
	Title  string // "Is declined"
	Does   string // what happens to an order paid with it, in a sentence
}

type knownCard struct {
	TestCard
	behaviour behaviour
}

var knownCards = []knownCard{
	{TestCard{"4242 4242 4242 4242", "Is accepted", "The payment goes through at once."}, behavesOK},
	{TestCard{"4000 0000 0000 0002", "Is declined", "The bank says no, and the order ends there."}, behavesDecline},
	{TestCard{"4000 0000 0000 0119", "Needs three attempts", "Fails twice, then goes through. Takes about 15 seconds."}, behavesThirdTime},
	{TestCard{"4000 0000 0000 0259", "Never answers in time", "The bank may have held the money: the order finds out and lets it go."}, behavesSilent},
	{TestCard{"4000 0000 0000 0341", "Fails when charged", "Is held at first; charging fails, and everything is undone."}, behavesCaptureFails},
}

// TestCards lists the cards that show how orders succeed and fail. Any other valid
// number of a brand that we take is accepted too.
func TestCards() []TestCard {
	cards := make([]TestCard, len(knownCards))
	for i, c := range knownCards {
		cards[i] = c.TestCard
	}
	return cards
}

// Problems of a card number, as people should read them.
var (
	ErrCardMissing = errors.New("enter a card number")
	ErrCardDigits  = errors.New("enter the card number as 12 to 19 digits")
	ErrCardTypo    = errors.New("this card number has a typing mistake: check its digits")
	ErrCardBrand   = errors.New("we take Visa, Mastercard and American Express: use another card")
)

// Tokenise turns a card number into what may be kept of it: brand, last four digits
// and the gateway's token, from which the number cannot be found again.
func Tokenise(number string) (workflow.Card, error) {
	digits := strings.NewReplacer(" ", "", "-", "").Replace(number)
	if digits == "" {
		return workflow.Card{}, ErrCardMissing
	}
	if len(digits) < 12 || len(digits) > 19 || strings.Trim(digits, "0123456789") != "" {
		return workflow.Card{}, ErrCardDigits
	}
	if checkDigit(digits[:len(digits)-1]) != digits[len(digits)-1] {
		return workflow.Card{}, ErrCardTypo
	}
	brand := brandOf(digits)
	if brand == "" {
		return workflow.Card{}, ErrCardBrand
	}
	lastFour := digits[len(digits)-4:]
	return workflow.Card{Brand: brand, LastFour: lastFour, Token: "tok_" + string(behaviourOf(digits)) + "_" + lastFour}, nil
}

func behaviourOf(digits string) behaviour {
	for _, c := range knownCards {
		if strings.ReplaceAll(c.Number, " ", "") == digits {
			return c.behaviour
		}
	}
	return behavesOK
}

// behaviourOfToken is false for a token that Tokenise has not made.
func behaviourOfToken(token string) (behaviour, bool) {
	parts := strings.Split(token, "_")
	if len(parts) != 3 || parts[0] != "tok" {
		return "", false
	}
	b := behaviour(parts[1])
	return b, slices.ContainsFunc(knownCards, func(c knownCard) bool { return c.behaviour == b })
}

// brandOf knows the brands by first digits and length.
func brandOf(digits string) string {
	first2, first4, n := digits[:2], digits[:4], len(digits)
	switch {
	case digits[0] == '4' && (n == 13 || n == 16 || n == 19):
		return "Visa"
	case n == 16 && (first2 >= "51" && first2 <= "55" || first4 >= "2221" && first4 <= "2720"):
		return "Mastercard"
	case n == 15 && (first2 == "34" || first2 == "37"):
		return "American Express"
	}
	return ""
}

// checkDigit is the Luhn check digit that follows the digits (ISO/IEC 7812-1, annex B).
func checkDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}
