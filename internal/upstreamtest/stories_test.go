package upstreamtest_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/upstreamtest"
)

// arrives says in which stories Ann is in the AWS group at the end.
var arrives = map[string]bool{"healthy": true, "C24": true, "C29": true}

func TestEachBreakKeepsAnnOutAndNothingElseDoes(t *testing.T) {
	t.Parallel()
	breaks := upstreamtest.Breaks()
	for _, name := range slices.Sorted(maps.Keys(breaks)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := upstreamtest.New(t).Play(t.Context(), t, idcentertest.New(t), breaks[name])
			if got := s.InGroup(); got != arrives[name] {
				t.Errorf("%s: Ann in the AWS group: %v, want %v\nlog:", breaks[name].Does, got, arrives[name])
				s.Do(func() {
					for _, e := range s.Okta.Events[max(0, len(s.Okta.Events)-12):] {
						t.Logf("%s %s %s %s", e.Published.Format("01-02 15:04:05"), e.Type, e.Result, e.Reason)
					}
				})
			}
		})
	}
}
