package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"countersign/models"
)

// client is AWS's own client at the site.
func (s *site) client(accessKey, secret string) *sfn.Client {
	server := httptest.NewServer(s)
	s.t.Cleanup(server.Close)
	return sfn.New(sfn.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, Retryer: aws.NopRetryer{},
		Credentials:  credentials.NewStaticCredentialsProvider(accessKey, secret, ""),
		HTTPSignerV4: siteSigner{v4.NewSigner(), s.clock},
		APIOptions:   []func(*middleware.Stack) error{withoutHostPrefix},
	})
}

// siteSigner signs at the site's time.
type siteSigner struct {
	*v4.Signer
	clock *clock
}

func (s siteSigner) SignHTTP(ctx context.Context, credentials aws.Credentials, r *http.Request, payloadHash, service, region string, _ time.Time, options ...func(*v4.SignerOptions)) error {
	return s.Signer.SignHTTP(ctx, credentials, r, payloadHash, service, region, s.clock.now(), options...)
}

// sdk is the client with the demo operator's access key.
func (s *site) sdk() *sfn.Client { return s.client(models.DemoAccessKey, models.DemoAccessSecret) }

// clientOf is the client with an access key of somebody's.
func (s *site) clientOf(person string) *sfn.Client {
	s.t.Helper()
	key, secret, err := s.store.MakeAccessKey(s.t.Context(), person, "test", "")
	if err != nil {
		s.t.Fatal(err)
	}
	return s.client(key.ID, secret)
}

// refused demands an error with a code and a text, or a part of one.
func refused(t *testing.T, err error, code, text string) {
	t.Helper()
	var told smithy.APIError
	if !errors.As(err, &told) {
		t.Errorf("got %v, want %s", err, code)
		return
	}
	if told.ErrorCode() != code || !strings.Contains(told.ErrorMessage(), text) {
		t.Errorf("got %s: %s\nwant %s: %s", told.ErrorCode(), told.ErrorMessage(), code, text)
	}
}
