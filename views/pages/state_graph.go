package pages

import (
	"strconv"
	"time"

	"countersign/views/components"
)

// StateMark says what became of a state in an execution.
type StateMark string

// The marks. Each has a word, an icon, a line and a colour of its own.
const (
	NotEntered StateMark = ""
	Entered    StateMark = "entered" // at work
	Waits      StateMark = "waits"   // for a person, a timer or an answer from outside
	Retries    StateMark = "retries" // failed, and will be tried again
	Succeeded  StateMark = "succeeded"
	Caught     StateMark = "caught" // failed, and the definition says where to go on
	Failed     StateMark = "failed"
	Aborted    StateMark = "aborted"
)

// marks in the order of the legend.
var marks = []StateMark{Succeeded, Entered, Waits, Retries, Caught, Failed, Aborted, NotEntered}

// Status is the mark as a badge.
func (m StateMark) Status() components.Status {
	switch m {
	case Entered:
		return components.Status{Text: "In progress", Icon: components.IconProgress, Tone: components.Progress}
	case Waits:
		return components.Status{Text: "Waiting", Icon: components.IconWaiting, Tone: components.Waiting}
	case Retries:
		return components.Status{Text: "Retrying", Icon: components.IconRetry, Tone: components.Waiting}
	case Succeeded:
		return components.Status{Text: "Succeeded", Icon: components.IconDone, Tone: components.Success}
	case Caught:
		return components.Status{Text: "Failed, caught", Icon: components.IconWarning, Tone: components.Danger}
	case Failed:
		return components.Status{Text: "Failed", Icon: components.IconFailed, Tone: components.Danger}
	case Aborted:
		return components.Status{Text: "Aborted", Icon: components.IconCancelled, Tone: components.Neutral}
	}
	return components.Status{Text: "Not entered", Icon: components.IconPending, Tone: components.Neutral}
}

// StateGraph is the drawing of a state machine: of a definition, or of what happened in an
// execution. Lengths are pixels.
type StateGraph struct {
	Width, Height int
	Nodes         []GraphNode
	Lines         []GraphLine
	Marked        bool   // colours say what happened; otherwise there is no legend
	Note          string // why the drawing is plain or missing; empty when all is well
}

// GraphNode is a state, by its top left corner, or the start or end circle, which has no Name.
type GraphNode struct {
	Name       string
	Label      string // Name, shortened to fit
	Type       string
	X, Y, W, H float64
	Mark       StateMark
	Says       string    // below the name: the type, or what happened; short
	Until      time.Time // counts down behind Says ("Retry in"); zero: nothing to count
	Left       string    // the countdown as it stands: "23 h 30 min"
	Full       string    // the whole story in a sentence, for the tooltip
	URL        string    // empty: not a link
	Selected   bool
	Reached    bool // of a circle: the execution passed it
	// Head is the height of the part that has the name when other boxes stand within, below
	// it; 0 for a plain box.
	Head float64 `json:",omitempty"`
}

func (n GraphNode) frame() bool { return n.Head > 0 }

// head is the height of the part of the box that has the name.
func (n GraphNode) head() float64 {
	if n.frame() {
		return n.Head
	}
	return n.H
}

// GraphLine is a transition.
type GraphLine struct {
	Path   string // SVG path data
	Dashed bool   // taken when an error is caught
	Taken  bool
	Label  string
	Full   string // what the label says in full, for the tooltip
	X, Y   float64
	W      float64 // of the label
}

// legend is the marks that the drawing uses.
func (g StateGraph) legend() []StateMark {
	used := map[StateMark]bool{}
	for _, n := range g.Nodes {
		if n.Name != "" {
			used[n.Mark] = true
		}
	}
	var out []StateMark
	for _, m := range marks {
		if used[m] {
			out = append(out, m)
		}
	}
	return out
}

func (g StateGraph) viewBox() string {
	return "0 0 " + strconv.Itoa(g.Width) + " " + strconv.Itoa(g.Height)
}

// size names the drawings that are narrow enough to be read when they are shrunk to the width of
// their box; others scroll.
func (g StateGraph) size() string {
	switch {
	case g.Width <= 480:
		return "narrow"
	case g.Width <= 680:
		return "medium"
	}
	return "wide"
}

// pixels writes a length with no more digits than it needs.
func pixels(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func translate(x, y float64) string { return "translate(" + pixels(x) + " " + pixels(y) + ")" }

func percent(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) + "%" }

// until is the moment in milliseconds, as static/js/operator.js counts down to it.
func (n GraphNode) until() string { return strconv.FormatInt(n.Until.UnixMilli(), 10) }

// spinning is the class of an icon that turns while something is at work.
func spinning(m StateMark) []string {
	if m == Entered {
		return []string{"spin"}
	}
	return nil
}

// typeIcon is for drawings of a definition, in which no state has a mark.
func typeIcon(stateType string) components.Icon {
	switch stateType {
	case "Task":
		return components.IconZap
	case "Choice":
		return components.IconPolicy
	case "Wait":
		return components.IconWaiting
	case "Pass":
		return components.IconForward
	case "Succeed":
		return components.IconDone
	case "Fail":
		return components.IconFailed
	case "Parallel", "Map":
		return components.IconStateMachines
	}
	return components.IconDot
}
