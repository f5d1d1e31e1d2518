// Package web answers HTTP: pages for people, JSON for programs, event streams for what is live.
//
// It reads forms, checks who asks, calls the store and the engine, builds view models, and
// says in one place which error is which status. What it promises: a GET changes nothing but
// the age of the session; every route states who may use it (routes.go); a form is accepted
// from our own pages only; a status is sent when the page is known to be complete.
//
// It must not know SQL or GORM, what an order costs or when it ships (workflow/fulfilment
// comes in through Options), how a state is interpreted, or what a page looks like (views).
package web
