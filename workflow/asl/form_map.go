package asl

import "strings"

// mapState checks what is special to a Map state.
func (c *formCheck) mapState(p place, jsonata bool) {
	c.alternatives(p, true, "ItemProcessor", "Iterator")
	for _, name := range []string{"ItemProcessor", "Iterator"} {
		if processor, ok := p.member(name); ok && processor.value.kind == '{' {
			c.object(processor, processorFields, jsonata)
			c.require(processor, "StartAt", "States")
			c.processorConfig(processor)
			c.states(processor)
		}
	}
	if reader, ok := p.member("ItemReader"); ok && reader.value.kind == '{' {
		c.object(reader, readerFields, jsonata)
		c.require(reader, "Resource")
		c.storage(reader, "s3:getObject", "s3:listObjectsV2")
		c.readerConfig(reader, jsonata)
	}
	if batcher, ok := p.member("ItemBatcher"); ok && batcher.value.kind == '{' {
		c.object(batcher, batcherFields, jsonata)
		c.pairs(batcher)
	}
	if writer, ok := p.member("ResultWriter"); ok && writer.value.kind == '{' {
		c.object(writer, writerFields, jsonata)
		c.storage(writer, "s3:putObject")
		if config, ok := writer.member("WriterConfig"); ok && config.value.kind == '{' {
			c.object(config, writerConfigFields, jsonata)
			c.require(config, "Transformation", "OutputType")
			c.oneOf(config, "Transformation", "NONE", "COMPACT", "FLATTEN")
			c.oneOf(config, "OutputType", "JSON", "JSONL")
		} else if writer.value.get("Resource") == nil {
			c.require(writer, "Resource")
		}
	}
}

func (c *formCheck) processorConfig(processor place) {
	config, ok := processor.member("ProcessorConfig")
	if !ok || config.value.kind != '{' {
		return
	}
	table := inlineConfigFields
	if isDistributed(processor) {
		table = distributedConfigFields
	}
	c.object(config, table, false)
	c.oneOf(config, "Mode", "INLINE", "DISTRIBUTED")
	if isDistributed(processor) {
		c.require(config, "ExecutionType")
		c.oneOf(config, "ExecutionType", "STANDARD", "EXPRESS")
	}
}

// isDistributed says whether a processor runs its items in child executions.
func isDistributed(processor place) bool {
	config := processor.value.get("ProcessorConfig")
	if config == nil {
		return false
	}
	mode := config.get("Mode")
	return mode != nil && mode.text == "DISTRIBUTED"
}

// storage checks the Resource of an ItemReader or ResultWriter.
func (c *formCheck) storage(p place, actions ...string) {
	resource, ok := p.member("Resource")
	if !ok || resource.value.kind != '"' {
		return
	}
	for _, action := range actions {
		if resource.value.text == integrationPrefix+action {
			return
		}
	}
	c.at(resource, CodeSchema, "The field 'Resource' does not match any of the allowed values")
}

func (c *formCheck) readerConfig(reader place, jsonata bool) {
	config, ok := reader.member("ReaderConfig")
	if !ok || config.value.kind != '{' {
		return
	}
	input := ""
	if t := config.value.get("InputType"); t != nil {
		input = t.text
	}
	table := readerConfigFields
	if input != "CSV" && input != "" {
		table = without(table, "CSVHeaderLocation", "CSVHeaders", "CSVDelimiter")
	}
	c.object(config, table, jsonata)
	c.oneOf(config, "InputType", "CSV", "JSON", "JSONL", "MANIFEST", "PARQUET")
	c.oneOf(config, "CSVHeaderLocation", "FIRST_ROW", "GIVEN")
	location := config.value.get("CSVHeaderLocation")
	switch {
	case input == "CSV" && location == nil:
		c.at(config, CodeSchema, "The field 'CSVHeaderLocation' is required")
	case location != nil && location.text == "GIVEN":
		c.require(config, "CSVHeaders")
	}
	c.alternatives(config, false, "MaxItems", "MaxItemsPath")
}

func without(table fields, names ...string) fields {
	rest := fields{}
	for name, spec := range table {
		rest[name] = spec
	}
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// pairs are fields of which a state may have one only.
func (c *formCheck) pairs(p place) {
	for _, field := range p.value.members {
		if path, ok := strings.CutSuffix(field.name, "Path"); ok && p.value.get(path) != nil && pathPairs[path] {
			c.alternatives(p, false, path, field.name)
		}
	}
}
