package history

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"countersign/views/components"
	"countersign/views/pages"
	"countersign/web/paths"
	"countersign/workflow"
)

// Iteration is the work on one item of an inline Map.
type Iteration struct {
	ID        int64  // of the event that started it first
	Map       string // the state
	Index     int
	Mark      pages.StateMark // Entered, Succeeded, Failed or Aborted
	StartedAt time.Time
	EndedAt   time.Time // zero while it is under way
	entry     int       // into the Map
}

// iterate follows the iterations of the Map that the event belongs to, by the entry into it.
func (h *History) iterate(e workflow.HistoryEvent, entry int) {
	if e.Details.Index == nil {
		return
	}
	key := [2]int{entry, *e.Details.Index}
	n, known := h.byIndex[key]
	if e.Type == workflow.EventMapIterationStarted {
		if !known {
			n = len(h.Iterations)
			h.byIndex[key] = n
			h.Iterations = append(h.Iterations, Iteration{ID: e.ID, Map: h.Entries[entry].State, Index: *e.Details.Index, StartedAt: e.At, entry: entry})
		}
		h.Iterations[n].Mark, h.Iterations[n].EndedAt = pages.Entered, time.Time{}
		h.iterationOf[e.ID] = n
		return
	}
	if !known {
		return
	}
	switch e.Type {
	case workflow.EventMapIterationSucceeded:
		h.Iterations[n].Mark = pages.Succeeded
	case workflow.EventMapIterationFailed:
		h.Iterations[n].Mark = pages.Failed
	case workflow.EventMapIterationAborted:
		h.Iterations[n].Mark = pages.Aborted
	default:
		return
	}
	h.Iterations[n].EndedAt = e.At
}

// iteration finds one by its id, or gives -1.
func (h *History) iteration(id int64) int {
	if n, ok := h.iterationOf[id]; ok && h.Iterations[n].ID == id {
		return n
	}
	return -1
}

// within says whether an entry lies in an iteration, or in one that is nested in it. Every entry
// lies in -1.
func (h *History) within(entry, iteration int) bool {
	if iteration < 0 {
		return true
	}
	for n := h.Entries[entry].iteration; n >= 0; n = h.Entries[h.Iterations[n].entry].iteration {
		if n == iteration {
			return true
		}
	}
	return false
}

// iterationsListed is how many iterations a page lists; the rest is a link away.
const iterationsListed = 100

// iterationMarks are how iterations can stand, in the order of their filters.
var iterationMarks = []pages.StateMark{pages.Entered, pages.Succeeded, pages.Failed, pages.Aborted}

// iterations lists those of the newest entry into a Map; nil when it has none.
func (h *History) iterations(state string) *pages.Iterations {
	all := h.entriesOf(state)
	if len(all) == 0 {
		return nil
	}
	newest, counts := all[len(all)-1], map[pages.StateMark]int{}
	var listed []*Iteration
	for i := range h.Iterations {
		it := &h.Iterations[i]
		if it.entry != newest {
			continue
		}
		counts[it.Mark]++
		if h.view.Show == "" || h.view.Show == string(it.Mark) {
			listed = append(listed, it)
		}
	}
	if len(counts) == 0 {
		return nil
	}
	slices.SortFunc(listed, func(a, b *Iteration) int { return cmp.Compare(a.Index, b.Index) })
	list := &pages.Iterations{Filters: h.iterationFilters(state, counts)}
	skip := int(min(max(0, h.view.Skip), int64(len(listed))))
	for _, it := range listed[skip:min(skip+iterationsListed, len(listed))] {
		list.Rows = append(list.Rows, pages.IterationRow{Index: it.Index, Mark: it.Mark, Current: h.chosen >= 0 && h.Iterations[h.chosen].ID == it.ID,
			URL: paths.ExecutionSelection(h.facts.Key, paths.Selection{Iteration: it.ID})})
	}
	part := func(skip int) string {
		return paths.ExecutionSelection(h.facts.Key, paths.Selection{State: state, Iteration: h.view.Iteration, Show: h.view.Show, Skip: int64(skip)})
	}
	if skip > 0 {
		list.Prev = part(max(0, skip-iterationsListed))
	}
	if skip+iterationsListed < len(listed) {
		list.Next = part(skip + iterationsListed)
	}
	return list
}

func (h *History) iterationFilters(state string, counts map[pages.StateMark]int) []components.Tab {
	filter := func(text, show string, n int) components.Tab {
		return components.Tab{Text: text, Count: workflow.Count{N: int64(n)}, Counted: true, Current: h.view.Show == show,
			URL: paths.ExecutionSelection(h.facts.Key, paths.Selection{State: state, Iteration: h.view.Iteration, Show: show}) + "#state"}
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	tabs := []components.Tab{filter("All", "", total)}
	for _, mark := range iterationMarks {
		if n := counts[mark]; n > 0 || h.view.Show == string(mark) {
			tabs = append(tabs, filter(mark.Status().Text, string(mark), n))
		}
	}
	return tabs
}

func (it *Iteration) text() string { return "Iteration " + strconv.Itoa(it.Index) + " of " + it.Map }

// iterationLink narrows the page to the iteration that an entry lies in; nil when it lies in none.
func (h *History) iterationLink(e *Entry) *components.Link {
	if e.iteration < 0 {
		return nil
	}
	it := &h.Iterations[e.iteration]
	return &components.Link{Text: it.text(), URL: paths.ExecutionSelection(h.facts.Key, paths.Selection{State: e.State, Iteration: it.ID})}
}

// shownIteration is the iteration that the page is narrowed to; nil when it shows all.
func (h *History) shownIteration() *pages.ExecutionIteration {
	if h.chosen < 0 {
		return nil
	}
	it := &h.Iterations[h.chosen]
	return &pages.ExecutionIteration{Text: it.text(), Mark: it.Mark, All: paths.ExecutionSelection(h.facts.Key, paths.Selection{State: it.Map})}
}
