package bench

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// The plot has two panels, one above the other, with time to the right.
const (
	plotWidth, plotHeight = 960, 660
	left, right           = 80, 24
	panelHeight           = 210
	firstPanel            = 110
	secondPanel           = firstPanel + panelHeight + 70
	ticks                 = 5
)

// Colours that people who see few colours tell apart on white (Okabe and Ito).
var colours = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7"}

// panel is one pair of axes.
type panel struct {
	top     int
	title   string
	value   func(point) float64
	highest float64 // at the top
	seconds float64 // at the right
}

// plot draws what was sustained over the run as an SVG document.
func (r *Report) plot(w io.Writer) error {
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="Throughput and latency over the run" font-family="sans-serif" font-size="13" fill="#222">`,
		plotWidth, plotHeight)
	fmt.Fprintf(&s, "\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", plotWidth, plotHeight)
	r.legend(&s)
	for _, p := range []panel{
		{top: firstPanel, title: "state transitions a second", value: func(p point) float64 { return p.rate }},
		{top: secondPanel, title: "start to finish, p99, ms", value: func(p point) float64 { return p.p99 }},
	} {
		p.scale(r.loads)
		p.axes(&s)
		p.rounds(&s, r.loads)
		for i, l := range r.loads {
			p.line(&s, l.line, colours[i%len(colours)])
		}
	}
	s.WriteString("</svg>\n")
	_, err := io.WriteString(w, s.String())
	return err
}

// legend names the lines with what was sustained of each, and under them what they were measured on.
func (r *Report) legend(s *strings.Builder) {
	fmt.Fprintf(s, `<text x="%d" y="27" font-size="16" font-weight="bold">Countersign under load</text>`+"\n", left)
	x := left
	for i, l := range r.loads {
		title := l.title
		if sustained := r.Figures.median(l.name + ".transitions_per_second"); sustained > 0 {
			title += ", " + number(sustained) + "/s"
		}
		fmt.Fprintf(s, `<rect x="%d" y="43" width="14" height="4" fill="%s"/><text x="%d" y="50">%s</text>`+"\n",
			x, colours[i%len(colours)], x+20, escaped(title))
		x += 50 + 8*len(title)
	}
	under := fmt.Sprintf("%v; %v, %v processors, %v; %v in flight, %v rounds",
		r.Settings["database"], r.Settings["cpu"], r.Settings["processors"], r.Settings["go"], r.Settings["in_flight"], r.Settings["rounds"])
	fmt.Fprintf(s, `<text x="%d" y="68" font-size="11" fill="#666">%s</text>`+"\n", left, escaped(under))
}

func (p *panel) scale(loads []*load) {
	for _, l := range loads {
		for _, at := range l.line {
			p.highest, p.seconds = max(p.highest, p.value(at)), max(p.seconds, at.second)
		}
	}
	p.highest = ticks * round(p.highest/ticks)
}

// round is the next number that people count in.
func round(x float64) float64 {
	if x <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, step := range []float64{1, 2, 2.5, 5} {
		if x <= step*power {
			return step * power
		}
	}
	return 10 * power
}

func (p *panel) x(second float64) float64 { return left + second/p.seconds*(plotWidth-left-right) }

func (p *panel) y(value float64) float64 {
	return float64(p.top) + panelHeight*(1-value/p.highest)
}

// axes draws lines across, labelled, and time below.
func (p *panel) axes(s *strings.Builder) {
	fmt.Fprintf(s, `<text x="%d" y="%d" font-weight="bold">%s</text>`+"\n", left, p.top-10, escaped(p.title))
	for i := range ticks + 1 {
		value := p.highest * float64(i) / ticks
		y := p.y(value)
		fmt.Fprintf(s, `<path d="M%d %.1fH%d" stroke="%s"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			left, y, plotWidth-right, []string{"#222", "#ddd"}[min(i, 1)], left-8, y+4, number(value))
	}
	step := round(p.seconds / ticks)
	for i := range int(p.seconds/step+1e-9) + 1 {
		second := step * float64(i)
		fmt.Fprintf(s, `<text x="%.1f" y="%d" text-anchor="middle">%.4g</text>`+"\n", p.x(second), p.top+panelHeight+18, second)
	}
	fmt.Fprintf(s, `<text x="%d" y="%d" text-anchor="end" font-size="11" fill="#666">seconds of load, one round after the other</text>`+"\n",
		plotWidth-right, p.top+panelHeight+34)
}

// rounds draws where one round of the load that took longest ends and the next begins: between
// them the machine did something else.
func (p *panel) rounds(s *strings.Builder, loads []*load) {
	var longest []float64
	for _, l := range loads {
		if n := len(l.until); n > 1 && (longest == nil || l.until[n-1] > longest[len(longest)-1]) {
			longest = l.until
		}
	}
	for _, end := range longest[:max(0, len(longest)-1)] {
		fmt.Fprintf(s, `<path d="M%.1f %dv%d" stroke="#bbb" stroke-dasharray="3 4"/>`+"\n", p.x(end), p.top, panelHeight)
	}
}

// line leaves out slices of time in which there was nothing to measure.
func (p *panel) line(s *strings.Builder, points []point, colour string) {
	var d strings.Builder
	for _, at := range points {
		if p.value(at) > 0 {
			fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(d.Len(), 1)], p.x(at.second), p.y(p.value(at)))
		}
	}
	if d.Len() > 0 {
		fmt.Fprintf(s, `<path d="%s" fill="none" stroke="%s" stroke-width="1.6" stroke-linejoin="round"/>`+"\n", d.String(), colour)
	}
}

func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
