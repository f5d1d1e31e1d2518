package integrations

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/workflow"
)

func oauthTo(tokenURL string) workflow.Connection {
	c := connectionOfTest(workflow.ConnectionOAuth, "client+1")
	c.TokenURL, c.Scope = tokenURL, "read write"
	return c
}

// issues hands out token-1, token-2, …
func issues(t *testing.T, expires string) *server {
	var n int
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer"%s}`, n, expires)
	})
}

func TestTokenIsFetchedOnce(t *testing.T) {
	tokens, api := issues(t, `,"expires_in":3600`), serve(t, says(200, "", ""))
	now := noon
	h := httpWith(oauthTo(tokens.URL), func(o *HTTPOptions) { o.Now = func() time.Time { return now } })
	bearer := func(want string) {
		t.Helper()
		if _, err := invoke(t, h, task("GET", api.URL, "")); err != nil {
			t.Fatal(err)
		}
		if got := api.last(t).header.Get("Authorization"); got != "Bearer "+want {
			t.Errorf("authorised by %q, want %q", got, want)
		}
	}
	bearer("token-1")
	bearer("token-1")
	asked := tokens.last(t)
	if asked.method != "POST" || asked.body != "grant_type=client_credentials&scope=read+write" || asked.header.Get("Authorization") != "Basic Y2xpZW50JTJCMTpzM2NyZXQtb2YtcGFydHk=" {
		t.Errorf("asked for a token by %+v", asked)
	}
	now = noon.Add(59*time.Minute + 40*time.Second) // it would end under way
	bearer("token-2")
	h.book.(*book).connections["Party"] = func() workflow.Connection { // somebody has changed the connection
		c := oauthTo(tokens.URL)
		c.UpdatedAt = now
		return c
	}()
	bearer("token-3")
}

// A party may end a token before its time: one that is refused is fetched anew, once.
func TestRefusedTokenIsFetchedAnew(t *testing.T) {
	tokens := issues(t, "")
	api := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	h := httpWith(oauthTo(tokens.URL))
	if _, err := invoke(t, h, task("POST", api.URL, `,"RequestBody":{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	if got := api.last(t); got.header.Get("Authorization") != "Bearer token-2" || got.body != `{"a":1}` {
		t.Errorf("asked %+v", got)
	}
	never := serve(t, says(401, "", "go away"))
	_, err := invoke(t, httpWith(oauthTo(tokens.URL)), task("GET", never.URL, ""))
	fails(t, err, "States.Http.StatusCode.401", "go away")
	if n := len(never.requests()); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

func TestCredentialsGoIntoTheBodyWhereThePartyWantsThem(t *testing.T) {
	tokens := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if fields, _ := url.ParseQuery(string(body)); fields.Get("client_secret") != "s3cret-of-party" || fields.Get("client_id") != "client+1" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, `{"access_token":"t"}`)
	})
	if _, err := invoke(t, httpWith(oauthTo(tokens.URL)), task("GET", serve(t, says(200, "", "")).URL, "")); err != nil {
		t.Error(err)
	}
}

func TestTokensThatAreNotGiven(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		words  string
	}{
		"refused":      {says(401, "", `{"error":"invalid_client"}`), "answered with HTTP status 401"},
		"broken":       {says(500, "", ""), "answered with HTTP status 500"},
		"not JSON":     {says(200, "", "<html>"), "holds no access_token"},
		"empty":        {says(200, "", `{"access_token":""}`), "holds no access_token"},
		"not a header": {says(200, "", `{"access_token":"a\nb"}`), "holds no access_token"},
		"huge":         {says(200, "", `{"access_token":"`+strings.Repeat("x", maxToken)+`"}`), "holds no access_token"},
		"gone":         {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "was not reached"},
		"somewhere new": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/else", http.StatusTemporaryRedirect)
		}, "HTTP status 307"},
	} {
		t.Run(name, func(t *testing.T) {
			api := serve(t, says(200, "", ""))
			_, err := invoke(t, httpWith(oauthTo(serve(t, tc.answer).URL)), task("GET", api.URL, ""))
			fails(t, err, "Events.ConnectionResource.InvalidConnectionState", "Connection Party is not authorised. The token endpoint", tc.words)
			if strings.Contains(err.Error(), "s3cret") || len(api.requests()) != 0 {
				t.Errorf("%v, %d requests", err, len(api.requests()))
			}
		})
	}
}
