package web

import (
	"strings"

	"countersign/views/pages"
)

const (
	linesAround    = 3         // that are the same, shown before and after what differs
	comparedAtMost = 4_000_000 // pairs of lines; of longer definitions all that differs in one piece
)

// compared is how one text becomes another, by whole lines, with what lies far from any difference
// left out.
func compared(before, after string) []pages.ComparedLine {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var all []pages.ComparedLine
	add := func(kind pages.ComparedKind, lines ...string) {
		for _, line := range lines {
			all = append(all, pages.ComparedLine{Kind: kind, Text: line})
		}
	}
	add(pages.SameLine, a[:start]...)
	all = append(all, differing(a[start:len(a)-end], b[start:len(b)-end])...)
	add(pages.SameLine, a[len(a)-end:]...)
	return nearDifferences(all)
}

// differing finds the longest common sequence of lines; what is not in it was taken out or put in.
func differing(a, b []string) (all []pages.ComparedLine) {
	i, j := 0, 0
	if len(a)*len(b) <= comparedAtMost {
		common := make([][]int32, len(a)+1) // of what follows line i of a and line j of b
		for i := range common {
			common[i] = make([]int32, len(b)+1)
		}
		for i := len(a) - 1; i >= 0; i-- {
			for j := len(b) - 1; j >= 0; j-- {
				if common[i][j] = max(common[i+1][j], common[i][j+1]); a[i] == b[j] {
					common[i][j] = common[i+1][j+1] + 1
				}
			}
		}
		for i < len(a) && j < len(b) {
			switch {
			case a[i] == b[j]:
				all = append(all, pages.ComparedLine{Kind: pages.SameLine, Text: a[i]})
				i, j = i+1, j+1
			case common[i+1][j] >= common[i][j+1]:
				all = append(all, pages.ComparedLine{Kind: pages.OldLine, Text: a[i]})
				i++
			default:
				all = append(all, pages.ComparedLine{Kind: pages.NewLine, Text: b[j]})
				j++
			}
		}
	}
	for ; i < len(a); i++ {
		all = append(all, pages.ComparedLine{Kind: pages.OldLine, Text: a[i]})
	}
	for ; j < len(b); j++ {
		all = append(all, pages.ComparedLine{Kind: pages.NewLine, Text: b[j]})
	}
	return all
}

// nearDifferences leaves out what is far from any difference: a gap stands for it.
func nearDifferences(all []pages.ComparedLine) (near []pages.ComparedLine) {
	keep := make([]bool, len(all))
	for i, line := range all {
		if line.Kind != pages.SameLine {
			for k := max(0, i-linesAround); k < min(len(all), i+linesAround+1); k++ {
				keep[k] = true
			}
		}
	}
	for i, line := range all {
		switch {
		case keep[i]:
			near = append(near, line)
		case len(near) > 0 && near[len(near)-1].Kind != pages.GapOfLines:
			near = append(near, pages.ComparedLine{Kind: pages.GapOfLines})
		}
	}
	return near
}
