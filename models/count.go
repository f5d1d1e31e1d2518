package models

import (
	"context"

	"countersign/workflow"
)

// countedTo is how far things are counted that there may be millions of: looking at so many
// entries of an index takes about a millisecond, whatever lies behind them.
const countedTo = 10_000

// count counts the rows of a query, no further than countedTo. The query should be answered by an
// index alone.
func (s *Store) count(ctx context.Context, query string, args ...any) (workflow.Count, error) {
	var n int64
	err := s.read(ctx).Raw(`SELECT count(*) FROM (`+query+` LIMIT ?) AS first`, append(args, countedTo+1)...).Row().Scan(&n)
	return countOf(n, countedTo), err
}

// countOf is what counting says that went one further than the bound.
func countOf(n, bound int64) workflow.Count {
	return workflow.Count{N: min(n, bound), More: n > bound}
}
