package models

import "testing"

// BenchmarkOnPostgres is the same on PostgreSQL, which waits for the disk.
func BenchmarkOnPostgres(b *testing.B) {
	b.Run("Commit", BenchmarkCommit)
	b.Run("OrderEffects", BenchmarkOrderEffects)
}
