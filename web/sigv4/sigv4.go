// Package sigv4 checks requests that are signed with AWS Signature Version 4.
//
// A request comes with an Authorization header which names an access key and carries a
// signature over the request's method, path, query, chosen headers and body. Parse reads the
// header before any body is read; Check computes the signature anew and compares in constant
// time. Every refusal is an *Error with the code and the text that AWS uses.
//
// It must not know where access keys are kept, what a request asks for, or how an answer
// looks. Presigned URLs, chunked signatures and the asymmetric variant are not understood.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	dateForm   = "20060102T150405Z"
	dayForm    = "20060102"

	// Skew is how far the clock of a signer may be from ours.
	Skew = 5 * time.Minute
)

// Signature is what a request says about its signer.
type Signature struct {
	AccessKey string // id of the key, as the request claims
	Date      time.Time
	Day       string // of the credential's scope
	Region    string
	Service   string

	stamp   string // Date, as it was signed
	headers []string
	sum     []byte
}

// Check says whether secret signed this request with this body, now, for service.
func (s *Signature) Check(r *http.Request, body []byte, secret, service string, now time.Time) error {
	if s.Service != service {
		return invalid("Credential should be scoped to correct service: '%s'. ", service)
	}
	if err := s.current(now); err != nil {
		return err
	}
	if !hmac.Equal(s.sum, s.sign(r, body, secret)) {
		return invalid("The request signature we calculated does not match the signature you provided. " +
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

// Claims says whether a request says that it is signed; whether it is, Check finds out.
func Claims(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Authorization"), algorithm+" ")
}

// current bounds how long somebody who has overheard a request can send it again.
func (s *Signature) current(now time.Time) error {
	now = now.UTC()
	if oldest := now.Add(-Skew); s.Date.Before(oldest.Truncate(time.Second)) {
		return invalid("Signature expired: %s is now earlier than %s (%s - 5 min.)", s.stamp, oldest.Format(dateForm), now.Format(dateForm))
	}
	if latest := now.Add(Skew); s.Date.After(latest) {
		return invalid("Signature not yet current: %s is still later than %s (%s + 5 min.)", s.stamp, latest.Format(dateForm), now.Format(dateForm))
	}
	return nil
}

func (s *Signature) sign(r *http.Request, body []byte, secret string) []byte {
	canonical := sha256.Sum256([]byte(s.canonical(r, body)))
	text := strings.Join([]string{algorithm, s.stamp, s.scope(), hex.EncodeToString(canonical[:])}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.Day, s.Region, s.Service, terminator} {
		key = mac(key, part)
	}
	return mac(key, text)
}

func (s *Signature) scope() string {
	return strings.Join([]string{s.Day, s.Region, s.Service, terminator}, "/")
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// signs says whether a header, in lower case, is covered by the signature.
func (s *Signature) signs(header string) bool { return slices.Contains(s.headers, header) }
