package e2e

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// gatewayPayment is a payment in the sandbox gateway's own books.
type gatewayPayment struct {
	Authorised, Captured, Refunded int64
	Voided                         bool
	Operations                     []struct{ Kind, Refused string }
}

// performed counts the operations of a kind that were not refused.
func (p gatewayPayment) performed(kind string) (n int) {
	for _, o := range p.Operations {
		if o.Kind == kind && o.Refused == "" {
			n++
		}
	}
	return n
}

// problem says why the gateway's books are not what an order that has ended needs.
func (p gatewayPayment) problem(status string, total int64) string {
	kept := p.Captured - p.Refunded
	switch {
	case p.performed("authorise") > 1 || p.performed("capture") > 1 || p.performed("refund") > 1:
		return fmt.Sprintf("an operation was performed twice: %+v", p.Operations)
	case status == "COMPLETED" && kept != total:
		return fmt.Sprintf("the order is completed and costs %d, and %d was kept", total, kept)
	case status != "COMPLETED" && kept != 0:
		return fmt.Sprintf("the order is %s, and %d was kept", status, kept)
	case status != "COMPLETED" && p.Captured == 0 && p.Authorised > 0 && !p.Voided:
		return fmt.Sprintf("the order is %s, and %d is still held on the card", status, p.Authorised)
	}
	return ""
}

// books opens the database for reading, and says how it reads the document of a
// sandbox entry s, as text and, with what is to be added, as JSON.
func (a *app) books() (db *sql.DB, document, json string) {
	a.t.Helper()
	driver, name := "sqlite3", "file:"+a.Database+"?mode=ro"
	document = "CAST(s.value AS TEXT)"
	if strings.HasPrefix(a.Database, "postgres") {
		driver, name, document, json = "pgx", a.Database, "convert_from(s.value, 'UTF8')", "::json"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		a.t.Fatal(err)
	}
	return db, document, json
}

// checkGateway compares every order with what the gateway itself says of its payment. The
// app must not be up, and every order must have ended.
func (a *app) checkGateway() (orders, payments int) {
	a.t.Helper()
	db, document, asJSON := a.books()
	defer db.Close()
	rows, err := db.Query(`SELECT o.id, o.status, o.total, coalesce(` + document + `, '{}') FROM orders o
		LEFT JOIN payments p ON p.order_id = o.id
		LEFT JOIN sandbox_entries s ON s.party = 'gateway' AND ` + document + asJSON + ` ->> 'reference' = p.reference`)
	if err != nil {
		a.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, status, value string
		var total int64
		var p gatewayPayment
		if err := rows.Scan(&id, &status, &total, &value); err != nil {
			a.t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(value), &p); err != nil {
			a.t.Fatal(err)
		}
		orders++
		if len(p.Operations) > 0 {
			payments++
		}
		if problem := p.problem(status, total); problem != "" {
			a.t.Errorf("order %s: %s", id, problem)
		}
	}
	var ledger int
	if err := db.QueryRow(`SELECT count(*) FROM sandbox_entries WHERE party = 'gateway'`).Scan(&ledger); err != nil {
		a.t.Fatal(err)
	}
	if ledger != payments {
		a.t.Errorf("the gateway has %d payments, the orders know of %d", ledger, payments)
	}
	return orders, payments
}
