package probe

import (
	"regexp"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// Token is what the log says of the token's age.
type Token struct {
	ID string `json:"id,omitempty"` // as CloudTrail and the console show it
	// FirstSeen is the earliest call that the log shows of it, so it is not younger.
	FirstSeen time.Time `json:"firstSeen,omitzero"`
	LastSeen  time.Time `json:"lastSeen,omitzero"`
	Calls     int       `json:"calls"`
	// ExpiresBy is when it expires at the latest: a token is good for a year
	// (identity-center-scim reference 2).
	ExpiresBy time.Time `json:"expiresBy,omitzero"`
	Others    int       `json:"others"` // further tokens in the log
}

var tokenID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// TokenAge looks the token up in the log, by the first of its fields: that looks like
// the id under which CloudTrail records its calls, which nobody has documented
// (identity-center-scim reference 2). It returns nil when the log shows no SCIM
// token at all. The id is in the answer only when the log has it too.
func TokenAge(secret string, events []casefile.Event) *Token {
	id, _, _ := strings.Cut(secret, ":")
	if !tokenID.MatchString(id) {
		id = ""
	}
	t := &Token{}
	others := map[string]bool{}
	for i := range events {
		ev := &events[i]
		key := ev.Identity.AccessKey
		switch {
		case ev.Source != awsid.SourceSCIM || key == "" || awsid.Blanked(key):
		case id == "" || !strings.EqualFold(key, id):
			others[key] = true
		default:
			t.ID = id
			t.Calls++
			if t.FirstSeen.IsZero() || ev.Time.Before(t.FirstSeen) {
				t.FirstSeen = ev.Time
			}
			if ev.Time.After(t.LastSeen) {
				t.LastSeen = ev.Time
			}
		}
	}
	t.Others = len(others)
	if t.Calls == 0 && t.Others == 0 {
		return nil
	}
	if t.Calls > 0 {
		t.ExpiresBy = t.FirstSeen.AddDate(1, 0, 0)
	}
	return t
}
