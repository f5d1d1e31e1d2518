package models

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// movedTable is a table as the target has it. Columns and keys have the same names in both.
type movedTable struct {
	name    string
	columns []string
	types   []string // PostgreSQL's
	key     []string // of the primary key
	serial  bool     // its key counts on by itself
}

// How much is copied in one transaction.
var (
	movedRows  int64 = 10_000
	movedBytes       = 8 << 20
)

// tables are all of ours, each after those that it refers to.
func (m *mover) tables(ctx context.Context) ([]movedTable, error) {
	names, err := m.inOrder(ctx)
	if err != nil {
		return nil, err
	}
	tables := make([]movedTable, len(names))
	for i, name := range names {
		if tables[i], err = m.describe(ctx, name); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

// inOrder are the names of the file's tables, what is referred to first. Other programs may have
// put tables of their own into the file; those stay. So does how far the metrics have counted,
// which they do otherwise on a server.
func (m *mover) inOrder(ctx context.Context) ([]string, error) {
	names, err := texts(m.file.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table'
		AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE '\_%' ESCAPE '\' AND name NOT IN ('migrations', 'metric_progress') ORDER BY name`))
	if err != nil {
		return nil, err
	}
	var ordered []string
	for len(names) > 0 {
		left := len(names)
		var later []string
		for _, name := range names {
			refers, err := texts(m.file.QueryContext(ctx, `SELECT DISTINCT "table" FROM pragma_foreign_key_list(?) WHERE "table" <> ?`, name, name))
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(refers, func(r string) bool { return !slices.Contains(ordered, r) }) {
				later = append(later, name)
			} else {
				ordered = append(ordered, name)
			}
		}
		if names = later; len(names) == left {
			return nil, fmt.Errorf("tables refer to each other: %v", names)
		}
	}
	return ordered, nil
}

func texts(rows *sql.Rows, err error) (all []string, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

func (m *mover) describe(ctx context.Context, name string) (movedTable, error) {
	t := movedTable{name: name}
	rows, err := m.target.Query(ctx, `SELECT column_name, data_type, is_identity = 'YES' FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`, name)
	if err != nil {
		return t, err
	}
	var column, kind string
	var identity bool
	_, err = pgx.ForEachRow(rows, []any{&column, &kind, &identity}, func() error {
		t.columns, t.types, t.serial = append(t.columns, column), append(t.types, kind), t.serial || identity
		return nil
	})
	if err != nil {
		return t, err
	}
	if len(t.columns) == 0 {
		return t, fmt.Errorf("there is no table %s", name)
	}
	t.key, err = texts(m.file.QueryContext(ctx, `SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk`, name))
	if err == nil && len(t.key) == 0 {
		err = fmt.Errorf("table %s has no primary key", name)
	}
	return t, err
}

// from is a query for the rows of the file after a key, or all of them.
func (t movedTable) from(after []any) string {
	key := strings.Join(t.key, ", ")
	where := ""
	if len(after) > 0 {
		where = " WHERE (" + key + ") > (" + strings.TrimSuffix(strings.Repeat("?, ", len(t.key)), ", ") + ")"
	}
	return `SELECT ` + strings.Join(quoted(t.columns), ", ") + ` FROM ` + t.name + where + ` ORDER BY ` + key
}

func quoted(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = `"` + name + `"`
	}
	return all
}

// copyTable goes on with a table where it was left.
func (m *mover) copyTable(ctx context.Context, t movedTable) error {
	var copied int64
	var last []byte
	var done bool
	err := m.target.QueryRow(ctx, `SELECT copied, last, done FROM moving_tables WHERE name = $1`, t.name).Scan(&copied, &last, &done)
	first := errors.Is(err, pgx.ErrNoRows)
	if err != nil && !first || done {
		return err
	}
	var after []any
	if !first {
		if after, err = readKey(last); err != nil {
			return err
		}
	}
	for !done {
		part := &movedPart{table: t}
		err := pgx.BeginFunc(ctx, m.target, func(tx pgx.Tx) error {
			return m.copyPart(ctx, tx, part, after, copied)
		})
		if err != nil {
			return err
		}
		first, after, copied, done = false, part.last, copied+part.rows, part.end
		m.tell(Moving{Table: t.name, Rows: copied})
	}
	return nil
}

// copyPart copies some rows and notes that.
func (m *mover) copyPart(ctx context.Context, tx pgx.Tx, part *movedPart, after []any, copied int64) error {
	t := part.table
	rows, err := m.file.QueryContext(ctx, t.from(after), after...)
	if err != nil {
		return err
	}
	defer rows.Close()
	part.source, part.last = rows, after
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, part); err != nil {
		return err
	}
	if part.end && t.serial {
		_, err := tx.Exec(ctx, fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('%s', '%s'), coalesce(max(%s), 0) + 1, false) FROM %s`,
			t.name, t.key[0], t.key[0], t.name))
		if err != nil {
			return err
		}
	}
	last, err := writeKey(part.last)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO moving_tables (name, copied, last, done) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET copied = excluded.copied, last = excluded.last, done = excluded.done`,
		t.name, copied+part.rows, last, part.end)
	return err
}

// movedPart is a pgx.CopyFromSource of as many rows as one transaction should have.
type movedPart struct {
	table  movedTable
	source *sql.Rows
	rows   int64
	bytes  int
	last   []any // key of the last row
	values []any
	end    bool // there are no more
	err    error
}

func (p *movedPart) Next() bool {
	if p.err != nil || p.rows >= movedRows || p.bytes >= movedBytes {
		return false
	}
	if !p.source.Next() {
		p.end, p.err = true, p.source.Err()
		return false
	}
	if p.values, p.err = p.table.scan(p.source); p.err != nil {
		return false
	}
	p.rows++
	p.last = p.last[:0:0]
	for _, name := range p.table.key {
		p.last = append(p.last, p.values[slices.Index(p.table.columns, name)])
	}
	for _, v := range p.values {
		switch v := v.(type) {
		case string:
			p.bytes += len(v)
		case []byte:
			p.bytes += len(v)
		}
	}
	return true
}

func (p *movedPart) Values() ([]any, error) { return p.values, nil }
func (p *movedPart) Err() error             { return p.err }

// scan reads a row as the target stores it.
func (t movedTable) scan(rows interface{ Scan(...any) error }) ([]any, error) {
	values, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, v := range values {
		var err error
		if values[i], err = movedValue(t.types[i], v); err != nil {
			return nil, fmt.Errorf("column %s: %w", t.columns[i], err)
		}
	}
	return values, nil
}

// movedValue is a value as a column of that type has it. SQLite lets any column hold anything.
func movedValue(kind string, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch kind {
	case "bigint", "integer":
		if n, ok := v.(int64); ok {
			return n, nil
		}
		if n, ok := v.(int32); ok {
			return int64(n), nil
		}
	case "text", "character varying":
		switch text := v.(type) {
		case string:
			return storable(text), nil
		case []byte:
			return storable(string(text)), nil
		}
	case "bytea":
		switch data := v.(type) {
		case []byte:
			return data, nil
		case string:
			return []byte(data), nil
		}
	case "boolean":
		switch b := v.(type) {
		case bool:
			return b, nil
		case int64:
			return b != 0, nil
		}
	case "double precision":
		switch x := v.(type) {
		case float64:
			return x, nil
		case int64:
			return float64(x), nil
		}
	}
	return nil, fmt.Errorf("a %T where a %s should be", v, kind)
}

// Keys are of integers and texts.
func writeKey(values []any) ([]byte, error) { return json.Marshal(values) }

func readKey(text []byte) (values []any, err error) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&values); err != nil {
		return nil, err
	}
	for i, v := range values {
		if n, ok := v.(json.Number); ok {
			if values[i], err = n.Int64(); err != nil {
				return nil, err
			}
		}
	}
	return values, nil
}

