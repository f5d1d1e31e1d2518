package components

import (
	"fmt"
	"strconv"
	"time"

	"countersign/workflow"
)

// Relative writes t as seen from now: "3 minutes ago", "in 2 days". static/js/app.js keeps it
// true while the page stays open and words it in the same way.
func Relative(now, t time.Time) string {
	if t.Before(now) {
		if text := span(now.Sub(t)); text != "" {
			return text + " ago"
		}
		return "just now"
	}
	if text := span(nearly(t.Sub(now))); text != "" {
		return "in " + text
	}
	return "in less than a minute"
}

// Countdown is Relative for what comes soon, by the second in its last minute.
func Countdown(now, t time.Time) string {
	left := t.Sub(now)
	switch {
	case left <= 0:
		return "now"
	case left <= 59*time.Second:
		return fmt.Sprintf("in %d s", (left+time.Second-1)/time.Second)
	}
	return Relative(now, t)
}

// nearly rounds what is many hours ahead to the hour: a deadline of a day, just set, is not in
// 23 hours. The last hours are not rounded, because nobody shall be told of time they do not have.
func nearly(d time.Duration) time.Duration {
	if d > 10*time.Hour && d < 24*time.Hour {
		return d.Round(time.Hour)
	}
	return d
}

// span is the largest whole unit of d, or "" below a minute.
func span(d time.Duration) string {
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if n := int(d / u.size); n >= 1 {
			return Count(n, u.name)
		}
	}
	return ""
}

// Duration writes how long something took: "480 ms", "2.4 s", "3 min 20 s", "2 h 5 min", "3 d 4 h".
func Duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Truncate(100*time.Millisecond).Seconds()) // never "60.0 s"
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%d d %d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

// Absolute writes the moment in full, in the zone that t carries.
func Absolute(t time.Time) string { return t.Format("2 January 2006, 15:04:05 MST") }

// Count writes a number with its noun: "1 item", "3 items". The noun must form its plural with s.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Thousands(int64(n)) + " " + noun + "s"
}

// Tally writes a count with commas, and says when there are more: "1,000+".
func Tally(c workflow.Count) string {
	if c.More {
		return Thousands(c.N) + "+"
	}
	return Thousands(c.N)
}

// Several writes a count with its noun, as Count does.
func Several(c workflow.Count, noun string) string {
	if c == (workflow.Count{N: 1}) {
		return "1 " + noun
	}
	return Tally(c) + " " + noun + "s"
}

// Thousands writes a whole number with commas.
func Thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func machineTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
