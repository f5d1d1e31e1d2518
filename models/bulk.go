package models

import (
	"fmt"
	"strings"
)

// bulk is a statement of PostgreSQL that does for any number of rows, at once, what a step or
// an effect does for one. It is performed when nobody objects; what comes out differently for
// one of its rows is performed again one by one, to learn for which.
type bulk struct {
	query   string
	columns []columnKind
}

// bulkRow is what a write adds to a bulk: one value for each column.
type bulkRow struct {
	of     *bulk
	values []any
}

func (b *bulk) row(values ...any) bulkRow { return bulkRow{b, values} }

// columnKind is the type of a column's values; those that PostgreSQL has and we use.
type columnKind string

// rowsOf is a bulk's rows as a table that its statement calls v. Columns are written as in a
// CREATE TABLE: "id bigint, name text".
func rowsOf(columns string) (table string, kinds []columnKind) {
	var names, parameters []string
	columns = strings.Join(strings.Fields(columns), " ")
	for i, column := range strings.Split(columns, ", ") {
		name, kind, _ := strings.Cut(column, " ")
		names, kinds = append(names, name), append(kinds, columnKind(kind))
		parameters = append(parameters, fmt.Sprintf("$%d::%s[]", i+1, kind))
	}
	return "v (" + strings.Join(names, ", ") + ") AS (SELECT * FROM unnest(" + strings.Join(parameters, ", ") + "))", kinds
}

// looseBulk is a bulk whose rows need not come to anything.
func looseBulk(columns, statement string) *bulk {
	table, kinds := rowsOf(columns)
	return &bulk{"WITH " + table + " " + statement, kinds}
}

// strictBulk is a bulk of which each row affects one row of the database, or else the
// statement fails. It has a RETURNING.
func strictBulk(columns, statement string) *bulk {
	return strictBulkOf(columns, "", statement)
}

// strictBulkOf has further tables before its statement.
func strictBulkOf(columns, tables, statement string) *bulk {
	table, kinds := rowsOf(columns)
	return &bulk{"WITH " + table + ", " + tables + "done AS (" + statement + ")" +
		" SELECT countersign_all(COUNT(*), (SELECT COUNT(*) FROM v)) FROM done", kinds}
}

// bulks are all there are, in the order they are performed in: rows before what refers to them,
// an approval is opened before it is closed, and always the same tables after the same, so that
// two groups seldom wait for each other.
var bulks = []*bulk{
	insertExecutions, updateExecutions, insertHistory, deleteOffers, insertOffers,
	insertOrders, insertOrderLines, insertPlacements, askForApproval, replaceApprovals, insertApprovals,
	insertPayments, updatePayments, shipOrders, insertShipments,
	closeApprovals, setOrderStatuses, insertMails, insertSandboxEntries, updateSandboxEntries,
}

// stockBulks come last, because many orders want the same items: whoever holds lockStock has
// nothing left to do but them and the commit.
var stockBulks = []*bulk{reserveItems, settleReservations}

// args are the rows as arrays, one for each column.
func (b *bulk) args(rows []bulkRow) []any {
	args := make([]any, len(b.columns))
	for i, kind := range b.columns {
		switch kind {
		case "bigint":
			args[i] = columnOf[int64](rows, i)
		case "text":
			args[i] = columnOf[string](rows, i)
		case "boolean":
			args[i] = columnOf[bool](rows, i)
		case "bytea":
			args[i] = blobsOf(rows, i)
		default:
			panic("models: a bulk with a column of " + string(kind))
		}
	}
	return args
}

// columnOf is a slice of T, or of *T where there are values that are NULL.
func columnOf[T any](rows []bulkRow, column int) any {
	values := make([]T, len(rows))
	nulls := false
	for i, r := range rows {
		if r.values[column] == nil {
			nulls = true
			continue
		}
		values[i] = r.values[column].(T)
		if text, ok := any(&values[i]).(*string); ok {
			*text = storable(*text)
		}
	}
	if !nulls {
		return values
	}
	some := make([]*T, len(rows))
	for i, r := range rows {
		if r.values[column] != nil {
			some[i] = &values[i]
		}
	}
	return some
}

func blobsOf(rows []bulkRow, column int) [][]byte {
	blobs := make([][]byte, len(rows))
	for i, r := range rows {
		if blob, ok := r.values[column].([]byte); ok && blob == nil {
			blobs[i] = []byte{}
		} else {
			blobs[i] = blob
		}
	}
	return blobs
}
