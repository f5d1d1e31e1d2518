package asl

import (
	"encoding/json"
	"math"
	"strings"
	"unicode/utf8"

	"countersign/workflow"
)

// mapRun compiles what only a Map state in DISTRIBUTED mode has. Its form was checked.
func (c *compiler) mapRun(p, processor place, inner mapBody) body {
	b := &mapRunBody{items: inner, label: labelOf(c.current.name), childType: childType(processor)}
	if label, ok := p.member("Label"); ok && label.value.kind == '"' {
		b.label = label.value.text
		c.label(label)
	}
	if reader, ok := p.member("ItemReader"); ok && reader.value.kind == '{' {
		b.reader = c.itemReader(reader)
	}
	if batcher, ok := p.member("ItemBatcher"); ok && batcher.value.kind == '{' {
		b.batcher = &batcherBody{
			maxItems: c.quantity(batcher, "MaxItemsPerBatch", math.MaxInt32),
			maxBytes: c.quantity(batcher, "MaxInputBytesPerBatch", workflow.MaxPayload),
			input:    c.partOf(batcher, "BatchInput"),
		}
	}
	if writer, ok := p.member("ResultWriter"); ok && writer.value.kind == '{' {
		b.writer = c.resultWriter(writer)
	}
	return b
}

func modeOf(processor place) place {
	config, _ := processor.member("ProcessorConfig")
	mode, _ := config.member("Mode")
	return mode
}

// childType is the type of the child executions of a Map state in DISTRIBUTED mode.
func childType(processor place) workflow.StateMachineType {
	if config := processor.value.get("ProcessorConfig"); config != nil {
		if t := config.get("ExecutionType"); t != nil && t.text == string(workflow.Express) {
			return workflow.Express
		}
	}
	return workflow.Standard
}

// maxLabel is the service's limit, in characters.
const maxLabel = 40

// label checks what becomes part of the child executions' ARNs.
func (c *compiler) label(p place) {
	if c.labels[p.value.text] {
		c.at(p, CodeDuplicateLabel, "Duplicate Label name: %s", p.value.text)
	}
	c.labels[p.value.text] = true
	bad := strings.ContainsFunc(p.value.text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f && r <= 0x9f || r == 0xfffe || r == 0xffff || strings.ContainsRune(`<>{}[]?*"#%\^|~`+"`"+`$&,;:/`, r)
	})
	switch {
	case utf8.RuneCountInString(p.value.text) > maxLabel:
		c.at(p, CodeLabelName, "Invalid Label name: %s exceeds the %d-character limit allowed by the service", p.value.text, maxLabel)
	case p.value.text == "" || bad:
		c.at(p, CodeLabelName, "Invalid Label name: '%s' is empty or has white space, wildcards, brackets or special characters", p.value.text)
	}
}

func (c *compiler) itemReader(p place) *readerBody {
	r := &readerBody{arguments: c.partOf(p, "Parameters"), inputType: "JSON"}
	if resource := p.value.get("Resource"); resource != nil {
		r.resource = strings.TrimPrefix(resource.text, integrationPrefix)
	}
	config, ok := p.member("ReaderConfig")
	if !ok || config.value.kind != '{' {
		return r
	}
	for name, to := range map[string]*string{
		"InputType": &r.inputType, "CSVHeaderLocation": &r.location, "CSVDelimiter": &r.delimiter, "ItemsPointer": &r.pointer,
	} {
		if v := config.value.get(name); v != nil && v.kind == '"' {
			*to = v.text
		}
	}
	if input, ok := config.member("InputType"); ok && (r.inputType == "MANIFEST" || r.inputType == "PARQUET") {
		c.at(input, CodeNotSupported, "The input type '%s' is not offered; offered are CSV, JSON and JSONL", r.inputType)
	}
	if headers := config.value.get("CSVHeaders"); headers != nil {
		for _, h := range headers.items {
			r.headers = append(r.headers, h.text)
		}
	}
	r.maxItems = c.quantity(config, "MaxItems", 100_000_000)
	return r
}

func (c *compiler) resultWriter(p place) *writerBody {
	w := &writerBody{arguments: c.partOf(p, "Parameters"), transformation: "NONE", outputType: "JSON"}
	if resource := p.value.get("Resource"); resource != nil {
		w.resource = strings.TrimPrefix(resource.text, integrationPrefix)
	}
	if config, ok := p.member("WriterConfig"); ok && config.value.kind == '{' {
		for name, to := range map[string]*string{"Transformation": &w.transformation, "OutputType": &w.outputType} {
			if v := config.value.get(name); v != nil && v.kind == '"' {
				*to = v.text
			}
		}
	}
	return w
}

// partOf compiles a field whose value is made of the state's input; nil when there is none.
func (c *compiler) partOf(p place, field string) expression {
	if c.current.jsonata {
		if field == "Parameters" {
			field = "Arguments"
		}
		f, ok := p.member(field)
		if !ok {
			return nil
		}
		return rendered{c.queriesIn(f, c.fieldAt(f), 0)}
	}
	if t := c.template(p, field); t != nil {
		return rendered{t}
	}
	return nil
}

// rendered is a template as a value of its own.
type rendered struct{ *template }

func (r rendered) value(e *environment, data json.RawMessage) (json.RawMessage, *failure) {
	return r.render(e, data)
}
