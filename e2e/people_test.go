package e2e

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestFirstAdministrator is an installation without demo people: the link makes the first
// administrator, who adds an approver, who signs in with a password.
func TestFirstAdministrator(t *testing.T) {
	t.Parallel()
	a := startApp(t, "--no-demo")
	var link string
	eventually(t, soon, "the set-up link", func() bool {
		link = regexp.MustCompile(`/setup/\S+`).FindString(a.log.String())
		return link != ""
	})
	ada := newUser(t, a, desktop)
	ada.forgive("422", "410")
	ada.open(link)
	ada.accessible()
	ada.fill("#name", "Ada Lovelace")
	ada.fill("#email", "ada@example.org")
	ada.fill("#password", "short")
	ada.fill("#password_again", "short")
	ada.click(`main button[type="submit"]`)
	ada.see("#password-error")
	ada.fill("#password", "difference engine no. 2")
	ada.fill("#password_again", "difference engine no. 2")
	ada.click(`main button[type="submit"]`)
	ada.until("signed in", `document.querySelector("button.account")`)

	ada.open("/people/new")
	ada.fill("#name", "Charles Babbage")
	ada.fill("#email", "charles@example.org")
	for _, field := range []string{"#password", "#password_again"} {
		if ada.count(field) == 1 {
			ada.fill(field, "analytical engine no. 1")
		}
	}
	ada.click(`label[for="role-APPROVER"], label[for="role-approver"]`)
	ada.click(`main form.panel button[type="submit"]`)
	ada.reads(soon, "Charles Babbage")
	ada.until("on the person's page", `/^\/people\/.+/.test(location.pathname) && location.pathname !== "/people/new" || document.querySelector("main table")`)

	again := newUser(t, a, desktop)
	again.forgive("410")
	again.open(link)
	again.reads(soon, "This link has been used")

	charles := newUser(t, a, phone)
	charles.forgive("401", "422", "403")
	charles.open("/inbox?tab=team")
	charles.until("asked to sign in", `location.pathname === "/signin"`)
	charles.accessible()
	charles.fill("#email", "charles@example.org")
	charles.fill("#password", "analytical engine no. 2")
	charles.click(`main button[type="submit"]`)
	charles.see("#signin-problem")
	charles.fill("#password", "analytical engine no. 1")
	charles.click(`main button[type="submit"]`)
	charles.until("where he wanted to go", `location.pathname + location.search === "/inbox?tab=team"`)
	charles.open("/people")
	charles.see(".failure")
	if status, _, err := a.request(t.Context(), "POST", "/api/orders", `{}`); err != nil || status != 401 {
		t.Errorf("the demo key: status %d, %v", status, err)
	}
	jar := signOut(charles)
	if !strings.HasPrefix(jar, "/signin") {
		t.Errorf("signing out leads to %s", jar)
	}
}

// signOut uses the account menu and says where it led.
func signOut(u *user) string {
	u.t.Helper()
	u.open("/shop")
	u.click(`.topbar button.account`)
	u.click(`#account form[action="/signout"] button`)
	u.until("signed out", `document.querySelector("button.account") === null && location.pathname !== "/shop"`)
	at, err := url.Parse(u.path())
	if err != nil {
		u.t.Fatal(err)
	}
	return at.Path
}

// TestColours: what somebody chose stays, whatever the system prefers.
func TestColours(t *testing.T) {
	t.Parallel()
	u := startApp(t).person(t, "clara", desktop)
	u.prefers("light")
	const dark = `getComputedStyle(document.body).colorScheme === "dark" || getComputedStyle(document.documentElement).colorScheme === "dark"`
	u.click(`.sidenav button.account`)
	u.click(`#account button[data-theme-choice="dark"]`)
	u.until("dark", dark)
	u.open("/orders")
	u.until("still dark on the next page", dark)
	u.reload()
	if !get(u, "colours", chromedp.Evaluate[bool](dark)) {
		t.Error("a reload forgets the colours")
	}
	u.click(`.sidenav button.account`)
	u.click(`#account button[data-theme-choice="system"]`)
	u.until("as the system", `!(`+dark+`)`)
	u.prefers("dark")
	u.accessible()
}
