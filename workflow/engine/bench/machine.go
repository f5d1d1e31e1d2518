package bench

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
)

// machine is what figures depend on besides the program and its settings.
func machine() map[string]any {
	m := map[string]any{
		"platform": runtime.GOOS + "/" + runtime.GOARCH, "cores": runtime.NumCPU(), "processors": runtime.GOMAXPROCS(0),
		"go": runtime.Version(), "gogc": gogc(), "memory_limit_bytes": uintMetric("/gc/gomemlimit:bytes"),
	}
	for name, found := range map[string]string{
		"cpu":          field("/proc/cpuinfo", "model name"),
		"memory":       field("/proc/meminfo", "MemTotal"),
		"load_average": firstWord("/proc/loadavg"), // before: others' work makes figures worse
		"kernel":       firstWord("/proc/sys/kernel/osrelease"),
	} {
		if found != "" {
			m[name] = found
		}
	}
	return m
}

// gogc is the percentage in force, whoever has set it.
func gogc() any {
	if percent := uintMetric("/gc/gogc:percent"); percent < 1<<31 {
		return percent
	}
	return "off"
}

func uintMetric(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// field is a line "name : value" of a file of the system's, or nothing where there is none.
func field(path, name string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func firstWord(path string) string {
	text, _ := os.ReadFile(path)
	word, _, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	return word
}

// resident is a process's memory in bytes, now or, at its highest, ever; 0 where the system
// does not tell.
func resident(pid int) (now, most float64) {
	status := fmt.Sprintf("/proc/%d/status", pid)
	return kilobytes(field(status, "VmRSS")), kilobytes(field(status, "VmHWM"))
}

func kilobytes(text string) float64 {
	number, _, _ := strings.Cut(text, " ")
	kb, _ := strconv.ParseFloat(number, 64)
	return kb * 1024
}
