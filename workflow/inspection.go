package workflow

import "context"

// Inspection is what http:invoke sent and got, in the words of TestState's inspection data.
type Inspection struct {
	Request  InspectedRequest // without what the connection added to it
	Revealed InspectedRequest // as it was sent
	Response InspectedResponse
}

// InspectedRequest is a request as it goes over the wire; Headers is "[name: value, …]".
type InspectedRequest struct {
	Protocol, Method, URL, Headers, Body string
}

// InspectedResponse is its answer; zero when there was none.
type InspectedResponse struct {
	Protocol, StatusCode, StatusMessage, Headers, Body string
}

type inspectionKey struct{}

// WithInspection asks a handler to write down in i what it sends and gets.
func WithInspection(ctx context.Context, i *Inspection) context.Context {
	return context.WithValue(ctx, inspectionKey{}, i)
}

// InspectionOf is where a handler is to write; nil when nobody has asked.
func InspectionOf(ctx context.Context) *Inspection {
	i, _ := ctx.Value(inspectionKey{}).(*Inspection)
	return i
}
