package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, url, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, url, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestHashedNameIsServedForEver(t *testing.T) {
	url := URL("css/tokens.css")
	if !regexp.MustCompile(`^/static/css/tokens\.[0-9a-f]{10}\.css$`).MatchString(url) {
		t.Fatalf("URL = %s", url)
	}
	res := get(t, url, "")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("status %d", res.StatusCode)
	}
	if got := res.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("Cache-Control = %q", got)
	}
	if got := res.Header.Get("Content-Type"); got != "text/css; charset=utf-8" {
		t.Errorf("Content-Type = %q", got)
	}
}

func TestNameWithoutHashIsNotServed(t *testing.T) {
	for _, path := range []string{"/static/css/tokens.css", "/static/vendor/README.md", "/static/../go.mod", URL("img/nothing.svg")} {
		if res := get(t, path, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s answered %d, want 404", path, res.StatusCode)
		}
	}
}

func TestGzipHoldsTheSameBytes(t *testing.T) {
	url := URL("vendor/basecoat-1.0.2/basecoat.min.css")
	plain, err := io.ReadAll(get(t, url, "br, gzip;q=0").Body)
	if err != nil {
		t.Fatal(err)
	}
	res := get(t, url, "br, gzip")
	if res.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("not compressed")
	}
	zr, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plain, unpacked) {
		t.Error("compressed and plain bodies differ")
	}
}

// The fonts would silently fall back if url(…) kept its name from the source.
func TestStyleSheetsNameHashedFiles(t *testing.T) {
	body, _ := io.ReadAll(get(t, URL("css/tokens.css"), "").Body)
	found := cssURL.FindAllSubmatch(body, -1)
	if len(found) == 0 {
		t.Fatal("tokens.css names no font")
	}
	for _, match := range found {
		if res := get(t, string(match[1]), ""); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "font/woff2" {
			t.Errorf("%s: %d %s", match[1], res.StatusCode, res.Header.Get("Content-Type"))
		}
	}
}

func TestStyleSheetNamingAMissingFileIsAnError(t *testing.T) {
	if _, err := rewrite("css/x.css", []byte(`a{background:url("../img/gone.svg")}`)); err == nil {
		t.Error("no error")
	}
}

// The Content-Security-Policy forbids inline code; a picture with a script would be a hole besides.
func TestPicturesHoldNoScript(t *testing.T) {
	for name, a := range byName {
		if strings.HasSuffix(name, ".svg") && regexp.MustCompile(`(?i)<script|\son\w+=|<style|style=`).Match(a.body) {
			t.Errorf("%s holds a script or an inline style", name)
		}
	}
}
