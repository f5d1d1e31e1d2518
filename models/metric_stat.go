package models

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"
)

// MetricStat is what is known of the values that one metric had in one span of time.
type MetricStat struct {
	Samples   int64
	Sum       int64
	Low, High int64 // of the values; meaningless without samples
	buckets   map[uint16]int64
}

// bucketGrowth is how much wider each bucket of the distribution is than the one before:
// a percentile is known to about one in a hundred.
const bucketGrowth = 1.02

var logGrowth = math.Log(bucketGrowth)

// bucketOf is the bucket of a value; 0 is for what is not positive.
func bucketOf(value int64) uint16 {
	if value <= 0 {
		return 0
	}
	return uint16(1 + int(math.Log(float64(value))/logGrowth+0.5))
}

// bucketValue is what a value in a bucket is about.
func bucketValue(b uint16) float64 {
	if b == 0 {
		return 0
	}
	return math.Exp(float64(b-1) * logGrowth)
}

// add counts a value; spread says whether its distribution is of interest.
func (s *MetricStat) add(value int64, spread bool) {
	if s.Samples == 0 || value < s.Low {
		s.Low = value
	}
	if s.Samples == 0 || value > s.High {
		s.High = value
	}
	s.Samples++
	s.Sum += value
	if spread {
		if s.buckets == nil {
			s.buckets = make(map[uint16]int64)
		}
		s.buckets[bucketOf(value)]++
	}
}

// Merge adds the values of another span.
func (s *MetricStat) Merge(o MetricStat) {
	if o.Samples == 0 {
		return
	}
	if s.Samples == 0 {
		s.Low, s.High = o.Low, o.High
	}
	s.Low, s.High = min(s.Low, o.Low), max(s.High, o.High)
	s.Samples += o.Samples
	s.Sum += o.Sum
	if s.buckets == nil && len(o.buckets) > 0 {
		s.buckets = make(map[uint16]int64, len(o.buckets))
	}
	for b, n := range o.buckets {
		s.buckets[b] += n
	}
}

// Percentile is the value that p of a hundred values do not exceed. Of counts, which
// have no distribution, everything is either the least or the greatest value.
func (s MetricStat) Percentile(p float64) float64 {
	if s.Samples == 0 {
		return 0
	}
	rank := p / 100 * float64(s.Samples)
	if rank >= float64(s.Samples) {
		return float64(s.High)
	}
	if len(s.buckets) == 0 {
		if rank <= float64(s.Samples*s.High-s.Sum)/float64(max(s.High-s.Low, 1)) {
			return float64(s.Low)
		}
		return float64(s.High)
	}
	var seen int64
	for _, b := range slices.Sorted(maps.Keys(s.buckets)) {
		if seen += s.buckets[b]; float64(seen) >= rank {
			return min(max(bucketValue(b), float64(s.Low)), float64(s.High))
		}
	}
	return float64(s.High)
}

var errBuckets = errors.New("the distribution of a metric cannot be read")

// encodeBuckets writes pairs of bucket (as the distance from the one before) and count.
func (s MetricStat) encodeBuckets() []byte {
	if len(s.buckets) == 0 {
		return nil
	}
	b := make([]byte, 0, 4*len(s.buckets))
	var last uint16
	for _, bucket := range slices.Sorted(maps.Keys(s.buckets)) {
		b = binary.AppendUvarint(b, uint64(bucket-last))
		b = binary.AppendUvarint(b, uint64(s.buckets[bucket]))
		last = bucket
	}
	return b
}

func (s *MetricStat) decodeBuckets(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	s.buckets = make(map[uint16]int64)
	var bucket uint64
	for len(b) > 0 {
		step, n := binary.Uvarint(b)
		if n <= 0 {
			return errBuckets
		}
		count, m := binary.Uvarint(b[n:])
		if bucket += step; m <= 0 || bucket > math.MaxUint16 {
			return errBuckets
		}
		s.buckets[uint16(bucket)] += int64(count)
		b = b[n+m:]
	}
	return nil
}
