package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// lineOf and columnOf count from 1.
func lineOf(src []byte, at int) int { return bytes.Count(src[:at], []byte("\n")) + 1 }

func columnOf(src []byte, at int) int { return at - bytes.LastIndexByte(src[:at], '\n') }

// expectedValue is what the service's parser takes for a value.
const expectedValue = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

// unexpected complains of the present character.
func (r *reader) unexpected(instead string) error {
	return r.fail(r.pos, "Unexpected character (%s): %s", r.character(), instead)
}

// character describes the present character as the service's parser does.
func (r *reader) character() string {
	c, _ := utf8.DecodeRune(r.src[r.pos:])
	switch {
	case c < ' ':
		return fmt.Sprintf("(CTRL-CHAR, code %d)", c)
	case c > 255:
		return fmt.Sprintf("'%c' (code %d / 0x%x)", c, c, c)
	}
	return fmt.Sprintf("'%c' (code %d)", c, c)
}

// scalar takes a number, true, false or null.
func (r *reader) scalar() error {
	if c := r.src[r.pos]; c == '-' || c >= '0' && c <= '9' {
		return r.number()
	}
	word := r.src[r.pos:wordEnd(r.src, r.pos)]
	switch string(word) {
	case "true", "false", "null":
		r.pos += len(word)
		return nil
	case "":
		return r.unexpected("expected a valid value " + expectedValue)
	}
	return r.fail(r.pos, "Unrecognized token '%s': was expecting %s", cut(string(word), 256), expectedValue)
}

func wordEnd(src []byte, i int) int {
	for i < len(src) {
		c, n := utf8.DecodeRune(src[i:])
		if c == utf8.RuneError || c != '_' && c != '$' && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			break
		}
		i += n
	}
	return i
}

func (r *reader) digits() (n int) {
	for ; r.pos < len(r.src) && r.src[r.pos] >= '0' && r.src[r.pos] <= '9'; r.pos++ {
		n++
	}
	return n
}

func (r *reader) number() error {
	if r.src[r.pos] == '-' {
		r.pos++
	}
	first := r.pos
	switch n := r.digits(); {
	case n == 0:
		return r.inNumber("expected digit (0-9) to follow minus sign, for valid numeric value")
	case n > 1 && r.src[first] == '0':
		return r.fail(first, "Invalid numeric value: Leading zeroes not allowed")
	}
	if r.pos < len(r.src) && r.src[r.pos] == '.' {
		if r.pos++; r.digits() == 0 {
			return r.inNumber("Decimal point not followed by a digit")
		}
	}
	if r.pos < len(r.src) && (r.src[r.pos] == 'e' || r.src[r.pos] == 'E') {
		if r.pos++; r.pos < len(r.src) && (r.src[r.pos] == '+' || r.src[r.pos] == '-') {
			r.pos++
		}
		if r.digits() == 0 {
			return r.inNumber("Exponent indicator not followed by a digit")
		}
	}
	return nil
}

func (r *reader) inNumber(problem string) error {
	if r.pos >= len(r.src) {
		return r.fail(r.pos, "Unexpected end-of-input in numeric value: %s", problem)
	}
	return r.fail(r.pos, "Unexpected character (%s) in numeric value: %s", r.character(), problem)
}

// string takes a string; what says of which kind.
func (r *reader) string(what string) (string, error) {
	start := r.pos
	for r.pos++; ; r.pos++ {
		if r.pos >= len(r.src) {
			return "", r.fail(start, "Unexpected end-of-input: was expecting closing quote for a %s", what)
		}
		switch c := r.src[r.pos]; {
		case c == '"':
			r.pos++
			var s string
			err := json.Unmarshal(r.src[start:r.pos], &s)
			if err != nil {
				return "", r.fail(start, "Invalid string: %v", err)
			}
			return s, nil
		case c == '\\':
			if err := r.escape(); err != nil {
				return "", err
			}
		case c < ' ':
			return "", r.fail(r.pos, "Illegal unquoted character (%s): has to be escaped using backslash to be included in %s",
				r.character(), what)
		}
	}
}

// escape takes an escape sequence, up to its last character.
func (r *reader) escape() error {
	if r.pos++; r.pos >= len(r.src) {
		return nil // the string says that it is not ended
	}
	switch r.src[r.pos] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
		for range 4 {
			if r.pos++; r.pos >= len(r.src) {
				return nil
			}
			if c := r.src[r.pos]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
				return r.unexpected("expected a hex-digit for character escape sequence")
			}
		}
		return nil
	}
	return r.fail(r.pos, "Unrecognized character escape %s", r.character())
}
