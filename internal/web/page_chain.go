package web

import (
	"html/template"
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
	Says, Next  string // where the way of one person and one group breaks, and what to do
	Several     []link // bearers of a name
	Picture     template.HTML
	Ready       string // where a script asks whether the hops are there; "" when they are
	Again       string
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
		into, shown *string
	}{{"group", p.Group, v.l.FindGroup, "/chain?group=", &group, &p.Group}, {"user", p.User, v.l.FindUser, "/chain?user=", &user, &p.User}} {
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
		if name := found[0].Name; name != "" && name == report.Clean(name) && x.asked == found[0].ID && len(x.find(name)) == 1 {
			*x.shown = name // what people call it
		}
		words = append(words, x.kind+" "+report.Clean(report.Name(ledger.Entity{ID: found[0].ID, Name: found[0].Name})))
	}
	if len(words) > 0 {
		p.About = strings.Join(words, " and ")
		if err := v.follow(&p, r, group, user); err != nil {
			return nil, err
		}
	}
	return &answer{template: "chain", title: "Chain", here: "/chain", data: p, json: func() any {
		return struct {
			Schema string     `json:"schema"`
			Group  string     `json:"group,omitempty"`
			User   string     `json:"user,omitempty"`
			AsOf   *time.Time `json:"asOf,omitempty"`
			Says   string     `json:"says,omitempty"`
			Next   string     `json:"next,omitempty"`
			Hops   []Hop      `json:"hops"`
		}{"scimtrail/chain/v1", group, user, moment(v.asOf), p.Says, p.Next, p.Hops}
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

// follow fills in the hops. Those of one person and one group are diagnose's,
// who follows them person by person; they are drawn as well.
func (v *View) follow(p *chainPage, r *http.Request, group, user string) (err error) {
	if group == "" || user == "" || v.tracer != nil {
		p.Hops, err = v.trace(group, user)
		return err
	}
	wait := patience
	if r.URL.Query().Get("format") != "" {
		wait = longestWait
	}
	a, ready, err := v.ask(question{"user", user, group}).wait(wait)
	if err != nil {
		return err
	}
	if !ready {
		p.Hops, p.Again = nil, with(r, "page", "")
		p.Ready = "/ready?kind=user&id=" + urlQuery(user) + "&group=" + urlQuery(group)
		return nil
	}
	t := &report.Trace{Answer: a, Group: report.Name(v.groupAt[group].entity)}
	p.Says, p.Next = t.Says(), t.Next()
	p.Hops = told(a.Hops)
	p.Picture, err = report.ChainPicture(a.Hops)
	return err
}
