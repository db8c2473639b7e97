package web

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/report"
)

// chainPage is the way from governance to AWS.
type chainPage struct {
	Hops        []Hop
	Group, User string // as asked
	About       string
	Several     []link // bearers of a name
}

func (v *View) showChain(r *http.Request) (*answer, error) {
	q := r.URL.Query()
	p := chainPage{Hops: v.chain, Group: strings.TrimSpace(q.Get("group")), User: strings.TrimSpace(q.Get("user")), About: "the whole identity store"}
	var group, user string
	var words []string
	for _, x := range []struct {
		kind, asked string
		find        func(string) []*ledger.Life
		href        string
		into        *string
	}{{"group", p.Group, v.l.FindGroup, "/chain?group=", &group}, {"user", p.User, v.l.FindUser, "/chain?user=", &user}} {
		if x.asked == "" {
			continue
		}
		found := x.find(x.asked)
		if len(found) == 0 {
			return nil, &errAbsent{x.kind, x.asked}
		}
		if len(found) > 1 {
			for _, life := range found[:min(len(found), 20)] {
				p.Several = append(p.Several, link{Name: report.Name(ledger.Entity{ID: life.ID, Name: life.Name}), ID: life.ID, Href: x.href + urlQuery(life.ID)})
			}
			continue
		}
		*x.into = found[0].ID
		words = append(words, x.kind+" "+report.Clean(report.Name(ledger.Entity{ID: found[0].ID, Name: found[0].Name})))
	}
	if len(words) > 0 {
		p.About = strings.Join(words, " and ")
		hops, err := v.trace(group, user)
		if err != nil {
			return nil, err
		}
		p.Hops = hops
	}
	return &answer{template: "chain", title: "Chain", here: "/chain", data: p, json: func() any {
		return struct {
			Schema string     `json:"schema"`
			Group  string     `json:"group,omitempty"`
			User   string     `json:"user,omitempty"`
			AsOf   *time.Time `json:"asOf,omitempty"`
			Hops   []Hop      `json:"hops"`
		}{"scimtrail/chain/v1", group, user, moment(v.asOf), p.Hops}
	}, csv: func(w io.Writer) error {
		return writeCSV(w, []string{"hop", "state", "says", "last", "facts"}, func(yield func(...string) error) error {
			for _, h := range p.Hops {
				if err := yield(h.Name, h.State, h.Says, stamp(h.Last), strings.Join(h.Facts, "; ")); err != nil {
					return err
				}
			}
			return nil
		})
	}}, nil
}
