package upstreamtest

import (
	"context"
	"time"

	"github.com/scimtrail/scimtrail/idcentertest"
)

// Stage is a story: a world, an IAM Identity Center, and what Okta has in its
// settings to reach it.
type Stage struct {
	*World
	T   TB
	Ctx context.Context
	AWS *idcentertest.Server
	// SCIMURL and Token are what is entered in Okta.
	SCIMURL, Token string
}

// Play tells the story of Ann, who asks in SailPoint for what the others of the
// group have:
//
//	the company works: Okta has pushed its people and the group (unless Break.Fresh)
//	Break.Before
//	Ann asks, SailPoint writes into Okta
//	Break.Between
//	Okta pushes
//	Break.After
//
// Where Entra ID or Google provisions (Break.Provider), they push in Okta's place,
// and Ann's access is given in them.
//
// Without a break (the zero Break, or "healthy") Ann ends up in the AWS group. It
// returns the stage as it is then.
func (w *World) Play(ctx context.Context, t TB, aws *idcentertest.Server, b Break) *Stage {
	t.Helper()
	s := &Stage{World: w, T: t, Ctx: ctx, AWS: aws, SCIMURL: aws.SCIMURL, Token: aws.Token}
	s.Do(func() { // the app's sign-in settings are of this instance
		w.Okta.Apps[AppID].EntityID = "https://" + aws.Region + ".signin.aws.amazon.com/platform/saml/" + aws.IdentityStoreID
	})
	s.together()
	push := map[string]func(){"": s.Push, "entra": s.pushEntra, "google": s.pushGoogle}[b.Provider]
	if !b.Fresh {
		push()
	}
	s.Pass(time.Hour)
	s.step(b.Before)
	if b.Provider == "" {
		w.Request(Ann, Profile)
		w.Provision()
	}
	s.step(b.Between)
	if !b.Silent {
		push()
	}
	s.Pass(time.Hour)
	s.step(b.After)
	s.together()
	return s
}

func (s *Stage) step(f func(*Stage)) {
	if f != nil {
		f(s)
	}
	s.together()
}

// together sets the world's clock to that of AWS, if that is ahead.
func (s *Stage) together() {
	now := s.AWS.Now().Truncate(time.Second)
	s.Do(func() {
		if now.After(s.now) {
			s.now = now
		}
	})
	if behind := s.Now().Sub(s.AWS.Now()); behind > 0 {
		s.AWS.Advance(behind)
	}
}

// Pass lets time pass, here and at AWS.
func (s *Stage) Pass(d time.Duration) {
	s.together()
	s.AWS.Advance(d)
	s.together()
}

// Push has Okta push with its settings.
func (s *Stage) Push() {
	s.T.Helper()
	s.together()
	if err := s.World.Push(s.Ctx, s.SCIMURL, s.Token); err != nil {
		s.T.Fatalf("pushing: %v", err)
	}
	s.together()
}

// AWSUser returns the AWS id that Okta remembers of a person, "" for none.
func (s *Stage) AWSUser(login string) (id string) {
	s.Do(func() {
		if a := s.Okta.Apps[AppID].Users[login]; a != nil {
			id = a.ExternalID
		}
	})
	return id
}

// AWSGroup returns the AWS id of the pushed group, "" while there is none.
func (s *Stage) AWSGroup() (id string) {
	s.Do(func() { id = s.Okta.Groups[groupID].awsID })
	return id
}
