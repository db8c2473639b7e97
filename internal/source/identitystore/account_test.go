package identitystore_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/live"
	"github.com/scimtrail/scimtrail/internal/source/identitystore"
)

// front stands before the emulator as an AWS in which the caller may not list
// instances (or sees none), and whose credentials are of an account.
func front(t *testing.T, w *world, instances, account string) string {
	t.Helper()
	target, err := url.Parse(w.srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	srv := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		switch {
		case strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ListInstances") && instances != "":
			out.Header().Set("Content-Type", "application/x-amz-json-1.1")
			if instances == "denied" {
				out.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
				out.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(out, `{"__type":"AccessDeniedException","Message":"no"}`)
				return
			}
			_, _ = io.WriteString(out, instances)
		case strings.Contains(string(body), "Action=GetCallerIdentity") && account != "":
			out.Header().Set("Content-Type", "text/xml")
			_, _ = fmt.Fprintf(out, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::%[1]s:user/ann</Arn><UserId>AIDA</UserId><Account>%[1]s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, account)
		default:
			proxy.ServeHTTP(out, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestAStoreOfAnotherAccountIsNotListed: --account asks for the account that owns
// the store; a listing of another one must not be taken for it.
func TestAStoreOfAnotherAccountIsNotListed(t *testing.T) {
	t.Parallel()
	const ours, other = "111122223333", "444455556666"
	w := populate(t, 1, 1)
	noOwner := fmt.Sprintf(`{"Instances":[{"InstanceArn":%q,"IdentityStoreId":%q}]}`, w.srv.InstanceARN, w.srv.IdentityStoreID)
	for name, tt := range map[string]struct {
		instances, account string // what AWS says
		want               string // the account asked for
		store              string
		listed             bool
		note               string
	}{
		"no account is asked for":                           {"", "", "", "", true, ""},
		"the owner's is asked for":                          {"", "", ours, "", true, ""},
		"another than the owner's":                          {"", "", other, "", false, "belongs to account 111122223333 and was not listed, since account 444455556666 was asked for"},
		"another than the owner's, and the store is named":  {"", "", other, "d-9a67000001", false, "belongs to account 111122223333"},
		"the owner is not shown, the credentials are of it": {noOwner, ours, ours, "", true, ""},
		"the owner is not shown, the credentials are not":   {noOwner, other, ours, "", false, "is of account 444455556666"},
		"nothing is shown, the credentials are of it":       {"denied", ours, ours, "d-9a67000001", true, "is taken for one of account 111122223333"},
		"nothing is shown, the credentials are not":         {"denied", other, ours, "d-9a67000001", false, "444455556666"},
		"nothing is shown, and nobody says whose they are":  {"denied", "", ours, "d-9a67000001", false, "nothing shows to which account it belongs"},
		"nothing is shown, and no account is asked for":     {"denied", "", "", "d-9a67000001", true, "is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard, _, err := w.collect(t, front(t, w, tt.instances, tt.account), identitystore.Options{Store: tt.store, Query: live.Query{Place: casefile.Place{Account: tt.want}}})
			if err != nil {
				t.Fatal(err)
			}
			if listed := len(heard.snapshots) > 0; listed != tt.listed {
				t.Errorf("listed: %v, notes %q", listed, heard.notes)
			}
			if said := strings.Join(heard.notes, " "); !strings.Contains(said, tt.note) || tt.note == "" && said != "" {
				t.Errorf("notes %q", heard.notes)
			}
		})
	}
}
