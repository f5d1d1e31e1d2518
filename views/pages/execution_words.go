package pages

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"countersign/views/components"
	"countersign/workflow"
)

func (m Execution) noOutput() string {
	if m.open() {
		return "There is no output while the execution is open."
	}
	return "It ended without an output."
}

func (m Execution) notEntered() string {
	if m.open() {
		return "The execution has not entered this state."
	}
	return "The execution did not enter this state."
}

func (m Execution) redriven() string {
	if m.Redrives == 1 {
		return "once"
	}
	return strconv.Itoa(m.Redrives) + " times"
}

// headline says how it ended, and where.
func (m Execution) headline() string {
	text := components.ExecutionStatus(m.Status).Text
	if m.FailedIn != "" {
		text += " in " + m.FailedIn
	}
	if m.Error != "" && m.Error != m.FailedIn {
		text += ": " + m.Error
	}
	return text
}

// longestCause is how many characters of a cause are read at a glance.
const longestCause = 400

// causeText is what a person reads of a cause: many are JSON documents with the words within.
func causeText(cause string) string {
	var document struct {
		ErrorMessage string `json:"errorMessage"`
		Cause        string
	}
	if json.Unmarshal([]byte(cause), &document) == nil {
		if words := cmp.Or(document.ErrorMessage, document.Cause); words != "" && words != cause {
			return causeText(words)
		}
	}
	if runes := []rune(cause); len(runes) > longestCause {
		return string(runes[:longestCause]) + "…"
	}
	return cause
}

// causeData is the whole of a cause of which causeText leaves something out.
func causeData(id, cause string) JSON {
	if causeText(cause) == cause {
		return JSON{}
	}
	var indented bytes.Buffer
	if json.Indent(&indented, []byte(cause), "", "  ") != nil {
		return JSON{ID: id, Title: "Cause", Text: cause}
	}
	return JSON{ID: id, Title: "Cause", Text: indented.String()}
}

func (e StateEntry) causeID() string { return "entry-" + strconv.FormatInt(int64(e.ID), 10) + "-cause" }

// redriveAdvice says what a redrive would do, and what to do before.
func (m Execution) redriveAdvice() string {
	if m.Status == workflow.Aborted {
		return "It can be redriven: it goes on at " + m.RedriveFrom + " and repeats nothing that succeeded."
	}
	return "Mend the cause, then redrive: it goes on at " + m.RedriveFrom + " and repeats nothing that succeeded."
}

func (m Execution) noticeTone() components.Tone {
	if m.Status == workflow.Aborted {
		return components.Neutral
	}
	return components.Danger
}

// nth names an entry of several: the newest stands first.
func (s ExecutionState) nth(i int) string {
	return fmt.Sprintf("Entry %d of %d", s.Entered-i, s.Entered)
}

// more is how many entries are not shown.
func (s ExecutionState) more() int { return s.Entered - len(s.Entries) }

// retryAt is when the next attempt is due; zero: none is.
func (e StateEntry) retryAt() time.Time {
	if len(e.Attempts) == 0 {
		return time.Time{}
	}
	return e.Attempts[len(e.Attempts)-1].RetryAt
}

// thinnest is the width below which a bar would not be seen, in percent.
const thinnest = 0.5

func (r TimelineRow) width() float64 { return max(r.Length, thinnest) }
func (r TimelineRow) left() float64  { return min(r.From, 100-r.width()) }
func (b TimelineBar) width() float64 { return max(b.Length, thinnest) }
func (b TimelineBar) left() float64  { return min(b.From, 100-b.width()) }

// after is a time since the start.
func after(d time.Duration) string { return "+" + components.Duration(d) }

func (p EventPage) paged() bool { return p.First != "" || p.Next != "" }

func (p EventPage) extent() string {
	if len(p.Rows) == 0 || !p.paged() {
		return components.Count(int(p.Total), "event")
	}
	return fmt.Sprintf("%s–%s of %s", thousands(p.Rows[0].ID), thousands(p.Rows[len(p.Rows)-1].ID), thousands(p.Total))
}

func (e EventRow) id() string { return "event-" + strconv.FormatInt(e.ID, 10) }

func (e EventRow) previous() string {
	if e.PreviousID == 0 {
		return "none"
	}
	return strconv.FormatInt(e.PreviousID, 10)
}

// thousands writes a whole number with commas.
func thousands(n int64) string { return components.Thousands(n) }

func (s ExecutionState) omitted() string {
	if s.more() == 1 {
		return "One earlier entry is left out; the event table has it."
	}
	return thousands(int64(s.more())) + " earlier entries are left out; the event table has them."
}
