package jsontext

import (
	"encoding/json"
	"testing"
)

func TestValuesEndWhereTheyEnd(t *testing.T) {
	for _, value := range []string{`1`, `-1.5e+3`, `true`, `null`, `""`, `"a\"]}\\"`, `[]`, `{}`, `[1,[2,"]"],{"a":"}"}]`, `{"a" : [ {"b\"":1} ] }`} {
		for _, around := range [][2]string{{"", ""}, {" ", " "}, {`{"k":`, `}`}, {`[`, `]`}, {`[`, `,2]`}, {`{"k": `, ` , "l":1}`}} {
			text := []byte(around[0] + value + around[1])
			if !json.Valid(text) {
				t.Fatalf("%s is no JSON", text)
			}
			start := SkipSpace(text, len(around[0]))
			if got := string(text[start:SkipValue(text, start)]); got != value {
				t.Errorf("in %s: %s, want %s", text, got, value)
			}
		}
	}
}

func TestStringsAreWrittenAsTheyAreRead(t *testing.T) {
	for _, s := range []string{"", "plain", "<&>", "\"\\\n\r\t\x00\x1f", "é\u2028\U0001F600", "\xff"} {
		text := AppendString([]byte("["), s)[1:]
		var back string
		if err := json.Unmarshal(text, &back); err != nil || back != s && s != "\xff" || s == "\xff" && back != "\uFFFD" {
			t.Errorf("%q is written %s and read %q, %v", s, text, back, err)
		}
	}
}

func FuzzNothingIsOutOfBounds(f *testing.F) {
	f.Add([]byte(`{"a":[1,"\`), 0)
	f.Add([]byte(`]}"`), 1)
	f.Fuzz(func(t *testing.T, b []byte, i int) {
		if i < 0 || i >= len(b) {
			return
		}
		for _, end := range []int{SkipSpace(b, i), SkipString(b, i), SkipScalar(b, i), SkipValue(b, i)} {
			if end < i || end > len(b) {
				t.Errorf("%d is not within %d and %d", end, i, len(b))
			}
		}
	})
}
