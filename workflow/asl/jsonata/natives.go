package jsonata

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/dop251/goja"
)

// hashes are the algorithms of $hash; their names are taken as they are.
var hashes = map[string]func() hash.Hash{
	"MD5": md5.New, "SHA-1": sha1.New, "SHA-256": sha256.New, "SHA-384": sha512.New384, "SHA-512": sha512.New,
}

// natives is what prelude.js has from us.
func (in *interpreter) natives() goja.Value {
	vm := in.vm
	o := vm.NewObject()
	set := func(name string, value any) {
		if err := o.Set(name, value); err != nil {
			panic(err)
		}
	}
	set("maxSteps", in.bounds.steps)
	set("maxNesting", maxNesting)
	set("random", func() float64 { return in.draw().Float64() })
	set("seeded", seeded)
	set("uuid", in.uuid)
	set("light", func(call goja.FunctionCall) goja.Value {
		s := scale{left: maxText}
		return vm.ToValue(s.holds(call.Argument(0), 0))
	})
	set("hash", func(call goja.FunctionCall) goja.Value {
		algorithm, ok := hashes[call.Argument(1).String()]
		if !ok {
			return goja.Null()
		}
		h := algorithm()
		h.Write([]byte(call.Argument(0).String()))
		return vm.ToValue(hex.EncodeToString(h.Sum(nil)))
	})
	set("parse", func(call goja.FunctionCall) goja.Value {
		r := reader{vm: vm, b: []byte(call.Argument(0).String()), strict: true}
		v, err := r.document()
		if err != nil {
			return goja.Undefined()
		}
		return v
	})
	set("base64", func(call goja.FunctionCall) goja.Value {
		units, ok := call.Argument(0).(goja.String)
		if !ok {
			return goja.Undefined()
		}
		b := make([]byte, units.Length())
		for i := range b {
			b[i] = byte(units.CharAt(i)) // the low byte, as Node takes it
		}
		return vm.ToValue(base64.StdEncoding.EncodeToString(b))
	})
	set("unbase64", func(s string) string { return latin1(lenientBase64(s)) })
	return o
}

// lenientBase64 decodes both alphabets, with or without padding, and stops where the
// text is none.
func lenientBase64(s string) []byte {
	var digits strings.Builder
	for _, c := range s {
		switch {
		case c == '-':
			c = '+'
		case c == '_':
			c = '/'
		}
		if c == '=' {
			break
		}
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' {
			digits.WriteRune(c)
		}
	}
	text := digits.String()
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	b, _ := base64.RawStdEncoding.DecodeString(text)
	return b
}

func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// seeded is the first number that Java's generator gives for a seed, which is what the
// service answers.
func seeded(seed float64) float64 {
	const multiplier, mask = 0x5DEECE66D, 1<<48 - 1
	state := (uint64(int64(seed)) ^ multiplier) & mask
	next := func(bits uint) uint64 {
		state = (state*multiplier + 0xB) & mask
		return state >> (48 - bits)
	}
	return float64(next(26)<<27+next(27)) / (1 << 53)
}

func (in *interpreter) uuid() string {
	r := in.draw()
	high, low := r.Uint64(), r.Uint64()
	high = high&^0xF000 | 0x4000
	low = low&^(3<<62) | 2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xFFFF, high&0xFFFF, low>>48, low&(1<<48-1))
}
