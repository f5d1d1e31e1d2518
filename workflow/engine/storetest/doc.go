// Package storetest is the contract that every engine.Store passes, and a store in
// memory that passes it too.
//
// Run calls each test with a fresh store. The package knows no database: what a
// store's effects look like comes in through the Fixture.
package storetest
