// Package awsshape knows what the answers of AWS's API operations look like, so that a
// made-up answer can be held against the real one's shape: which members it must have
// and of which types and ranges they are.
//
// The shapes of all services lie in shapes.zip, one entry a service, named as
// arn:aws:states:::aws-sdk:SERVICE:ACTION names it. They are taken from AWS's own
// descriptions of its API (NOTICE says which); TestShapes writes the file anew.
// Members are spelt as Step Functions spells them: with a capital.
//
// Check is a pure function of its arguments. It knows nothing of states or of who made
// the answer up, and what it does not know of an answer it lets pass.
package awsshape

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed shapes.zip
var archive []byte

// shape is a type of a service's API. Shapes name one another.
type shape struct {
	Kind     string            `json:"k"`
	Members  map[string]string `json:"m,omitempty"` // of a structure
	Required []string          `json:"r,omitempty"`
	Of       string            `json:"o,omitempty"` // what a list or a map holds
	Enum     []string          `json:"e,omitempty"`
	Min      *json.Number      `json:"l,omitempty"` // of a number, or of a length
	Max      *json.Number      `json:"u,omitempty"`
}

// The kinds of shapes.
const (
	kindStructure = "{"
	kindList      = "["
	kindMap       = "%"
	kindString    = `"`
	kindNumber    = "0"
	kindBoolean   = "t"
	kindAny       = "*"
)

// service is one service's operations and the shapes that their answers are made of.
type service struct {
	Operations map[string]string `json:"operations"` // by name; empty for no answer
	Shapes     map[string]shape  `json:"shapes"`
}

// load reads one service's shapes; nil for a service that is not known.
func load(name string) (*service, error) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, fmt.Errorf("awsshape: %w", err)
	}
	for _, f := range r.File {
		if f.Name != name {
			continue
		}
		in, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("awsshape: %s: %w", name, err)
		}
		defer in.Close()
		s := &service{}
		if err := json.NewDecoder(in).Decode(s); err != nil {
			return nil, fmt.Errorf("awsshape: %s: %w", name, err)
		}
		return s, nil
	}
	return nil, nil
}

// capital is how Step Functions spells the name of a member or of an action.
func capital(name string) string {
	r, n := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(r)) + name[n:]
}

// Check holds an answer of an operation against its shape and says what is wrong with it
// first, in the service's words; nothing when it may be one. With required, members that
// the operation always answers with may not be missing. A service or an operation that is
// not known takes every answer.
func Check(serviceName, action string, answer json.RawMessage, required bool) (problem string, err error) {
	s, err := load(strings.ToLower(serviceName))
	if s == nil || err != nil {
		return "", err
	}
	name := s.Operations[capital(action)]
	if name == "" {
		return "", nil
	}
	c := checker{shapes: s.Shapes, required: required}
	return c.value("", name, answer), nil
}
