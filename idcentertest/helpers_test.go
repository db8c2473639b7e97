package idcentertest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/scimtrail/scimtrail/idcentertest"
)

// exampleTest stands in examples for the *testing.T that a test has.
type exampleTest struct{ cleanup []func() }

func (*exampleTest) Helper()                           {}
func (*exampleTest) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (*exampleTest) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (e *exampleTest) Cleanup(f func())                { e.cleanup = append(e.cleanup, f) }

func (e *exampleTest) end() {
	for _, f := range e.cleanup {
		f()
	}
}

// scim sends one request as a SCIM client does and returns the status and the id in
// the answer.
func scim(srv *idcentertest.Server, token, method, path, body string) (*http.Response, string) {
	r, err := http.NewRequest(method, srv.SCIMURL+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/scim+json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	data, _ := io.ReadAll(res.Body)
	var made struct{ ID string }
	_ = json.NewDecoder(bytes.NewReader(data)).Decode(&made)
	return res, made.ID
}

const ann = `{"userName":"ann@example.com","name":{"givenName":"Ann","familyName":"Stone"},"displayName":"Ann Stone"}`
