// Package items makes the items of a Distributed Map out of documents (JSON, JSON Lines,
// CSV) and puts items together into batches.
//
// It reads a document once, from the front, and hands on one item at a time, so that a
// file may be larger than memory. Its errors are task failures that Retry and Catch see
// by name. It knows neither files nor executions.
package items
