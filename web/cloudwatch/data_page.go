package cloudwatch

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"

	"countersign/models"
)

// mostDataPoints is how many data points one GetMetricData returns; the rest come with its
// NextToken.
const mostDataPoints = 100_800

// dataPage is a part of GetMetricData's answer: the points of its queries, one query after the
// other, from where the part before has ended.
type dataPage struct {
	ascending bool
	query     int   // which is being answered
	room      int   // for so many points more
	from      int   // the query that the part before has ended in; -1 for the first part
	last      int64 // the moment of that part's last point, in Unix seconds
	next      string
}

func dataPageOf(in members, queries int) (*dataPage, error) {
	most, err := in.number("MaxDatapoints")
	if err != nil {
		return nil, err
	}
	if most < 0 || most > mostDataPoints {
		return nil, invalid("The parameter MaxDatapoints must be between 1 and %d.", mostDataPoints)
	}
	if most == 0 {
		most = mostDataPoints
	}
	p := &dataPage{room: int(most), from: -1}
	token, err := in.text("NextToken")
	if err != nil || token == "" {
		return p, err
	}
	plain, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		_, err = fmt.Sscanf(string(plain), "%d@%d", &p.from, &p.last)
	}
	if err != nil || p.from < 0 || p.from >= queries {
		return nil, &Error{Code: "InvalidNextToken", Message: "The next token specified is invalid."}
	}
	return p, nil
}

// done says that the query was answered in full by an earlier part.
func (p *dataPage) done() bool { return p.query < p.from }

// full says that what is left comes with the next part.
func (p *dataPage) full() bool { return p.next != "" }

// take is what fits of a query's points, which come in the order of their time, and which the part
// before did not have.
func (p *dataPage) take(points []models.MetricPoint) []models.MetricPoint {
	if p.query == p.from {
		points = slices.DeleteFunc(points, func(m models.MetricPoint) bool {
			at := m.At.Unix()
			return p.ascending && at <= p.last || !p.ascending && at >= p.last
		})
	}
	if !p.ascending {
		slices.Reverse(points)
	}
	if len(points) > p.room {
		points = points[:p.room]
		p.endAt(points)
	}
	p.room -= len(points)
	return points
}

// endAt notes where the part ends: at the last of some points of this query, or before its first.
func (p *dataPage) endAt(points []models.MetricPoint) {
	last := int64(math.MaxInt64)
	if p.ascending {
		last = math.MinInt64
	}
	if n := len(points); n > 0 {
		last = points[n-1].At.Unix()
	}
	p.next = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d@%d", p.query, last))
}
