package e2e

import (
	"testing"
	"time"
)

// TestPagesOutliveTheServer stops the server in good order and with force under pages that
// are open: they say so, find the next server by themselves, and go on.
func TestPagesOutliveTheServer(t *testing.T) {
	t.Parallel()
	const reconnecting = 20 * time.Second
	a := startApp(t)
	clara, anton := a.person(t, "clara", desktop), a.person(t, "anton", desktop)
	order := clara.orders(desk, goodCard)
	clara.reads(soon, "Waiting for a countersignature")
	clara.live()
	clara.marks()
	anton.open("/inbox?tab=team")
	anton.live()
	anton.marks()
	for _, u := range []*user{clara, anton} {
		u.forgive("htmx:sse:error", "net::ERR_", "503")
	}

	for _, end := range []func(){a.terminate, a.kill} {
		end()
		clara.see(`[data-live-note="off"]`)
		a.start()
		for _, u := range []*user{clara, anton} {
			u.until("connected again", `document.querySelector("[data-live-note=on]")`)
		}
	}

	berta := a.person(t, "berta", desktop)
	berta.finds(order)
	berta.click(approveButton)
	clara.reads(reconnecting, "It is on its way")
	clara.stays()
	anton.reads(reconnecting, "Nothing")
	anton.stays()
}
