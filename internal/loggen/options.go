package loggen

import (
	"fmt"
	"regexp"
	"time"

	"github.com/scimtrail/scimtrail/internal/awsid"
)

// Shape is how the records of a tree are cut into files.
type Shape string

const (
	// Large is a busy account: files of 20 to 50 MB of JSON, the most that
	// CloudTrail puts into one (cloudtrail reference 4.2).
	Large Shape = "large"
	// Swarm is a quiet organisation: files of one to four records, under 2 kB
	// when compressed.
	Swarm Shape = "swarm"
)

// Mean size of a file in bytes of JSON. The largest is about 1.4 times as long.
var typical = map[Shape]int64{Large: 32e6, Swarm: 2500}

// Options say what a tree is like. A zero field takes its default.
type Options struct {
	Seed uint64
	// Bytes is the length of all files together, as JSON before compression; a
	// tree comes within about a hundredth of it. Files is their number. One is
	// enough, and the shape gives the size of a file; both together give another
	// size. 100 MB by default.
	Bytes int64
	Files int
	Shape Shape // Large by default
	// IdentityShare is N where one record in N is of one of the three directory
	// sources. DecoyShare is N where one in N is another service's record that
	// has the name of such a source in it. Chance decides for each record. 0
	// stands for 1000, less than 0 for none.
	IdentityShare, DecoyShare int
	Accounts                  []string // Accounts(2) by default
	Regions                   []string // us-east-1 and eu-west-1 by default
	// Organization is the id of the organisation whose trail it is, o-...; empty
	// is the trail of a single account.
	Organization string
	From         time.Time // of the first delivery; 1 October 2025 by default
	Days         int       // over which the deliveries are spread; 7 by default
	Level        int       // of gzip, 1 to 9; 6 by default
}

// Accounts returns n invented account ids, at most 92.
func Accounts(n int) []string {
	list := []string{"111122223333", "444455556666"}
	for i := 10; i < 100 && len(list) < n; i++ {
		pair := fmt.Sprint(i)
		list = append(list, pair+pair+pair+pair+pair+pair)
	}
	return list[:min(max(n, 0), len(list))]
}

var (
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	orgName    = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
)

// complete checks the options and fills in what they leave out.
func (o Options) complete() (Options, error) {
	if o.Shape == "" {
		o.Shape = Large
	}
	size, ok := typical[o.Shape]
	switch {
	case !ok:
		return o, fmt.Errorf("there is no shape %q: take %q or %q", o.Shape, Large, Swarm)
	case o.Bytes < 0 || o.Files < 0 || o.Days < 0:
		return o, fmt.Errorf("bytes, files and days can't be negative")
	case o.Level < 0 || o.Level > 9:
		return o, fmt.Errorf("gzip has no level %d: take 1 to 9", o.Level)
	}
	switch {
	case o.Bytes == 0 && o.Files == 0:
		o.Bytes = 100e6
		o.Files = int(max((o.Bytes+size/2)/size, 1))
	case o.Files == 0:
		o.Files = int(max((o.Bytes+size/2)/size, 1))
	case o.Bytes == 0:
		o.Bytes = int64(o.Files) * size
	}
	if o.IdentityShare == 0 {
		o.IdentityShare = 1000
	}
	if o.DecoyShare == 0 {
		o.DecoyShare = 1000
	}
	if len(o.Accounts) == 0 {
		o.Accounts = Accounts(2)
	}
	if len(o.Regions) == 0 {
		o.Regions = []string{"us-east-1", "eu-west-1"}
	}
	if o.From.IsZero() {
		o.From = time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
	}
	if o.Days == 0 {
		o.Days = 7
	}
	if o.Level == 0 {
		o.Level = 6
	}
	// What becomes part of a path must not lead anywhere else.
	for _, account := range o.Accounts {
		if !awsid.IsAccount(account) {
			return o, fmt.Errorf("%q is no account id: it takes 12 digits", account)
		}
	}
	for _, region := range o.Regions {
		if !regionName.MatchString(region) {
			return o, fmt.Errorf("%q is no Region such as us-east-1", region)
		}
	}
	if o.Organization != "" && !orgName.MatchString(o.Organization) {
		return o, fmt.Errorf("%q is no id of an organisation such as o-exampleorgid", o.Organization)
	}
	return o, nil
}
