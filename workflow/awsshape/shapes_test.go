package awsshape

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var models = flag.String("models", "", "botocore's data folder, to write shapes.zip from")

// model is what botocore keeps of a service, as far as it is wanted here.
type model struct {
	Metadata   struct{ ServiceID string }
	Operations map[string]struct {
		Output *struct{ Shape string }
	}
	Shapes map[string]struct {
		Type     string
		Document bool
		Members  map[string]struct{ Shape string }
		Required []string
		Member   struct{ Shape string }
		Value    struct{ Shape string }
		Enum     []string
		Min, Max *json.Number
	}
}

// Every service can be read, and every shape it names is there. With -models the file is
// written first.
func TestShapes(t *testing.T) {
	if *models != "" {
		writeShapes(t, *models)
	}
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.File) < 400 {
		t.Errorf("there are %d services only", len(r.File))
	}
	for _, f := range r.File {
		s, err := load(f.Name)
		if err != nil || s == nil {
			t.Fatal(f.Name, err)
		}
		known := func(name string) {
			if _, ok := s.Shapes[name]; name != "" && !ok {
				t.Errorf("%s has no shape %s", f.Name, name)
			}
		}
		for _, output := range s.Operations {
			known(output)
		}
		for _, one := range s.Shapes {
			known(one.Of)
			for _, member := range one.Members {
				known(member)
			}
		}
	}
}

var kindOf = map[string]string{
	"structure": kindStructure, "list": kindList, "map": kindMap, "boolean": kindBoolean,
	"string": kindString, "timestamp": kindString, "blob": kindString, "character": kindString,
	"integer": kindNumber, "long": kindNumber, "float": kindNumber, "double": kindNumber, "bigdecimal": kindNumber,
}

func writeShapes(t *testing.T, folder string) {
	names, err := filepath.Glob(filepath.Join(folder, "*", "*", "service-2.json.gz"))
	if err != nil || len(names) == 0 {
		t.Fatal("no models in", folder, err)
	}
	slices.Sort(names)
	services := map[string]*service{} // of several versions the last
	for _, name := range names {
		m := readModel(t, name)
		id := m.Metadata.ServiceID
		if id == "" {
			id = filepath.Base(filepath.Dir(filepath.Dir(name)))
		}
		services[sdkName(id)] = m.outputs()
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) { return flate.NewWriter(to, flate.BestCompression) })
	ids := make([]string, 0, len(services))
	for id := range services {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		text, err := json.Marshal(services[id])
		if err != nil {
			t.Fatal(err)
		}
		entry, err := w.CreateHeader(&zip.FileHeader{Name: id, Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("shapes.zip", out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	archive = out.Bytes()
}

func readModel(t *testing.T, name string) model {
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(name, err)
	}
	var m model
	if err := json.NewDecoder(in).Decode(&m); err != nil {
		t.Fatal(name, err)
	}
	return m
}

// sdkName is the service's id as resources name it: in small letters, without spaces.
func sdkName(id string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, id)
}

// outputs keeps the answers of the operations and what they are made of.
func (m model) outputs() *service {
	s := &service{Operations: map[string]string{}, Shapes: map[string]shape{}}
	var keep func(name string)
	keep = func(name string) {
		if _, kept := s.Shapes[name]; kept {
			return
		}
		from := m.Shapes[name]
		to := shape{Kind: kindOf[from.Type], Required: from.Required, Enum: from.Enum, Min: from.Min, Max: from.Max}
		if to.Kind == "" || from.Document {
			to.Kind = kindAny
		}
		if from.Type == "timestamp" || from.Type == "blob" {
			to.Min, to.Max = nil, nil // of the time or of the bytes, not of their text
		}
		to.Of = from.Member.Shape + from.Value.Shape
		if len(from.Members) > 0 && to.Kind == kindStructure {
			to.Members = map[string]string{}
			for member, of := range from.Members {
				to.Members[member] = of.Shape
			}
		}
		s.Shapes[name] = to
		if to.Of != "" {
			keep(to.Of)
		}
		for _, of := range to.Members {
			keep(of)
		}
	}
	if size, ok := m.Shapes["MemorySize"]; ok && m.Metadata.ServiceID == "Lambda" {
		// Functions have 10,240 MB at most; what the description allows more is for others.
		most := json.Number("10240")
		size.Max = &most
		m.Shapes["MemorySize"] = size
	}
	for name, operation := range m.Operations {
		s.Operations[name] = ""
		if operation.Output != nil {
			s.Operations[name] = operation.Output.Shape
			keep(operation.Output.Shape)
		}
	}
	return s
}
