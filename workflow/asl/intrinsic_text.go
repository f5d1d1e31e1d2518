package asl

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"
	"unicode/utf8"

	"countersign/workflow/asl/jsontext"
)

// maxIntrinsicText is how many characters the Base64 and hash functions take.
const maxIntrinsicText = 10_000

// intrinsicFormat puts the arguments into the template's {}.
func intrinsicFormat(in *invocation) (json.RawMessage, error) {
	pattern := in.patterns[0]
	if text, err := in.text(0); err != nil {
		return nil, err
	} else if pattern == "" {
		pattern = text // of a path or a call
	}
	var b strings.Builder
	used := 1
	for i := 0; i < len(pattern); i++ {
		switch {
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
			b.WriteByte(pattern[i])
		case strings.HasPrefix(pattern[i:], "{}"):
			i++
			if used >= len(in.args) {
				return nil, errors.New("there are more {} in the template than arguments")
			}
			b.WriteString(formatted(in.args[used]))
			if used++; b.Len() > maxIntrinsicBytes {
				return nil, errIntrinsicTooLarge
			}
		default:
			b.WriteByte(pattern[i])
		}
	}
	if used != len(in.args) {
		return nil, errors.New("there are more arguments than {} in the template")
	}
	return jsontext.AppendString(nil, b.String()), nil
}

// formatted is a value within a text: strings without quotes, others as JSON.
func formatted(b json.RawMessage) string {
	if s, ok := rawString(b); ok {
		return s
	}
	return string(compact(b))
}

func compact(b json.RawMessage) []byte {
	var out bytes.Buffer
	if json.Compact(&out, b) != nil {
		return b
	}
	return out.Bytes()
}

func intrinsicBase64Encode(in *invocation) (json.RawMessage, error) {
	s, err := in.short(0)
	return jsontext.AppendString(nil, base64.StdEncoding.EncodeToString([]byte(s))), err
}

func intrinsicBase64Decode(in *invocation) (json.RawMessage, error) {
	s, err := in.short(0)
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, errors.New("the string is not Base64")
	}
	return jsontext.AppendString(nil, string(b)), nil
}

// short is argument i, a string within the limit.
func (in *invocation) short(i int) (string, error) {
	s, err := in.text(i)
	if err == nil && utf8.RuneCountInString(s) > maxIntrinsicText {
		err = fmt.Errorf("argument %d has more than %d characters", i+1, maxIntrinsicText)
	}
	return s, err
}

var hashes = map[string]func() hash.Hash{
	"MD5": md5.New, "SHA-1": sha1.New, "SHA-256": sha256.New, "SHA-384": sha512.New384, "SHA-512": sha512.New,
}

func intrinsicHash(in *invocation) (json.RawMessage, error) {
	data := formatted(in.args[0])
	if utf8.RuneCountInString(data) > maxIntrinsicText {
		return nil, fmt.Errorf("the data has more than %d characters", maxIntrinsicText)
	}
	algorithm, err := in.text(1)
	if err != nil {
		return nil, err
	}
	create, ok := hashes[algorithm]
	if !ok {
		return nil, fmt.Errorf("there is no hashing algorithm '%s'; there are MD5, SHA-1, SHA-256, SHA-384 and SHA-512", algorithm)
	}
	h := create()
	h.Write([]byte(data))
	return jsontext.AppendString(nil, hex.EncodeToString(h.Sum(nil))), nil
}

// intrinsicStringSplit cuts at any of the delimiter's characters.
func intrinsicStringSplit(in *invocation) (json.RawMessage, error) {
	s, err := in.text(0)
	if err != nil {
		return nil, err
	}
	delimiters, err := in.text(1)
	if err != nil {
		return nil, err
	}
	var items []json.RawMessage
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(delimiters, r) }) {
		items = append(items, jsontext.AppendString(nil, part))
	}
	return joined(items)
}
