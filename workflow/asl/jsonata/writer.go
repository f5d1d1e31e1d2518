package jsonata

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/dop251/goja"

	"countersign/workflow/asl/jsontext"
)

// writer makes JSON texts from values of the interpreter.
type writer struct {
	b     json.RawMessage
	nodes int
}

// maxText bounds a result's text, with a value's part of it taken for 8 bytes at least.
// What is more than a payload fails elsewhere; this is for values that are small only as
// long as nobody writes them down.
const maxText = 6990256

var errLarge = &Failure{Message: textLarge}

func (w *writer) value(v goja.Value, depth int) error {
	if w.nodes++; len(w.b) > maxText || w.nodes > maxText/8 || depth > maxNesting {
		return errLarge
	}
	if o, ok := v.(*goja.Object); ok {
		return w.object(o, depth)
	}
	switch x := v.Export().(type) {
	case nil:
		w.b = append(w.b, "null"...)
	case bool:
		w.b = strconv.AppendBool(w.b, x)
	case int64:
		w.b = strconv.AppendInt(w.b, x, 10)
	case float64:
		w.b = appendNumber(w.b, x)
	case string:
		w.string(x)
	default:
		return ErrFunction
	}
	return nil
}

func (w *writer) object(o *goja.Object, depth int) error {
	switch o.ClassName() {
	case "Function":
		return ErrFunction
	case "Array":
		return w.array(o, depth)
	}
	if flag(o, "_jsonata_lambda") || flag(o, "_jsonata_function") {
		return ErrFunction
	}
	w.b = append(w.b, '{')
	first := true
	for _, key := range o.Keys() {
		v := o.Get(key)
		if goja.IsUndefined(v) {
			continue
		}
		if !first {
			w.b = append(w.b, ',')
		}
		first = false
		w.string(key)
		w.b = append(w.b, ':')
		if err := w.value(v, depth+1); err != nil {
			return err
		}
	}
	w.b = append(w.b, '}')
	return nil
}

func flag(o *goja.Object, name string) bool {
	v := o.Get(name)
	return v != nil && v.ToBoolean()
}

// array writes an array; undefined elements are null, as in JSON.stringify.
func (w *writer) array(o *goja.Object, depth int) error {
	w.b = append(w.b, '[')
	for i := range o.Get("length").ToInteger() {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		v := o.Get(strconv.FormatInt(i, 10))
		if v == nil || goja.IsUndefined(v) {
			v = goja.Null()
		}
		if err := w.value(v, depth+1); err != nil {
			return err
		}
	}
	w.b = append(w.b, ']')
	return nil
}

// scale weighs a value as it would be written, without writing it. A part that stands in
// several places counts in each of them, and a circle goes on until it is too deep.
type scale struct{ left int }

func (s *scale) holds(v goja.Value, depth int) bool {
	if s.left -= 8; s.left < 0 || depth > maxNesting {
		return false
	}
	switch v := v.(type) {
	case goja.String:
		s.left -= v.Length()
	case *goja.Object:
		if v.ClassName() == "Array" {
			for i := range v.Get("length").ToInteger() {
				if e := v.Get(strconv.FormatInt(i, 10)); e != nil && !s.holds(e, depth+1) {
					return false
				}
			}
			return true
		}
		for _, key := range v.Keys() {
			s.left -= len(key)
			if e := v.Get(key); e != nil && !s.holds(e, depth+1) {
				return false
			}
		}
	}
	return s.left >= 0
}

func (w *writer) string(s string) { w.b = jsontext.AppendString(w.b, s) }

// appendNumber writes a number as JavaScript does. JSON has no word for one that is not
// finite, and the service writes its name as a string.
func appendNumber(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	case f == 0:
		return append(b, '0')
	case math.Abs(f) < 1e21 && math.Abs(f) >= 1e-6:
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	b = strconv.AppendFloat(b, f, 'e', -1, 64)
	if n := len(b); b[n-2] == '0' && (b[n-3] == '-' || b[n-3] == '+') { // e-07 is e-7
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}
