package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"text/tabwriter"
)

// readReport reads what an earlier run has printed; an empty path is no report.
func readReport(path string) (*Report, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s is not what bench --json prints: %w", path, err)
	}
	if len(r.Figures) == 0 {
		return nil, fmt.Errorf("%s has no figures to compare with: make it with bench --json", path)
	}
	return &r, nil
}

// compare prints a table of the figures that both runs have.
func compare(w io.Writer, before, after *Report) error {
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "figure\tbefore\tafter\tchange\tverdict")
	for _, name := range slices.Sorted(maps.Keys(after.Figures)) {
		if a, b := before.Figures[name], after.Figures[name]; a != nil {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", name, number(a.Median), number(b.Median), change(a, b), verdict(a, b))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if n, m := rounds(before), rounds(after); min(n, m) >= 3 {
		fmt.Fprintf(w, "with %d and %d rounds, chance alone sets a figure apart once in %.0f times\n", n, m, choose(n+m, n)/2)
	}
	return differing(w, before.Settings, after.Settings)
}

func change(before, after *Figure) string {
	if before.Median == 0 {
		return ""
	}
	return fmt.Sprintf("%+.1f %%", 100*(after.Median/before.Median-1))
}

// rounds is how many the shortest of the figures has.
func rounds(r *Report) int {
	n := math.MaxInt
	for _, f := range r.Figures {
		n = min(n, len(f.Rounds))
	}
	return n
}

// choose is in how many ways k of n can be chosen. Of two groups of rounds that differ by chance
// alone, one of all these ways has all of the first below the second, and one has them above.
func choose(n, k int) float64 {
	ways := 1.0
	for i := range k {
		ways = ways * float64(n-i) / float64(i+1)
	}
	return ways
}

// verdict says whether a change is more than the rounds of either run differ among themselves.
func verdict(before, after *Figure) string {
	switch {
	case before.Median == after.Median:
		return "the same"
	case len(before.Rounds) < 3 || len(after.Rounds) < 3:
		return "too few rounds to tell"
	case before.Lowest <= after.Highest && after.Lowest <= before.Highest:
		return "within the noise"
	case after.Better == either:
		return "other"
	case (after.Median > before.Median) == (after.Better == higher):
		return "better"
	}
	return "worse"
}

// differing names settings under which the runs were measured and that are not the same.
func differing(w io.Writer, before, after map[string]any) error {
	text, err := json.Marshal(after)
	if err != nil {
		return err
	}
	var read map[string]any // as the other was
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(read)) {
		if name != "load_average" && !reflect.DeepEqual(before[name], read[name]) {
			fmt.Fprintf(w, "measured otherwise: %s was %v, is %v\n", name, before[name], read[name])
		}
	}
	return nil
}
