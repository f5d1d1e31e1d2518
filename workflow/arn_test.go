package workflow

import "testing"

func TestFunctionName(t *testing.T) {
	for s, want := range map[string]string{
		"Price":      "Price",
		"Price:live": "Price",
		"arn:aws:lambda:us-east-1:123456789012:function:Price":         "Price",
		"arn:aws:lambda:us-east-1:123456789012:function:Price:$LATEST": "Price",
		"123456789012:function:Price":                                  "Price",
		"123456789012:function:Price:1":                                "Price",
		"":                                                             "",
		"not a name":                                                   "",
		"a/b":                                                          "",
		"Price:":                                                       "",
		"Price:a:b":                                                    "",
		"arn:aws:lambda:us-east-1:123456789012:layer:Price":    "",
		"arn:aws:states:us-east-1:123456789012:function:Price": "",
		"arn:aws:lambda:us-east-1:123456789012:function:":      "",
		"arn:aws:lambda": "",
	} {
		if got := FunctionName(s); got != want {
			t.Errorf("FunctionName(%q) is %q, want %q", s, got, want)
		}
	}
}
