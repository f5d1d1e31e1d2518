package pages

import (
	"time"

	"countersign/views/components"
	"countersign/workflow"
)

// Dashboard is how everything stands, at a glance.
type Dashboard struct {
	Now      time.Time
	Name     string // of the reader, to be greeted; may be empty
	Alerts   []DashboardAlert
	Groups   []DashboardGroup
	Failures []ExecutionRow // the newest that failed or timed out
	Recent   []ExecutionRow // the newest executions
	LiveURL  string
}

// DashboardAlert is something that somebody should see to: an order whose undo has failed, a mail
// that cannot be sent, a failure switch that is on.
type DashboardAlert struct {
	Tone  components.Tone // Danger when it needs somebody, Waiting when it is only good to know
	Title string
	Text  string
	Link  components.Link
}

// DashboardGroup is a row of figures.
type DashboardGroup struct {
	Title string
	Stats []DashboardStat
}

// DashboardStat is one figure with the list behind it. Status words what is counted and may come
// from components.ExecutionStatus and its kin.
type DashboardStat struct {
	Status components.Status
	Count  workflow.Count
	URL    string
	// Quiet figures lose their colour at zero: nothing failed is not red.
	Quiet bool
}

func (s DashboardStat) status() components.Status {
	if s.Quiet && s.Count.N == 0 {
		return components.Status{Text: s.Status.Text, Icon: s.Status.Icon, Tone: components.Neutral}
	}
	return s.Status
}

func (a DashboardAlert) icon() components.Icon {
	if a.Tone == components.Danger {
		return components.IconAlert
	}
	return components.IconInfo
}
