package e2e

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// recordings are answers of the real service, kept beside the project. They belong to others
// and are not part of it; where they are not, nothing is compared.
const recordings = "../../shared/conformance"

// different are the recorded cases that cannot agree, and why.
var different = map[string]string{
	"test_uuid":                        "the recording shows a placeholder instead of the random UUID",
	"test_start_execution_input_json":  "the recorded Content-Length counts the letters of names that the recording replaces",
	"test_result_selector":             "the recorded Content-Length counts the letters of names that the recording replaces",
	"test_sfn_start_execution_success": "the recorded answer holds an ARN that the recorded mock does not",
}

// Every recorded case that can be performed agrees in full: events, ids, details, texts. Python
// functions that the recordings name are stood in for by HTTP functions.
func TestRecordedAnswersOfTheService(t *testing.T) {
	if _, err := os.Stat(recordings); err != nil {
		t.Skip("there are no recorded answers of the service beside the project")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3, which performs the recorded cases, is not installed")
	}
	t.Parallel()
	a := startApp(t)
	results := filepath.Join(t.TempDir(), "results.json")
	out, err := exec.Command(python, filepath.Join(recordings, "run.py"), "--endpoint", a.URL, "--access-key", "demo", "--secret-key", "countersign",
		"--have", "states", "--lambda-map", recordedFunctions(t, a, python), "--level", "L3", "--jobs", "8", "--json", results, "-v").CombinedOutput()
	if _, broken := err.(*exec.ExitError); err != nil && !broken {
		t.Fatal(err)
	}
	text, err := os.ReadFile(results)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var report struct {
		Rows []struct {
			ID     string
			Levels map[string]bool
			Diffs  map[string]string
		}
	}
	if err := json.Unmarshal(text, &report); err != nil || len(report.Rows) == 0 {
		t.Fatalf("%v, %d cases\n%s", err, len(report.Rows), out)
	}
	agreed := 0
	for _, row := range report.Rows {
		if len(row.Diffs) == 0 {
			agreed++
			continue
		}
		if reason := excuse(row.ID); reason != "" {
			t.Logf("%s: %s", row.ID, reason)
			continue
		}
		t.Errorf("%s: %v", row.ID, row.Diffs)
	}
	t.Logf("%d of %d recorded cases agree", agreed, len(report.Rows))
}

func excuse(id string) string {
	for part, reason := range different {
		if strings.HasSuffix(id, "::"+part) {
			return reason
		}
	}
	return ""
}

// recordedFunctions serves the functions of the recordings, registers them, and names the file
// that says which is which.
func recordedFunctions(t *testing.T, a *app, python string) (lambdaMap string) {
	t.Helper()
	server := exec.Command(python, filepath.Join("testdata", "functions.py"), filepath.Join(recordings, "cases"))
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var serves struct {
		URL       string
		Functions []string
	}
	if err := json.Unmarshal(line, &serves); err != nil {
		t.Fatal(err)
	}
	administrator := signIn(t, a, "ada")
	arns := map[string]string{}
	for _, file := range serves.Functions {
		name := strings.TrimSuffix(file, ".py")
		status, page, err := administrator.post(t.Context(), "/functions", url.Values{"name": {name}, "url": {serves.URL + "/" + file}, "timeout": {"90"}})
		if err != nil || status != http.StatusCreated {
			t.Fatalf("register %s: status %d, %v\n%s", name, status, err, tail(page, 2000))
		}
		arns[file] = "arn:aws:lambda:us-east-1:123456789012:function:" + name
	}
	text, err := json.Marshal(arns)
	if err != nil {
		t.Fatal(err)
	}
	lambdaMap = filepath.Join(t.TempDir(), "functions.json")
	if err := os.WriteFile(lambdaMap, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return lambdaMap
}
