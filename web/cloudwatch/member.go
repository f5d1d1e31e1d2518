package cloudwatch

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// members are a structure's, as every protocol reads and writes them. Values are string,
// bool, float64, time.Time, members, []any and, in answers, table. What reads them takes
// every form that some protocol writes a value in.
type members map[string]any

// table is a map from texts to numbers, which is not a structure in XML.
type table map[string]float64

// text is a member that is a text; empty when it is absent.
func (m members) text(name string) (string, error) {
	switch v := m[name].(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	}
	return "", invalid("The parameter %s must be a text.", name)
}

// required is a text that must be there.
func (m members) required(name string) (string, error) {
	v, err := m.text(name)
	if err == nil && v == "" {
		err = missing(name)
	}
	return v, err
}

// number is a member that is a whole number; 0 when it is absent.
func (m members) number(name string) (int64, error) {
	var f float64
	var err error
	switch v := m[name].(type) {
	case nil:
		return 0, nil
	case float64:
		f = v
	case int64:
		return v, nil
	case uint64:
		f = float64(v)
	case json.Number:
		f, err = v.Float64()
	case string:
		f, err = strconv.ParseFloat(v, 64)
	default:
		err = strconv.ErrSyntax
	}
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, invalid("The parameter %s must be a whole number.", name)
	}
	return int64(f), nil
}

// flag is a member that is true or false; otherwise when it is absent.
func (m members) flag(name string, otherwise bool) (bool, error) {
	switch v := m[name].(type) {
	case nil:
		return otherwise, nil
	case bool:
		return v, nil
	case string:
		if b, err := strconv.ParseBool(v); err == nil {
			return b, nil
		}
	}
	return false, invalid("The parameter %s must be true or false.", name)
}

// time is a member that is a moment and must be there.
func (m members) time(name string) (time.Time, error) {
	seconds := math.NaN()
	switch v := m[name].(type) {
	case nil:
		return time.Time{}, missing(name)
	case time.Time:
		return v.UTC(), nil
	case float64:
		seconds = v
	case int64:
		seconds = float64(v)
	case uint64:
		seconds = float64(v)
	case json.Number:
		if f, err := v.Float64(); err == nil {
			seconds = f
		}
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t.UTC(), nil
		}
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			seconds = f
		}
	}
	if !(math.Abs(seconds) < 1e12) { // false for what is not a number, too
		return time.Time{}, invalid("The parameter %s must be a time, such as 2026-01-31T12:00:00Z.", name)
	}
	return time.UnixMilli(int64(seconds * 1000)).UTC(), nil
}

// list is a member that is a list, of at most so many; none when it is absent.
func (m members) list(name string, most int) ([]any, error) {
	switch v := m[name].(type) {
	case nil:
		return nil, nil
	case []any:
		if len(v) > most {
			return nil, invalid("The parameter %s has more than %d members.", name, most)
		}
		return v, nil
	}
	return nil, invalid("The parameter %s must be a list.", name)
}

// texts is a list of texts.
func (m members) texts(name string, most int) ([]string, error) {
	values, err := m.list(name, most)
	all := make([]string, len(values))
	for i, v := range values {
		text, ok := v.(string)
		if !ok {
			return nil, invalid("The parameter %s must be a list of texts.", name)
		}
		all[i] = text
	}
	return all, err
}

// structures is a list of structures.
func (m members) structures(name string, most int) ([]members, error) {
	values, err := m.list(name, most)
	all := make([]members, len(values))
	for i, v := range values {
		structure, ok := asMembers(v)
		if !ok {
			return nil, invalid("The parameter %s must be a list of structures.", name)
		}
		all[i] = structure
	}
	return all, err
}

func asMembers(v any) (members, bool) {
	switch v := v.(type) {
	case members:
		return v, true
	case map[string]any:
		return v, true
	}
	return nil, false
}

// dimensions are names and values; values may be left out where anything shows them.
func (m members) dimensions(most int, valued bool) (map[string]string, error) {
	list, err := m.structures("Dimensions", most)
	if err != nil {
		return nil, err
	}
	all := make(map[string]string, len(list))
	for i, d := range list {
		at := "Dimensions.member." + strconv.Itoa(i+1)
		name, err := d.text("Name")
		if err != nil || name == "" {
			return nil, missing(at + ".Name")
		}
		value, err := d.text("Value")
		if err != nil || value == "" && valued {
			return nil, missing(at + ".Value")
		}
		if _, twice := all[name]; twice {
			return nil, invalid("The dimension %s stands twice.", name)
		}
		all[name] = value
	}
	return all, nil
}
