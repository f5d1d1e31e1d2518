package bench

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPercentilesAreRightToWithinHalfAPercent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 500).Draw(t, "n")
		step := time.Duration(rapid.Int64Range(2_000, 2_000_000).Draw(t, "step"))
		var h histogram
		for i := range n {
			h.add(time.Duration(i+1) * step)
		}
		p := h.percentiles()
		for _, c := range []struct{ q, got float64 }{{0.5, p.P50}, {0.9, p.P90}, {0.99, p.P99}, {1, p.Max}} {
			want := math.Ceil(c.q*float64(n)) * step.Seconds() * 1000
			if math.Abs(c.got-want) > 0.006*want+0.001 {
				t.Errorf("percentile %v is %v, want %v", c.q, c.got, want)
			}
		}
		if p.N != int64(n) {
			t.Errorf("counted %d of %d", p.N, n)
		}
	})
}

func TestAHistogramThatWasTakenIsEmpty(t *testing.T) {
	var h histogram
	h.add(time.Hour)
	if p := h.take(); p.Max != 3_600_000 || h.percentiles() != (Percentiles{}) {
		t.Errorf("took %v and left %v", p, h.percentiles())
	}
}

func figure(better direction, rounds ...float64) *Figure {
	f := Figures{}
	for _, r := range rounds {
		f.add("f", "/s", better, r)
	}
	return f["f"]
}

func TestAChangeWithinTheNoiseIsNoChange(t *testing.T) {
	for want, pair := range map[string][2]*Figure{
		"better":                 {figure(higher, 10, 11, 12), figure(higher, 13, 14, 15)},
		"worse":                  {figure(lower, 10, 11, 12), figure(lower, 13, 14, 15)},
		"other":                  {figure(either, 10, 11, 12), figure(either, 13, 14, 15)},
		"within the noise":       {figure(higher, 10, 11, 12), figure(higher, 12, 14, 15)},
		"the same":               {figure(higher, 10, 11, 12), figure(higher, 11, 11, 11)},
		"too few rounds to tell": {figure(higher, 10, 11), figure(higher, 20, 21)},
	} {
		if got := verdict(pair[0], pair[1]); got != want {
			t.Errorf("%v and then %v is %s, want %s", pair[0].Rounds, pair[1].Rounds, got, want)
		}
	}
}

func TestMedian(t *testing.T) {
	if f := figure(higher, 9, 1, 5); f.Median != 5 || f.Lowest != 1 || f.Highest != 9 {
		t.Errorf("%+v", f)
	}
	if f := figure(higher, 9, 1, 5, 6); f.Median != 5.5 {
		t.Errorf("%+v", f)
	}
}

func TestComparisonNamesWhatDiffers(t *testing.T) {
	report := func(rate float64, cpu string) *Report {
		r := &Report{Figures: Figures{}, Settings: map[string]any{"cpu": cpu, "rounds": 3, "load_average": cpu}}
		for i := range 3 {
			r.Figures.add("order.transitions_per_second", "/s", higher, rate+float64(i))
		}
		return r
	}
	text, err := json.Marshal(report(1000, "old"))
	if err != nil {
		t.Fatal(err)
	}
	var before Report
	if err := json.Unmarshal(text, &before); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := compare(&out, &before, report(1500, "new")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"order.transitions_per_second", "1,001", "1,501", "+50.0 %", "better", "with 3 and 3 rounds, chance alone sets a figure apart once in 10 times", "cpu was old, is new"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "load_average") || strings.Contains(out.String(), "rounds was") {
		t.Errorf("what is the same, or always another, is named:\n%s", &out)
	}
}

func TestABusyMachineIsNamed(t *testing.T) {
	for load, want := range map[string]bool{"0.40": false, "1.60": true, "": false} {
		var out bytes.Buffer
		r := &Report{Settings: map[string]any{"load_average": load, "cores": 2}}
		if err := r.Print(&out); err != nil || strings.Contains(out.String(), "busy") != want {
			t.Errorf("with a load of %q (%v) it says\n%s", load, err, &out)
		}
	}
}

func TestPlotIsADocumentWithALineForEachScenario(t *testing.T) {
	line := []point{{0.1, 9000, 20}, {0.2, 12_345, 0}, {0.3, 100, 35}}
	r := &Report{Settings: map[string]any{"cpu": "A & B <C>"}, loads: []*load{
		{scenario: scenario{title: "orders <&>"}, line: line, until: []float64{0.2, 0.3}}, {scenario: scenario{title: "nothing"}},
	}}
	var out bytes.Buffer
	if err := r.plot(&out); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for d := xml.NewDecoder(bytes.NewReader(out.Bytes())); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, &out)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "path" && e.Attr[1].Value == "none" {
			lines++
		}
	}
	if strings.Count(out.String(), "stroke-dasharray") != 2 {
		t.Errorf("the end of the first round stands not once in each panel of\n%s", &out)
	}
	if lines != 2 || !strings.Contains(out.String(), "12,500") || strings.Contains(out.String(), "NaN") {
		t.Errorf("%d lines in\n%s", lines, &out)
	}
}

func TestPayloadsHaveTheirSize(t *testing.T) {
	for _, size := range []int{4, 500, 100_000, 262_144} {
		if p := payload(size); len(p) != size || !json.Valid(p) {
			t.Errorf("a payload of %d bytes has %d", size, len(p))
		}
	}
	var list []int
	if err := json.Unmarshal(items(10_000), &list); err != nil || len(list) != 10_000 || list[9999] != 9999 {
		t.Errorf("%d items, %v", len(list), err)
	}
	if d := sevenNoOps() + mapOfTasks(); strings.Count(d, noOpFunction) != 8 {
		t.Error(d)
	}
}
