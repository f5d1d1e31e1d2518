package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// person is somebody signed in over plain HTTP, as a browser without scripts would be.
type person struct {
	app    *app
	client *http.Client
	csrf   string
}

// signIn signs a demo person in.
func signIn(t testing.TB, a *app, id string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{app: a, client: &http.Client{Jar: jar}}
	if _, err := p.get(t.Context(), "/signin"); err != nil {
		t.Fatal(err)
	}
	status, page, err := p.post(t.Context(), "/signin/demo", url.Values{"person": {id}})
	if err != nil || status != 200 {
		t.Fatalf("sign in as %s: status %d, %v\n%s", id, status, err, page)
	}
	// The token changes with the sign-in; every page carries it.
	if _, err := p.get(t.Context(), "/orders"); err != nil {
		t.Fatal(err)
	}
	return p
}

var csrfField = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

func (p *person) get(ctx context.Context, path string) (page string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.app.URL+path, nil)
	if err != nil {
		return "", err
	}
	status, page, err := p.do(r)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("GET %s: status %d", path, status)
	}
	return page, err
}

func (p *person) post(ctx context.Context, path string, form url.Values) (status int, page string, err error) {
	form.Set("_csrf", p.csrf)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.app.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", p.app.URL)
	return p.do(r)
}

func (p *person) do(r *http.Request) (status int, page string, err error) {
	response, err := p.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if found := csrfField.FindSubmatch(body); found != nil {
		p.csrf = string(found[1])
	}
	return response.StatusCode, string(body), err
}
