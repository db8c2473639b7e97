package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/upstream"
)

// Matrix counts the people of a group by how far they came: it shows at a glance
// whether one person is missing or everybody, and where they get lost.
type Matrix struct {
	Provider string // okta or entra
	Group    string // the provider's id of the group
	People   int
	Whole    bool // everybody in the provider's group is known
	Rows     []MatrixRow
}

// MatrixRow is the people who stand alike at every hop.
type MatrixRow struct {
	InGroup     Cell // in the provider's group
	Assigned    Cell // assigned to the AWS app
	Provisioned Cell // made in AWS by the provider, as far as it knows
	Pushed      Cell // the provider pushes the group at present, and has pushed it
	InAWS       Cell // in the AWS group
	People      int
	Names       []string // some of them
}

// maxMatrixNames bounds the names of a row.
const maxMatrixNames = 5

// MatrixOf counts the people of a group, by its AWS id. It returns nil when the
// group is not known, or nothing of it is at the provider.
func MatrixOf(c *casefile.Case, l *ledger.Ledger, group string) *Matrix {
	return On(c, l).MatrixOf(group)
}

// matrix is that of the group asked about, also when the question is about one
// person in it.
func (in *inquiry) matrix() *Matrix {
	if in.group == nil || in.c.Upstream.Empty() {
		return nil
	}
	if in.user != nil {
		return in.bench.inquire(Question{Kind: "group", Asked: in.question.Asked}, in.group, nil).matrix()
	}
	c := in.before()
	if !c.provider() || c.groupID == "" {
		return nil
	}
	m := &Matrix{Provider: c.groupIn, Group: c.groupID, Whole: c.membersWhole()}
	pushed := c.isPushed()
	rows := map[matrixKey]*MatrixRow{}
	add := func(p *person) {
		key := matrixKey{p.inGroup, p.assigned, p.provisioned, pushed, p.inAWS}
		if rows[key] == nil {
			rows[key] = &MatrixRow{InGroup: p.inGroup, Assigned: p.assigned, Provisioned: p.provisioned, Pushed: pushed, InAWS: p.inAWS}
		}
		r := rows[key]
		r.People++
		if len(r.Names) < maxMatrixNames {
			r.Names = append(r.Names, p.name())
		}
		m.People++
	}
	joined := map[string]bool{}
	for _, p := range c.people {
		if p.life != nil {
			joined[p.life.ID] = true
		}
		add(p)
	}
	for _, r := range c.in.rows {
		if !r.Is() || joined[r.User.ID] {
			continue
		}
		life := in.l.User(r.User.ID)
		if life == nil {
			life = &ledger.Life{ID: r.User.ID, Name: r.User.Name}
		}
		p := c.personOf(life)
		if p == nil {
			p = &person{login: name(life), inGroup: Unknown, assigned: Unknown, provisioned: Unknown}
			if unjoined := slices.ContainsFunc(c.people, func(q *person) bool { return q.life == nil }); m.Whole && !unjoined {
				p.inGroup = No
			}
		}
		p.inAWS = Yes
		add(p)
	}
	if m.People == 0 && !m.Whole {
		return nil
	}
	for _, r := range rows {
		slices.Sort(r.Names)
		m.Rows = append(m.Rows, *r)
	}
	slices.SortFunc(m.Rows, func(a, b MatrixRow) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.words(), b.words()))
	})
	return m
}

// matrixKey tells rows apart.
type matrixKey [5]Cell

// Cells are the row's facts in the order of the hops.
func (r MatrixRow) Cells() []Cell {
	return []Cell{r.InGroup, r.Assigned, r.Provisioned, r.Pushed, r.InAWS}
}

func (r MatrixRow) words() string {
	var out []string
	for _, c := range r.Cells() {
		out = append(out, string(c))
	}
	return strings.Join(out, " ")
}

// isPushed reports whether the provider pushes the group at present and has done so.
func (c *chain) isPushed() Cell {
	if c.groupIn != upstream.ProductOkta {
		for i := range c.st.Entra.Provisioning {
			if p := &c.st.Entra.Provisioning[i]; p.Source.ID == c.groupID && p.Status.Status == "success" && len(c.said) == 0 {
				return Yes
			}
		}
		return Unknown
	}
	switch {
	case c.mapping == nil && c.appID != "" && c.whole(upstream.ProductOkta, upstream.ListMappings, upstream.Scope{App: c.appID, Group: c.groupID}):
		return No
	case c.mapping == nil:
		return Unknown
	case c.mapping.Status != "ACTIVE" || c.mapping.LastPush.IsZero():
		return No
	}
	return Yes
}
