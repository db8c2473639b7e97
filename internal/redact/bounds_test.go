package redact_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/redact"
)

// A long value costs time in proportion to its length. The limit is generous,
// since the machine may be busy; a cost that grows with the square takes minutes.
func TestALongHostileValueCostsABoundedTime(t *testing.T) {
	t.Parallel()
	const size = 1 << 14
	for name, part := range map[string]string{
		"digits": "1", "at signs": "@", "addresses and at signs": "10.1.1.1 @ ", "colons": ":", "ARNs": "arn:aws:iam::111122223333:user/x ", "one ARN": "arn:aws:a:b:c:",
		"hexadecimal": "a", "dashes": "12345678-", "quotes": `"`, "brackets": "[", "backslashes": `\`, "mails": "a@b.co ", "dots": "1.1.1.1.", "names": "carla ",
	} {
		t.Run(name, func(t *testing.T) {
			long := strings.Repeat(part, size/len(part))
			value, err := json.Marshal(long)
			if err != nil {
				t.Fatal(err)
			}
			b := casefile.NewBuilder(actor.Default())
			input := b.Input(casefile.Input{Path: long})
			record := fmt.Sprintf(`{"eventSource":"identitystore.amazonaws.com","eventName":"UpdateUser","errorMessage":%s,"userAgent":%[1]s,"userIdentity":{"userName":"carla","arn":%[1]s},"requestParameters":{"a":%[1]s,"filter":%[1]s,"userName":%[1]s,"groupId":%[1]s}}`, value)
			if err := b.Record(input, []byte(record)); err != nil {
				t.Fatal(err)
			}
			c := b.Build()
			began := time.Now()
			redact.Case(c)
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}
