// Package components holds the parts that pages are made of: badges, fields, dialogs, live
// regions, and how money and time are written.
//
// A part is a props struct and a template. It knows the vocabulary of package workflow and
// the addresses of package paths; it must not know records, requests or sessions, and it
// fetches nothing. Nothing here writes a script or a style into the page, which the
// Content-Security-Policy would refuse.
package components
