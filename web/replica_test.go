package web

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"countersign/models"
	"countersign/web/paths"
)

// Of clicks that reach two servers at once none undoes another.
func TestTwoServersShareACart(t *testing.T) {
	a := openSite(t)
	b := a.replica()
	clara := a.as(models.DemoCustomer)
	var wait sync.WaitGroup
	for i := range 12 {
		tab := clara.twin()
		if i%2 == 1 {
			tab = tab.at(b)
		}
		wait.Go(func() { tab.puts(notebook) })
	}
	wait.Wait()
	if got := text(clara.at(b).get(paths.Shop), "#cart header .small"); got != "12 items" {
		t.Errorf("the cart holds %s after 12 clicks", got)
	}
	clara.at(b).post(paths.SignOut, nil).is(http.StatusSeeOther)
	clara.at(a).get(paths.Orders).is(http.StatusSeeOther)
}

// A cart that one server changes at the very moment of a sign-out at the other must not bring
// the session back.
func TestSignOutAtOneServerIsFinalAtTheOther(t *testing.T) {
	a := openSite(t).withWhoami()
	b := a.replica()
	for range 10 {
		clara := a.as(models.DemoCustomer)
		var wait sync.WaitGroup
		for range 3 {
			cart := clara.twin().at(b)
			wait.Go(func() { cart.post(paths.CartItems, url.Values{"item": {notebook}}) })
		}
		out := clara.twin()
		wait.Go(func() { out.post(paths.SignOut, nil) })
		wait.Wait()
		clara.twin().get(whoami).is(http.StatusSeeOther)
	}
}

func TestTwoServersCountAttemptsTogether(t *testing.T) {
	a := openSite(t, withoutDemo).withPaula()
	b := a.browser()
	other := b.at(a.replica())
	for i := range 5 {
		if i%2 == 0 {
			b.signIn("paula@example.com", "wrong", "").is(http.StatusUnprocessableEntity)
		} else {
			other.signIn("paula@example.com", "wrong", "").is(http.StatusUnprocessableEntity)
		}
	}
	b.signIn("paula@example.com", rightPassword, "").is(http.StatusTooManyRequests)
	other.signIn("paula@example.com", rightPassword, "").is(http.StatusTooManyRequests)
}

// Behind a trusted proxy the address that counts is the one it names; from anybody else the
// header is only talk.
func TestAddressBehindProxies(t *testing.T) {
	of := addresses([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8::/32")})
	for _, c := range []struct{ peer, header, want string }{
		{"10.1.2.3:1000", "203.0.113.9", "203.0.113.9"},
		{"10.1.2.3:1000", "198.51.100.7, 203.0.113.9, 10.1.9.9", "203.0.113.9"}, // what the client wrote itself does not count
		{"[2001:db8::1]:1000", "203.0.113.9", "203.0.113.9"},
		{"10.1.2.3:1000", "", "10.1.2.3"},
		{"10.2.2.3:1000", "203.0.113.9", "10.2.2.3"},
		{"127.0.0.1:1000", "203.0.113.9", "127.0.0.1"},
	} {
		r, err := http.NewRequest(http.MethodGet, "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr = c.peer
		if c.header != "" {
			r.Header.Set("X-Forwarded-For", c.header)
		}
		if got := of(r); got != c.want {
			t.Errorf("from %s by way of %s: %q, want %q", c.peer, strings.TrimSpace(c.header), got, c.want)
		}
	}
}

func TestLivePagesOfOnePersonAreBounded(t *testing.T) {
	var l listeners
	var leave []func()
	for range liveOfOne {
		out, ok := l.enter("clara")
		if !ok {
			t.Fatal("refused below the bound")
		}
		leave = append(leave, out)
	}
	if _, ok := l.enter("clara"); ok {
		t.Error("let in above the bound")
	}
	if _, ok := l.enter("karl"); !ok {
		t.Error("another person has to wait")
	}
	leave[0]()
	if _, ok := l.enter("clara"); !ok {
		t.Error("refused although one has left")
	}
}
