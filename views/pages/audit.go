package pages

import (
	"time"

	"countersign/views/components"
)

// AuditTrail is what people did, the newest first. It is only ever added to.
type AuditTrail struct {
	Now          time.Time
	Subject      string // that the list is narrowed to; empty: all
	Rows         []AuditRow
	Newer, Older string // addresses of the neighbouring parts; empty: there is none
}

// AuditRow is one thing that somebody did.
type AuditRow struct {
	At         time.Time
	Person     string // name; empty: nobody who is known
	Action     string // "approved", "settings changed"
	Subject    string // "order CS-1"; may be empty
	SubjectURL string // of what it was done to; may be empty
	Detail     string
	Tone       components.Tone // Danger for what was refused or stopped; empty: Neutral
}

func (r AuditRow) tone() components.Tone {
	if r.Tone == "" {
		return components.Neutral
	}
	return r.Tone
}

func (r AuditRow) person() string {
	if r.Person == "" {
		return "Somebody unknown"
	}
	return r.Person
}
