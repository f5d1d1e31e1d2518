package cloudwatch

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

// cborProtocol is Smithy RPC v2 with CBOR.
type cborProtocol struct{}

const cborKind = "application/cbor"

// Times are those of tag 1, and in answers always seconds with a fraction, as Smithy has them.
var (
	cborReader = must(cbor.DecOptions{
		MaxNestedLevels: mostNested, MaxArrayElements: 4096, MaxMapPairs: 4096,
		DefaultMapType: reflect.TypeFor[map[string]any](),
	}.DecMode())
	cborWriter = must(cbor.EncOptions{Time: cbor.TimeUnixDynamic, TimeTag: cbor.EncTagRequired}.EncMode())
)

// must is for options that are fixed in the program.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (cborProtocol) read(r *http.Request, body []byte) (string, members, error) {
	operation := strings.TrimPrefix(r.URL.Path, Path)
	in := members{}
	if len(body) == 0 {
		return operation, in, nil
	}
	if err := cborReader.Unmarshal(body, (*map[string]any)(&in)); err != nil {
		return operation, nil, malformed("The document is not a CBOR map: %v.", err)
	}
	return operation, in, nil
}

func (cborProtocol) answer(w http.ResponseWriter, _ string, out members, _ string) error {
	document, err := cborWriter.Marshal(out)
	if err != nil {
		return err
	}
	w.Header().Set("smithy-protocol", "rpc-v2-cbor")
	send(w, cborKind, http.StatusOK, document)
	return nil
}

func (cborProtocol) refuse(w http.ResponseWriter, e *Error, _ string) {
	queryError(w, e)
	w.Header().Set("smithy-protocol", "rpc-v2-cbor")
	document, _ := cborWriter.Marshal(map[string]string{"__type": "com.amazonaws.cloudwatch#" + e.shapeName(), "message": e.Message})
	send(w, cborKind, e.status(), document)
}
