package stories

import (
	"bytes"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// TestEveryPageKeepsTheRules holds every state of every page against what all must do.
func TestEveryPageKeepsTheRules(t *testing.T) {
	for _, story := range All() {
		t.Run(story.Name, func(t *testing.T) {
			var page bytes.Buffer
			if err := story.Page.Render(t.Context(), &page); err != nil {
				t.Fatal(err)
			}
			doc, err := goquery.NewDocumentFromReader(&page)
			if err != nil {
				t.Fatal(err)
			}
			keepsPolicy(t, doc)
			keepsOrder(t, doc)
			keepsForms(t, doc)
		})
	}
}

// keepsPolicy finds what the Content-Security-Policy would refuse.
func keepsPolicy(t *testing.T, doc *goquery.Document) {
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || strings.HasPrefix(a.Val, "javascript:") || strings.HasPrefix(a.Val, "js:") {
				t.Errorf("<%s %s=%q>: inline code or style", s.Nodes[0].Data, a.Key, a.Val)
			}
		}
	})
	if n := doc.Find("style, script:not([src]), iframe, object").Length(); n > 0 {
		t.Errorf("%d inline elements", n)
	}
}

// keepsOrder checks what assistive technology finds its way by.
func keepsOrder(t *testing.T, doc *goquery.Document) {
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("%d h1, want 1", n)
	}
	if n := doc.Find("main#main").Length(); n != 1 {
		t.Errorf("%d main, want 1", n)
	}
	seen := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if seen[id] {
			t.Errorf("two elements have the id %q", id)
		}
		seen[id] = true
	})
	for _, attr := range []string{"for", "aria-describedby", "aria-labelledby", "popovertarget", "commandfor"} {
		doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			for _, id := range strings.Fields(s.AttrOr(attr, "")) {
				if !seen[id] {
					t.Errorf("%s=%q names nothing on the page", attr, id)
				}
			}
		})
	}
	doc.Find("a[href^='#']").Each(func(_ int, s *goquery.Selection) {
		if id := strings.TrimPrefix(s.AttrOr("href", ""), "#"); id != "" && !seen[id] {
			t.Errorf("the link to #%s leads nowhere", id)
		}
	})
	doc.Find("img:not([alt])").Each(func(_ int, s *goquery.Selection) { t.Errorf("img %s has no alt", s.AttrOr("src", "")) })
	doc.Find("a, button").Each(func(_ int, s *goquery.Selection) {
		if strings.TrimSpace(s.Text()) == "" && s.AttrOr("aria-label", "") == "" {
			html, _ := goquery.OuterHtml(s)
			t.Errorf("nameless control: %s", html)
		}
	})
}

// keepsForms checks that a form is protected, and that its fields and their errors belong together.
func keepsForms(t *testing.T, doc *goquery.Document) {
	doc.Find("form").Each(func(_ int, form *goquery.Selection) {
		action := form.AttrOr("action", "")
		if strings.EqualFold(form.AttrOr("method", "get"), "post") {
			if form.Find("input[name=_csrf]").AttrOr("value", "") == "" {
				t.Errorf("the form to %s has no CSRF token", action)
			}
		}
	})
	doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if doc.Find("label[for='"+id+"']").Length() == 0 && s.AttrOr("aria-label", "") == "" {
			t.Errorf("the field %s has no label", s.AttrOr("name", "?"))
		}
		if s.AttrOr("aria-invalid", "") == "true" && s.AttrOr("aria-describedby", "") == "" {
			t.Errorf("the field %s is wrong but does not say how", s.AttrOr("name", "?"))
		}
	})
}
