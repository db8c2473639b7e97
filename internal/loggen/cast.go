package loggen

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// The kinds of names in a cast.
const (
	buckets = iota
	keys
	tables
	functions
	roles
	queues
	clusters
	secrets
	instances
	subnets
	vpcs
	securityGroups
	images
	teams
	kinds // how many there are
)

// cast is what the records of a tree name: the same few resources over and over,
// as in a real account.
type cast struct {
	names [kinds][]string
	users []string // ids in the identity store
	group []string
	store string
	scim  string // tenant

	agents map[kindOfCaller][]template
	email  template
}

func newCast(seed uint64) (*cast, error) {
	s := &scribe{r: rand.New(rand.NewPCG(seed, castStream))}
	c := &cast{store: "d-9a67000001"}
	team := []string{"payments", "web-shop", "data-lake", "machine-learning", "network-core", "billing", "security-audit", "sandbox"}
	what := []string{"ingest", "events", "orders", "exports", "reports", "archive", "staging", "features", "sessions", "invoices", "audit", "catalog"}
	where := []string{"prod", "prod", "test", "dev"}
	named := func(n int, form func() string) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = form()
		}
		return list
	}
	any := func(list []string) string { return list[s.r.IntN(len(list))] }
	hex := func(prefix string, n int) func() string {
		return func() string { return prefix + s.text(func() { s.random(n, "0123456789abcdef") }) }
	}
	c.names = [kinds][]string{
		buckets:        named(60, func() string { return "example-" + any(team) + "-" + any(what) + "-" + any(where) }),
		keys:           named(40, s.id),
		tables:         named(50, func() string { return any(team) + "-" + any(what) + "-" + any(where) }),
		functions:      named(80, func() string { return any(team) + "-" + any(what) + "-" + any(what) + "-" + any(where) }),
		roles:          named(90, func() string { return any(team) + "-" + any(what) + "-" + any(where) + "-role" }),
		queues:         named(30, func() string { return any(team) + "-" + any(what) + "-queue" }),
		clusters:       named(10, func() string { return any(team) + "-" + any(where) }),
		secrets:        named(40, func() string { return any(where) + "/" + any(team) + "/" + any(what) + "-credentials" }),
		instances:      named(200, hex("i-", 17)),
		subnets:        named(30, hex("subnet-", 17)),
		vpcs:           named(8, hex("vpc-", 17)),
		securityGroups: named(60, hex("sg-", 17)),
		images:         named(20, hex("ami-", 17)),
		teams:          slices.Clone(team),
	}
	c.users = named(400, s.id)
	c.group = named(60, s.id)
	c.scim = fmt.Sprintf("AbCdEf%05d-%s", s.r.IntN(100000), s.id())
	c.agents = map[kindOfCaller][]template{}
	for kind, list := range agents {
		for _, text := range list {
			t, err := compile(text)
			if err != nil {
				return nil, err
			}
			c.agents[kind] = append(c.agents[kind], t)
		}
	}
	var err error
	c.email, err = compile("person.<number 100 480>@example.com")
	return c, err
}
