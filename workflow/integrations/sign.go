package integrations

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"countersign/workflow"
)

// secretPrefix stands before the base64 of a Standard Webhooks secret.
const secretPrefix = "whsec_"

// sign adds the headers by which the receiver knows us, this message and its age.
func sign(h http.Header, s workflow.SigningSecret, id string, now time.Time, body []byte) {
	at := strconv.FormatInt(now.Unix(), 10)
	var signatures []string
	for _, secret := range s.InForce(now) {
		mac := hmac.New(sha256.New, signingKey(secret))
		mac.Write([]byte(id + "." + at + "."))
		mac.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", at)
	h.Set("Webhook-Signature", strings.Join(signatures, " "))
}

// signingKey is the secret itself when it is not in the form of the specification.
func signingKey(secret string) []byte {
	if key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix)); err == nil {
		return key
	}
	return []byte(secret)
}

// headerText percent-encodes what a header cannot carry, and the percent sign.
func headerText(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '%' {
			b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escaped is a text inside a query or a form; a space is %20, as Step Functions writes it.
func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
