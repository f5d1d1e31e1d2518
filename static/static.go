// Package static serves the embedded CSS, JavaScript, fonts and pictures under names that
// carry a hash of their content, so that a browser may keep each of them for ever and still
// never shows an old one.
//
// Names are given without the hash ("css/app.css") and looked up with URL; url(…) in CSS is
// rewritten at start-up in the same way. The package holds no templates and no data, and
// knows nothing of the pages that use it.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Prefix is the path below which Handler serves.
const Prefix = "/static/"

//go:embed css js img vendor
var files embed.FS

type asset struct {
	hashed      string
	contentType string
	body        []byte
	gzipped     []byte // nil where compressing gains nothing
}

var (
	byName = map[string]*asset{}
	byHash = map[string]*asset{}
)

// Assets are embedded, so whatever is wrong here is wrong in every copy of this binary and
// the tests see it: hence panics.
func init() {
	var sheets []string
	must(fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || entry.IsDir() || !served(name):
			return err
		case path.Ext(name) == ".css": // after the files that they name
			sheets = append(sheets, name)
			return nil
		}
		body, err := files.ReadFile(name)
		if err == nil {
			add(name, body)
		}
		return err
	}))
	for _, name := range sheets {
		body, err := files.ReadFile(name)
		must(err)
		body, err = rewrite(name, body)
		must(err)
		add(name, body)
	}
	addScripts()
}

// scripts are served as one file, in this order: htmx begins by a timer, and what it must
// find by then could be late as a file of its own.
var scripts = []string{
	"vendor/htmx-4.0.1/htmx.min.js", "vendor/htmx-4.0.1/hx-sse.min.js", "js/app.js", "js/draft.js", "js/operator.js",
}

// allScripts is the name of the file that holds all scripts of a page but js/theme.js.
const allScripts = "js/scripts.js"

func addScripts() {
	var all bytes.Buffer
	for _, name := range scripts {
		body, err := files.ReadFile(name)
		must(err)
		all.Write(body)
		all.WriteString("\n;\n")
	}
	add(allScripts, all.Bytes())
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("static: %v", err))
	}
}

func served(name string) bool {
	switch path.Ext(name) {
	case ".css", ".js", ".svg", ".png", ".webp", ".woff2":
		return true
	}
	return false
}

func add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	a := &asset{
		hashed:      strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext,
		contentType: contentType(ext),
		body:        body,
	}
	if ext != ".woff2" && ext != ".png" && ext != ".webp" {
		a.gzipped = compress(body)
	}
	byName[name], byHash[a.hashed] = a, a
}

func contentType(ext string) string {
	switch ext {
	case ".woff2":
		return "font/woff2" // missing from some systems' tables
	case ".js":
		return "text/javascript; charset=utf-8"
	}
	return mime.TypeByExtension(ext)
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	must(err)
	_, err = w.Write(body)
	must(err)
	must(w.Close())
	if b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}

var cssURL = regexp.MustCompile(`url\(\s*["']?([^"')]+)["']?\s*\)`)

// rewrite gives the files that a style sheet names their hashed names.
func rewrite(sheet string, body []byte) ([]byte, error) {
	var missing error
	out := cssURL.ReplaceAllFunc(body, func(match []byte) []byte {
		target := string(cssURL.FindSubmatch(match)[1])
		if strings.HasPrefix(target, "data:") || strings.HasPrefix(target, "#") {
			return match
		}
		a := byName[path.Join(path.Dir(sheet), target)]
		if a == nil {
			missing = fmt.Errorf("%s names %s, which does not exist", sheet, target)
			return match
		}
		return []byte(`url("` + Prefix + a.hashed + `")`)
	})
	return out, missing
}

// URL is the address of an asset. An unknown name gives an address that answers 404, so
// that a wrong picture in the catalogue does not take its page down.
func URL(name string) string {
	if a := byName[name]; a != nil {
		return Prefix + a.hashed
	}
	return Prefix + name
}

// Exists says whether name is an asset.
func Exists(name string) bool { return byName[name] != nil }

// Names lists every asset, without hashes, in order.
func Names() []string { return slices.Sorted(maps.Keys(byName)) }

// Content is an asset as it is served.
func Content(name string) ([]byte, error) {
	if a := byName[name]; a != nil {
		return slices.Clone(a.body), nil
	}
	return nil, fmt.Errorf("static: there is no asset %q", name)
}

// Handler serves every asset below Prefix. Mount it there for GET and HEAD.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := byHash[strings.TrimPrefix(r.URL.Path, Prefix)]
		if a == nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.contentType)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		body := a.body
		if a.gzipped != nil {
			h.Set("Vary", "Accept-Encoding")
			if acceptsGzip(r) {
				h.Set("Content-Encoding", "gzip")
				body = a.gzipped
			}
		}
		h.Set("Content-Length", fmt.Sprint(len(body)))
		if r.Method != http.MethodHead {
			_, _ = w.Write(body) // the browser went away: nobody to tell
		}
	})
}

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if coding == "gzip" && strings.TrimSpace(weight) != "q=0" {
			return true
		}
	}
	return false
}
