package workflow

import "testing"

func TestLegible(t *testing.T) {
	for _, text := range []string{
		"No", "Too expensive.\r\nAsk again\tin May.", "Straße 5", "東京都", "שלום\u200f", "👩\u200d🚒", "می\u200cخواهم", "<script>", "-",
	} {
		if !Legible(text) {
			t.Errorf("%q is refused", text)
		}
	}
	for _, text := range []string{
		"", " \n", "\u200b", "\ufeff\u2060", "a\x00b", "\x1b[31mred", "a\x7f", "\u0085x", "\xff\xfe", "\ufffd", "Lima\u202e529", "\u2066a",
	} {
		if Legible(text) {
			t.Errorf("%q is taken", text)
		}
	}
}
