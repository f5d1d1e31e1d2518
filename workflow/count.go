package workflow

// Count is how many there are of something, which nobody counts further than a bound.
type Count struct {
	N    int64
	More bool // than N; how many more is not known
}

// Plus is how many two counts are together.
func (c Count) Plus(d Count) Count { return Count{c.N + d.N, c.More || d.More} }
