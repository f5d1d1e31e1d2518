package cloudwatch

import (
	"context"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"time"

	"countersign/models"
)

const (
	metricsAtOnce = 500
	mostFilters   = 10
	listedFor     = 14 * 24 * time.Hour // after a metric's last value
)

func (s *Service) listMetrics(ctx context.Context, in members) (members, error) {
	namespace, err := in.text("Namespace")
	if err != nil {
		return nil, err
	}
	f := models.MetricFilter{Since: s.Now().Add(-listedFor)}
	if f.Name, err = in.text("MetricName"); err != nil {
		return nil, err
	}
	if f.Dimensions, err = in.dimensions(mostFilters, false); err != nil {
		return nil, err
	}
	switch recently, err := in.text("RecentlyActive"); {
	case err != nil:
		return nil, err
	case recently == "PT3H":
		f.Since = s.Now().Add(-3 * time.Hour)
	case recently != "":
		return nil, invalid("The value %s for parameter RecentlyActive is not supported.", recently)
	}
	if f.After, err = afterOf(in); err != nil {
		return nil, err
	}
	if namespace != "" && namespace != statesNamespace {
		return members{"Metrics": []any{}}, nil
	}
	found, next, err := s.Store.Metrics(ctx, f, metricsAtOnce)
	if err != nil {
		return nil, err
	}
	metrics := make([]any, len(found))
	for i, m := range found {
		metrics[i] = members{"Namespace": statesNamespace, "MetricName": m.Name, "Dimensions": dimensionList(m.Dimensions)}
	}
	out := members{"Metrics": metrics}
	if next != 0 {
		out["NextToken"] = base64.RawURLEncoding.EncodeToString(strconv.AppendInt(nil, next, 36))
	}
	return out, nil
}

func dimensionList(dimensions map[string]string) []any {
	list := make([]any, 0, len(dimensions))
	for _, name := range slices.Sorted(maps.Keys(dimensions)) {
		list = append(list, members{"Name": name, "Value": dimensions[name]})
	}
	return list
}

// afterOf is what the page before ended with.
func afterOf(in members) (int64, error) {
	token, err := in.text("NextToken")
	if err != nil || token == "" {
		return 0, err
	}
	plain, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		if id, err := strconv.ParseInt(string(plain), 36, 64); err == nil && id > 0 {
			return id, nil
		}
	}
	return 0, invalid("Request parameter NextToken is invalid")
}
