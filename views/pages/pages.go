// Package pages holds every page: a view model beside the template that shows it.
//
// A view model is a plain struct that a handler fills; it carries what the page says, already
// decided, and no records. Templates choose words, order and emphasis. What is live on a page
// is a template of its own, named …Fragment, so that a stream can render it alone
// (components.Live says how).
package pages
