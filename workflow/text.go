package workflow

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Legible says whether people can read a text as it was meant: something in it can be seen,
// and nothing in it is damaged, controls a terminal, or shows other characters in another
// order than they are stored. Lines may break.
func Legible(text string) bool {
	return utf8.ValidString(text) && strings.ContainsFunc(text, visible) && !strings.ContainsFunc(text, misleading)
}

func visible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

func misleading(r rune) bool {
	switch {
	case r == '\n', r == '\r', r == '\t':
		return false
	case r == utf8.RuneError: // what a decoder puts in the place of damaged bytes
		return true
	case '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069': // https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
		return true
	}
	return unicode.IsControl(r)
}