// compareTable makes sure that the target has the rows of the file and no others.
func (m *mover) compareTable(ctx context.Context, t movedTable) error {
	here, err := m.file.QueryContext(ctx, t.from(nil))
	if err != nil {
		return err
	}
	defer here.Close()
	want, sum, err := contentOf(t, here)
	if err != nil {
		return err
	}
	there, err := m.target.Query(ctx, t.from(nil))
	if err != nil {
		return err
	}
	defer there.Close()
	got, copied, err := contentOf(t, there)
	if err != nil {
		return err
	}
	if got != want || copied != sum {
		return fmt.Errorf("%d rows became %d with other content; make the database anew and begin again", want, got)
	}
	m.tell(Moving{Table: t.name, Rows: want, Done: true})
	return nil
}

// movedSource is *sql.Rows or pgx.Rows.
type movedSource interface {
	Next() bool
	Scan(...any) error
	Err() error
}

func contentOf(t movedTable, rows movedSource) (n int64, sum [sha256.Size]byte, err error) {
	h := sha256.New()
	for ; rows.Next(); n++ {
		values, err := t.scan(rows)
		if err != nil {
			return n, sum, err
		}
		for _, v := range values {
			hashValue(h, v)
		}
	}
	return n, [sha256.Size]byte(h.Sum(nil)), rows.Err()
}

// hashValue writes a value so that no two rows look the same.
func hashValue(h hash.Hash, v any) {
	var head [9]byte
	number := func(kind byte, n uint64) {
		head[0] = kind
		binary.BigEndian.PutUint64(head[1:], n)
		h.Write(head[:])
	}
	switch v := v.(type) {
	case nil:
		number('0', 0)
	case int64:
		number('i', uint64(v))
	case float64:
		number('f', math.Float64bits(v))
	case bool:
		number('b', map[bool]uint64{true: 1}[v])
	case string:
		number('s', uint64(len(v)))
		h.Write([]byte(v))
	case []byte:
		number('d', uint64(len(v)))
		h.Write(v)
	}
}
