package manifest

import (
	"fmt"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/casefile"
)

// ParseCovers reads one --covers value:
//
//	source=scim,account=111122223333,region=us-east-2,from=2025-09-01,to=2025-11-14
//
// source may be repeated; it is an event source or scim, api, console or all. A
// bare date stands for its whole day. The result is claimed, through the channel
// "stated". The error says which part is wrong and what it should be.
func ParseCovers(text string) ([]casefile.Cover, error) {
	e := Entry{Channel: "stated", Complete: "claimed"}
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		value = strings.TrimSpace(value)
		if !ok || value == "" {
			return nil, fmt.Errorf("%.60q is not NAME=VALUE; give source, account, region, from and to, each with its value", part)
		}
		var err error
		var twice bool
		switch strings.TrimSpace(name) {
		case "source":
			e.Sources = append(e.Sources, value)
		case "account":
			twice, e.Account = e.Account != "", value
			if !awsid.IsAccount(value) {
				err = fmt.Errorf("account %.40q is not 12 digits", value)
			}
		case "region":
			twice, e.Region = e.Region != "", value
			if !isRegion(value) {
				err = fmt.Errorf("region %.40q is not one such as us-east-2", value)
			}
		case "from":
			twice = !e.From.IsZero()
			e.From, err = parseTime(value)
		case "to":
			twice = !e.To.IsZero()
			e.To, err = parseTime(value)
		default:
			err = fmt.Errorf("%.40q is not one of source, account, region, from, to", name)
		}
		if err != nil {
			return nil, err
		}
		if twice {
			return nil, fmt.Errorf("%s is given twice; only source may be repeated", name)
		}
	}
	if len(e.Sources) == 0 {
		return nil, fmt.Errorf("source is missing: scim, api, console, all or an event source such as %s", awsid.SourceSCIM)
	}
	if _, err := expand(e.Sources); err != nil {
		return nil, err
	}
	if err := checkPlace(e.Account, e.Region, e.From, e.To); err != nil {
		return nil, err
	}
	return e.Covers(), nil
}
