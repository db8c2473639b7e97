package repair

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Schema names the form of a plan file.
const Schema = "scimtrail/plan/v1"

// Plan is what is to be changed, and the state that it was made on.
type Plan struct {
	Schema  string    `json:"schema"`
	Made    time.Time `json:"made"`
	Store   string    `json:"identityStore"`
	Region  string    `json:"region,omitempty"`
	Account string    `json:"account,omitempty"`
	// Taken is when the oldest listing that it rests on was taken, and Clock how that
	// is known.
	Taken time.Time `json:"taken,omitzero"`
	Clock string    `json:"clock,omitempty"`
	// Undoes is the journal whose changes the plan takes back.
	Undoes string `json:"undoes,omitempty"`

	Groups    []Change    `json:"groups"`              // to be changed, by name
	CannotAdd []CannotAdd `json:"cannotAdd,omitempty"` // people who should be there and can't
	Missing   []Untouched `json:"missingGroups,omitempty"`
	Untouched []Untouched `json:"untouched,omitempty"`
	Warnings  []string    `json:"warnings,omitempty"`

	// Present counts the memberships of all groups that were compared, also of those
	// that are as they should be.
	Present int `json:"present"`
}

// Change is what is to be changed in one group.
type Change struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	From string `json:"from,omitempty"` // who says so
	// Members are the ids of the users who were in it, and Fingerprint stands for
	// them: the plan is done on no other state.
	Members     []string `json:"members"`
	Fingerprint string   `json:"fingerprint"`
	// OnlyThese says that nobody but the people to be changed was looked at: Members
	// holds those of them who were in the group.
	OnlyThese bool     `json:"onlyThese,omitempty"`
	Add       []Person `json:"add,omitempty"`
	Remove    []Person `json:"remove,omitempty"`
	// Pushed says that an identity provider keeps the group; Named that the user
	// named it on the command line.
	Pushed bool `json:"pushed,omitempty"`
	Named  bool `json:"named,omitempty"`
}

// CannotAdd is somebody who should be in a group and can't be put there.
type CannotAdd struct {
	Group     string `json:"group"`
	User      string `json:"user"`
	Why       string `json:"why"`
	Attribute string `json:"attribute,omitempty"` // what AWS would refuse
	Nearest   string `json:"nearest,omitempty"`   // the name that may be meant
}

// Untouched is a group that the plan leaves as it is, and why.
type Untouched struct {
	Group string `json:"group"`
	ID    string `json:"id,omitempty"`
	Why   string `json:"why"`
}

// Counts returns how many memberships are to be added and removed.
func (p *Plan) Counts() (add, remove int) {
	for _, g := range p.Groups {
		add, remove = add+len(g.Add), remove+len(g.Remove)
	}
	return add, remove
}

// Empty reports whether nothing is to be changed.
func (p *Plan) Empty() bool { return len(p.Groups) == 0 }

// Fingerprint stands for the members of a group, whatever their order.
func Fingerprint(users []string) string {
	sorted := slices.Clone(users)
	slices.Sort(sorted)
	sum := sha256.Sum256([]byte(strings.Join(sorted, "\n")))
	return "sha256:" + hex.EncodeToString(sum[:16])
}

// Limit is the share of memberships, in percent, that a plan may remove.
type Limit int

// DefaultLimit is the share without a word of the user's.
const DefaultLimit Limit = 10

// of returns how many of n memberships may go: the share, and one at least, since
// else nobody could leave a small group.
func (l Limit) of(n int) int { return max(1, n*int(l)/100) }

// TooMany is the error of a plan that removes more than the limit allows.
type TooMany struct {
	Group         string // "" for the whole plan
	Remove, Of    int
	Limit, Needed Limit
}

// Error says what was counted against what, and which limit would let it pass.
func (e *TooMany) Error() string {
	where := "from all groups of the plan"
	if e.Group != "" {
		where = "from " + e.Group
	}
	return fmt.Sprintf("the plan would remove %d of %d members %s, and --max-removals allows %d%%; if that is meant, say --max-removals %d%%",
		e.Remove, e.Of, where, e.Limit, e.Needed)
}

// Guard returns a *TooMany when the plan removes more than the limit allows: of the
// members of one group, or of the memberships of all groups that were compared.
func (p *Plan) Guard(l Limit) error {
	var worst *TooMany
	judge := func(group string, remove, of int) {
		if remove <= l.of(of) {
			return
		}
		needed := Limit(min(100, (remove*100+of-1)/max(1, of)))
		if worst == nil || needed > worst.Needed {
			worst = &TooMany{group, remove, of, l, needed}
		}
	}
	for _, g := range p.Groups {
		judge(g.Name, len(g.Remove), len(g.Members))
	}
	_, remove := p.Counts()
	judge("", remove, p.Present)
	if worst == nil {
		return nil
	}
	return worst
}

// controlTower are the groups that AWS Control Tower makes when a landing zone is
// set up (https://docs.aws.amazon.com/controltower/latest/userguide/sso-groups.html).
var controlTower = []string{
	"AWSAccountFactory", "AWSServiceCatalogAdmins", "AWSControlTowerAdmins", "AWSSecurityAuditPowerUsers",
	"AWSSecurityAuditors", "AWSLogArchiveAdmins", "AWSLogArchiveViewers", "AWSAuditAccountAdmins",
}

// ControlTower reports whether a group is one that AWS Control Tower keeps.
func ControlTower(name string) bool {
	return slices.ContainsFunc(controlTower, func(n string) bool { return strings.EqualFold(n, strings.TrimSpace(name)) })
}
