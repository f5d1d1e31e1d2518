package items

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"countersign/workflow"
)

// Kinds of documents (ReaderConfig.InputType).
const (
	JSON  = "JSON"
	JSONL = "JSONL"
	CSV   = "CSV"
)

// Where a CSV file's header is (ReaderConfig.CSVHeaderLocation).
const (
	FirstRow = "FIRST_ROW"
	Given    = "GIVEN"
)

// Delimiters are the values of ReaderConfig.CSVDelimiter.
var Delimiters = map[string]rune{"COMMA": ',', "PIPE": '|', "SEMICOLON": ';', "SPACE": ' ', "TAB": '\t'}

// Config is a ReaderConfig, evaluated.
type Config struct {
	InputType      string
	HeaderLocation string
	Headers        []string // with Given
	Delimiter      string   // a key of Delimiters; COMMA when empty
	MaxItems       int64    // 0 for all
	Pointer        string   // JSON Pointer to the array within a JSON document; empty for the whole
}

// Limits of the service.
const (
	maxItem   = 8 << 20  // bytes of one item or line; a child's input is limited further
	maxHeader = 10 << 10 // bytes of a CSV header
)

// byteOrderMark is what some programs begin a file in UTF-8 with.
const byteOrderMark = "\ufeff"

// errEnough ends the reading of a document of which no more is wanted.
var errEnough = errors.New("enough items")

// Read hands each item of a document to take, up to MaxItems of them. An error of take
// ends the reading and is returned; every other one is a *workflow.TaskError.
func Read(c Config, from io.Reader, take func(json.RawMessage) error) error {
	n := int64(0)
	var taken error
	each := func(item json.RawMessage) error {
		if taken = take(item); taken != nil {
			return taken
		}
		if n++; n == c.MaxItems {
			return errEnough
		}
		return nil
	}
	buffered := bufio.NewReader(from)
	if mark, _ := buffered.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = buffered.Discard(len(byteOrderMark))
	}
	from = buffered
	var err error
	switch c.InputType {
	case JSON:
		err = readJSON(c, from, each)
	case JSONL:
		err = readLines(from, each)
	case CSV:
		err = readCSV(c, from, each)
	default:
		err = fmt.Errorf("the input type %q is not offered; offered are JSON, JSONL and CSV", c.InputType)
	}
	if err == nil || errors.Is(err, errEnough) {
		return nil
	}
	var failure *workflow.TaskError
	if taken != nil || errors.As(err, &failure) {
		return err
	}
	return Failed("%v", err)
}

// Failed is the failure of an item reader.
func Failed(format string, args ...any) *workflow.TaskError {
	return workflow.Failf(workflow.ErrorItemReaderFailed, format, args...)
}

func readJSON(c Config, from io.Reader, each func(json.RawMessage) error) error {
	d := json.NewDecoder(from)
	d.UseNumber()
	if err := descend(d, c.Pointer); err != nil {
		return err
	}
	open, err := d.Token()
	if err != nil {
		return fmt.Errorf("the file is not JSON: %w", err)
	}
	if open != json.Delim('[') {
		return Failed("Attempting to map over non-iterable node.")
	}
	for d.More() {
		var item json.RawMessage
		if err := d.Decode(&item); err != nil {
			return fmt.Errorf("the file is not JSON: %w", err)
		}
		if err := each(legible(item)); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("the file is not JSON: %w", err)
	}
	return nil
}

// descend brings the decoder to the value that a JSON Pointer (RFC 6901) names.
func descend(d *json.Decoder, pointer string) error {
	if pointer == "" {
		return nil
	}
	for _, step := range strings.Split(pointer, "/")[1:] {
		name := strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		open, err := d.Token()
		if err != nil {
			return fmt.Errorf("the file is not JSON: %w", err)
		}
		if found, err := enter(d, open, name); err != nil || !found {
			return errors.Join(err, fmt.Errorf("the file has nothing at the ItemsPointer %s", pointer))
		}
	}
	return nil
}

// enter skips to a member of an object or to an item of an array, of which the opening was read.
func enter(d *json.Decoder, open json.Token, name string) (bool, error) {
	var skipped json.RawMessage
	for i := 0; d.More(); i++ {
		here := fmt.Sprint(i)
		if open == json.Delim('{') {
			key, err := d.Token()
			if err != nil {
				return false, err
			}
			here, _ = key.(string)
		} else if open != json.Delim('[') {
			return false, nil
		}
		if here == name {
			return true, nil
		}
		if err := d.Decode(&skipped); err != nil {
			return false, err
		}
	}
	return false, nil
}

func readLines(from io.Reader, each func(json.RawMessage) error) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 64<<10), maxItem)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		if !json.Valid(line) {
			return fmt.Errorf("line %d of the file is not JSON", n)
		}
		if err := each(legible(bytes.Clone(line))); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a line of the file is longer than %d bytes", maxItem)
	}
	return lines.Err()
}

// legible replaces what is not UTF-8, which no input of an execution may hold.
func legible(item json.RawMessage) json.RawMessage {
	if utf8.Valid(item) {
		return item
	}
	return bytes.ToValidUTF8(item, []byte("\ufffd"))
}

// readCSV makes an object of each row: what a row has too much is dropped, what it has
// too little is empty.
func readCSV(c Config, from io.Reader, each func(json.RawMessage) error) error {
	rows := csv.NewReader(from)
	rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = -1, true, true
	if c.Delimiter != "" {
		rows.Comma = Delimiters[c.Delimiter]
	}
	header := c.Headers
	if c.HeaderLocation == FirstRow {
		first, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return errors.New("the CSV file has no header")
		}
		if err != nil {
			return fmt.Errorf("the file is not CSV: %w", err)
		}
		header = append(header, first...)
	}
	if len(strings.Join(header, ",")) > maxHeader {
		return fmt.Errorf("the CSV header is longer than %d bytes", maxHeader)
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the file is not CSV: %w", err)
		}
		item := make(map[string]string, len(header))
		for i, name := range header {
			item[name] = ""
			if i < len(row) {
				item[name] = row[i]
			}
		}
		text, err := encode(item)
		if err != nil {
			return err
		}
		if err := each(text); err != nil {
			return err
		}
	}
}

// encode writes JSON without the escapes that only HTML needs.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
