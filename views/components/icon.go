package components

import (
	"context"
	"embed"
	"fmt"
	"io"
	"strings"

	"github.com/a-h/templ"
)

//go:embed lucide/*.svg
var lucide embed.FS

// Icon is the name of a Lucide icon that stands in lucide/.
type Icon string

// The icons in use, by what they mean where the meaning is fixed.
const (
	IconDone      Icon = "circle-check"
	IconFailed    Icon = "circle-x"
	IconWarning   Icon = "triangle-alert"
	IconAlert     Icon = "circle-alert"
	IconInfo      Icon = "info"
	IconWaiting   Icon = "hourglass"
	IconClock     Icon = "clock"
	IconProgress  Icon = "loader-circle"
	IconPending   Icon = "circle-dashed"
	IconDot       Icon = "circle-dot"
	IconCancelled Icon = "ban"
	IconUndone    Icon = "undo-2"
	IconTimer     Icon = "calendar-clock"

	IconShop          Icon = "shopping-bag"
	IconCart          Icon = "shopping-cart"
	IconOrders        Icon = "package"
	IconShipping      Icon = "truck"
	IconInbox         Icon = "inbox"
	IconDashboard     Icon = "layout-dashboard"
	IconExecutions    Icon = "activity"
	IconStateMachines Icon = "workflow"
	IconInventory     Icon = "boxes"
	IconMail          Icon = "mail"
	IconPeople        Icon = "users"
	IconSettings      Icon = "settings"
	IconApproval      Icon = "stamp"
	IconPayment       Icon = "credit-card"
	IconAddress       Icon = "map-pin"
	IconPolicy        Icon = "scale"

	IconCheck    Icon = "check"
	IconClose    Icon = "x"
	IconPlus     Icon = "plus"
	IconMinus    Icon = "minus"
	IconTrash    Icon = "trash-2"
	IconSearch   Icon = "search"
	IconCopy     Icon = "copy"
	IconEdit     Icon = "pencil"
	IconRedrive  Icon = "rotate-ccw"
	IconRetry    Icon = "repeat"
	IconStop     Icon = "circle-stop"
	IconMore     Icon = "ellipsis"
	IconDown     Icon = "chevron-down"
	IconRight    Icon = "chevron-right"
	IconLeft     Icon = "chevron-left"
	IconUpDown   Icon = "chevrons-up-down"
	IconForward  Icon = "arrow-right"
	IconBack     Icon = "arrow-left"
	IconHistory  Icon = "history"
	IconFlag     Icon = "flag"
	IconZap      Icon = "zap"
	IconHand     Icon = "hand"
	IconLight    Icon = "sun"
	IconDark     Icon = "moon"
	IconSystem   Icon = "monitor"
	IconSignOut  Icon = "log-out"
	IconPerson   Icon = "user"
	IconApprover Icon = "badge-check"
	IconOperator Icon = "wrench"
	IconAdmin    Icon = "shield-check"
	IconKey      Icon = "key-round"
	IconLock     Icon = "lock"
)

// Drawn is the icon as inline SVG. It is decoration: the word beside it carries the
// meaning, and a control without a word needs a label of its own. Further classes are
// optional; an unknown icon is an error of the page that asks for it.
func (i Icon) Drawn(classes ...string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		body, err := i.body()
		if err != nil {
			return err
		}
		class := strings.Join(append([]string{"icon"}, classes...), " ")
		_, err = io.WriteString(w, `<svg class="`+templ.EscapeString(class)+`" viewBox="0 0 24 24" fill="none" stroke="currentColor" `+
			`stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">`+body+`</svg>`)
		return err
	})
}

func (i Icon) body() (string, error) {
	source, err := lucide.ReadFile("lucide/" + string(i) + ".svg")
	if err != nil {
		return "", fmt.Errorf("icon %q: %w", string(i), err)
	}
	_, body, _ := strings.Cut(string(source), "<svg")
	_, body, _ = strings.Cut(body, ">")
	body, _, _ = strings.Cut(body, "</svg>")
	return strings.Join(strings.Fields(body), " "), nil
}
