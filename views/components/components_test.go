package components

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/workflow"
)

func TestMoneyText(t *testing.T) {
	for _, tc := range []struct {
		money workflow.Money
		want  string
	}{
		{workflow.Money{Amount: 124000, Currency: "EUR"}, "1,240.00 EUR"},
		{workflow.Money{Amount: 5, Currency: "EUR"}, "0.05 EUR"},
		{workflow.Money{Amount: -4980, Currency: "EUR"}, "-49.80 EUR"},
		{workflow.Money{Amount: 1240, Currency: "JPY"}, "1,240 JPY"},
		{workflow.Money{Amount: 1234567, Currency: "BHD"}, "1,234.567 BHD"},
		{workflow.Money{Amount: 100, Currency: "???"}, "1.00 ???"},
		{workflow.Money{Amount: 9223372036854775807, Currency: "EUR"}, "92,233,720,368,547,758.07 EUR"},
	} {
		if got := MoneyText(tc.money); got != tc.want {
			t.Errorf("%+v: got %q, want %q", tc.money, got, tc.want)
		}
	}
}

func TestTimesAsSeenFromNow(t *testing.T) {
	now := time.Date(2026, time.November, 23, 14, 30, 0, 0, time.UTC)
	for _, tc := range []struct {
		offset              time.Duration
		relative, countdown string
	}{
		{-72 * time.Hour, "3 days ago", "now"},
		{-25 * time.Hour, "1 day ago", "now"},
		{-119 * time.Minute, "1 hour ago", "now"},
		{-60 * time.Second, "1 minute ago", "now"},
		{-59 * time.Second, "just now", "now"},
		{0, "in less than a minute", "now"},
		{500 * time.Millisecond, "in less than a minute", "in 1 s"},
		{59 * time.Second, "in less than a minute", "in 59 s"},
		{60 * time.Second, "in 1 minute", "in 1 minute"},
		{9*time.Hour + 59*time.Minute, "in 9 hours", "in 9 hours"},
		{23*time.Hour + 29*time.Minute, "in 23 hours", "in 23 hours"},
		{23*time.Hour + 59*time.Minute, "in 1 day", "in 1 day"},
		{48 * time.Hour, "in 2 days", "in 2 days"},
	} {
		at := now.Add(tc.offset)
		if got := Relative(now, at); got != tc.relative {
			t.Errorf("Relative %v: got %q, want %q", tc.offset, got, tc.relative)
		}
		if got := Countdown(now, at); got != tc.countdown {
			t.Errorf("Countdown %v: got %q, want %q", tc.offset, got, tc.countdown)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                "0 ms",
		480 * time.Millisecond:           "480 ms",
		2400 * time.Millisecond:          "2.4 s",
		200 * time.Second:                "3 min 20 s",
		2*time.Hour + 5*time.Minute:      "2 h 5 min",
		76 * time.Hour:                   "3 d 4 h",
		59*time.Second + 999_000_000 + 1: "59.9 s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

// Every constant of icon.go has its file, and every file is used: nothing is vendored for nothing.
func TestIconsAndFilesAgree(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "icon.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, value := range spec.Values {
			literal, ok := value.(*ast.BasicLit)
			if !ok {
				continue
			}
			name, _ := strconv.Unquote(literal.Value)
			named[name] = true
			if _, err := Icon(name).body(); err != nil {
				t.Error(err)
			}
		}
		return true
	})
	files, err := fs.Glob(lucide, "lucide/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if name := strings.TrimSuffix(strings.TrimPrefix(path, "lucide/"), ".svg"); !named[name] {
			t.Errorf("%s is not named in icon.go", path)
		}
	}
}

func TestUnknownIconIsAnError(t *testing.T) {
	if err := Icon("no-such-icon").Drawn().Render(t.Context(), &strings.Builder{}); err == nil {
		t.Error("no error")
	}
}

// A screen reader should hear what is wrong before how it should be.
func TestErrorIsDescribedBeforeHint(t *testing.T) {
	f := Field{Name: "postcode", Hint: "Five digits", Error: "Too short"}
	if got, want := f.describedBy(), "postcode-error postcode-hint"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if f.attributes()["aria-invalid"] != "true" {
		t.Error("a wrong field is not marked as invalid")
	}
}
