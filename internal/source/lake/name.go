// Package lake reads the identity events out of an event data store of CloudTrail
// Lake, for those who still have one: it takes no new customers since 31 May 2026
// (cloudtrail reference 5.1). Package engine has the SQL and what an answer covers;
// here is how Lake is asked.
package lake

import (
	"errors"
	"regexp"
	"strings"
)

// Name is an event data store as --from names it: lake://REGION/EVENT-DATA-STORE-ID.
type Name struct{ Region, Store string }

var (
	region = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	store  = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// ParseName reads a name. An event data store's id is what its ARN ends with.
func ParseName(s string) (Name, error) {
	rest, ok := strings.CutPrefix(s, "lake://")
	if !ok {
		return Name{}, errors.New("it does not begin with lake://")
	}
	in, id, ok := strings.Cut(rest, "/")
	id = strings.ToLower(id)
	switch {
	case !ok || strings.Contains(id, "/"):
		return Name{}, errors.New("it has the form lake://REGION/EVENT-DATA-STORE-ID")
	case !region.MatchString(in):
		return Name{}, errors.New("its Region is not one")
	case !store.MatchString(id):
		return Name{}, errors.New("its event data store is not an id as 0a1b2c3d-1111-4222-8333-0123456789ab, with which the store's ARN ends")
	}
	return Name{in, id}, nil
}

// String writes the name as --from takes it.
func (n Name) String() string { return "lake://" + n.Region + "/" + n.Store }
