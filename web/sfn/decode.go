package sfn

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// decode puts members that have passed their shape into the struct that into points to. Names
// are compared exactly, unlike encoding/json, which takes "Name" for "name".
func decode(members map[string]any, into any) error {
	return decodeStruct(members, reflect.ValueOf(into).Elem())
}

func decodeStruct(members map[string]any, v reflect.Value) error {
	for i := range v.NumField() {
		if v.Type().Field(i).Anonymous { // its members are the struct's own
			if err := decodeStruct(members, v.Field(i)); err != nil {
				return err
			}
			continue
		}
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if value, ok := members[name]; ok {
			if err := decodeValue(value, v.Field(i)); err != nil {
				return fmt.Errorf("member %s: %w", name, err)
			}
		}
	}
	return nil
}

var rawMessage = reflect.TypeFor[json.RawMessage]()

func decodeValue(value any, v reflect.Value) error {
	if v.Type() == rawMessage {
		text, err := encode(value)
		v.SetBytes(text)
		return err
	}
	switch value := value.(type) {
	case string:
		if v.Kind() == reflect.String {
			v.SetString(value)
			return nil
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(value)
			return nil
		}
	case json.Number:
		return decodeNumber(value, v)
	case map[string]any:
		if v.Kind() == reflect.Struct {
			return decodeStruct(value, v)
		}
	case []any:
		if v.Kind() == reflect.Slice {
			return decodeList(value, v)
		}
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		return decodeValue(value, v.Elem())
	}
	return fmt.Errorf("a %T does not fit into a %s", value, v.Type())
}

func decodeList(values []any, v reflect.Value) error {
	v.Set(reflect.MakeSlice(v.Type(), len(values), len(values)))
	for i, value := range values {
		if err := decodeValue(value, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func decodeNumber(n json.Number, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		v.SetInt(truncated(n))
		return nil
	case reflect.Float64:
		f, err := n.Float64()
		v.SetFloat(f)
		return err
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return decodeNumber(n, v.Elem())
	}
	return fmt.Errorf("a number does not fit into a %s", v.Type())
}
