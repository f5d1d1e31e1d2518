package bench

import (
	"math"
	"slices"
)

// direction is which way is better.
type direction string

const (
	higher direction = "higher"
	lower  direction = "lower"
	either direction = ""
)

// Figure is one thing measured, once a round.
type Figure struct {
	Unit    string    `json:"unit"`
	Better  direction `json:"better,omitempty"`
	Median  float64   `json:"median"`
	Lowest  float64   `json:"lowest"`
	Highest float64   `json:"highest"`
	Rounds  []float64 `json:"rounds"`
}

// Figures by their names: "order.transitions_per_second".
type Figures map[string]*Figure

func (f Figures) add(name, unit string, better direction, value float64) {
	g := f[name]
	if g == nil {
		g = &Figure{Unit: unit, Better: better}
		f[name] = g
	}
	g.Rounds = append(g.Rounds, value)
	g.Median, g.Lowest, g.Highest = median(g.Rounds), slices.Min(g.Rounds), slices.Max(g.Rounds)
}

// median is 0 of a figure that was not measured.
func (f Figures) median(name string) float64 {
	if g := f[name]; g != nil {
		return g.Median
	}
	return 0
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// per is a quotient to four digits, 0 when there was nothing.
func per(amount, of float64) float64 {
	if of == 0 {
		return 0
	}
	q := amount / of
	if q == 0 {
		return 0
	}
	digits := math.Pow(10, 4-math.Ceil(math.Log10(math.Abs(q))))
	return math.Round(q*max(digits, 1)) / max(digits, 1)
}
