package upstreamtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/scimtrail/scimtrail/internal/push"
)

// Push does what Okta does when something has changed: it brings the app's users
// and the pushed groups to a SCIM endpoint, remembers what AWS called them, and
// writes what happened into the System Log, the assignments and the mappings. What
// AWS refuses is no error; an endpoint that cannot be reached is.
func (w *World) Push(ctx context.Context, scimURL, token string) error {
	var err error
	w.Do(func() {
		p := &pusher{o: w.Okta, ctx: ctx, url: strings.TrimRight(scimURL, "/"), token: token, ids: map[string]string{}}
		err = p.run()
	})
	return err
}

type pusher struct {
	o          *Okta
	ctx        context.Context
	url, token string
	ids        map[string]string // names at the endpoint, folded, to ids, as its answers tell
}

func (p *pusher) run() error {
	app := p.o.Apps[AppID]
	if app.Status != "ACTIVE" || len(app.Features) == 0 {
		return nil // nothing is sent, and nothing logged (reference 5.5)
	}
	steps := []func(*OktaApp) error{p.users, p.groups}
	if p.o.MembersFirst {
		slices.Reverse(steps)
	}
	for _, step := range steps {
		if err := step(app); err != nil {
			return err
		}
	}
	return nil
}

func (p *pusher) users(app *OktaApp) error {
	var d push.Directory
	byName := map[string]string{}
	for _, login := range slices.Sorted(maps.Keys(app.Users)) {
		au, u := app.Users[login], p.o.Users[login]
		switch {
		case au.Early || au.ExternalID != "" || u.Status != "ACTIVE":
			continue
		case !slices.Contains(app.Features, "PUSH_NEW_USERS"):
			if au.Task == "" {
				p.userFailed(app, login, "application.provision.user.verify_exists", "Matching user not found")
			}
			continue
		}
		byName[strings.ToLower(au.UserName)] = login
		d.Users = append(d.Users, push.User{UserName: au.UserName, GivenName: u.First, FamilyName: u.Last, DisplayName: u.Display, Email: u.Email, ExternalID: u.ID, Active: true})
	}
	if len(d.Users) == 0 {
		return nil
	}
	res, err := p.send(d, push.OnlyUsers, "")
	if errors.Is(err, push.ErrToken) {
		p.o.log("application.integration.authentication_failure", okta0, "FAILURE", "Unauthorized", p.o.aboutApp())
		for _, u := range d.Users {
			p.userFailed(app, byName[strings.ToLower(u.UserName)], "application.provision.user.push", fmt.Sprintf("Error while verifying if user %s exists: Unauthorized", u.UserName))
		}
		return nil
	}
	if err != nil {
		return err
	}
	refused := map[string]*push.Refusal{}
	for _, r := range res.Refused {
		refused[strings.ToLower(r.About)] = r
	}
	for _, u := range d.Users {
		name := strings.ToLower(u.UserName)
		login := byName[name]
		if r := refused[name]; r != nil {
			p.throttled(r.Status)
			p.userFailed(app, login, "application.provision.user.push", fmt.Sprintf("Error while creating user %s: %s. Errors reported by remote server: %s", u.UserName, http.StatusText(r.Status), r.Detail))
			continue
		}
		au := app.Users[login]
		au.ExternalID, au.Status, au.SyncState, au.Task = p.ids["u "+name], "PROVISIONED", "SYNCHRONIZED", ""
		p.o.log("application.provision.user.push", okta0, "SUCCESS", "", p.o.aboutUser(login), p.o.aboutApp())
		au.LastSync, au.StatusChanged = p.o.w.now, p.o.w.now
	}
	return nil
}

func (p *pusher) userFailed(app *OktaApp, login, event, reason string) {
	au := app.Users[login]
	p.o.log(event, okta0, "FAILURE", reason, p.o.aboutUser(login), p.o.aboutApp())
	au.SyncState, au.StatusChanged = "ERROR", p.o.w.now
	au.Task = fmt.Sprintf("Automatic provisioning of user %s to app %s failed: %s", p.o.Users[login].Display, app.Label, reason)
}

func (p *pusher) throttled(status int) {
	if status == http.StatusTooManyRequests {
		p.o.log("application.integration.rate_limit_exceeded", okta0, "FAILURE", "Too Many Requests", p.o.aboutApp())
	}
}

func (p *pusher) groups(app *OktaApp) error {
	if !slices.Contains(app.Features, "GROUP_PUSH") {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(p.o.Mappings)) {
		if m := p.o.Mappings[id]; m.App == app.ID && m.Status == "ACTIVE" && p.o.Groups[m.Source] != nil {
			if err := p.group(app, m, p.o.Groups[m.Source]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pusher) group(app *OktaApp, m *OktaMapping, g *OktaGroup) error {
	if g.awsID != "" {
		status, _, err := p.scim(http.MethodGet, "/Groups/"+g.awsID, nil)
		switch {
		case err != nil:
			return err
		case status == http.StatusNotFound:
			p.mappingFailed(m, g, "Linked group is missing in AWS IAM Identity Center. Change the linked group to resume pushing group memberships.")
			return nil
		case status == http.StatusUnauthorized || status == http.StatusForbidden:
			p.o.log("application.integration.authentication_failure", okta0, "FAILURE", "Unauthorized", p.o.aboutApp())
			p.mappingFailed(m, g, fmt.Sprintf("Unable to update Group Push mapping target App group %s: Unauthorized", g.Name))
			return nil
		}
	} else if made, err := p.create(m, g); err != nil || !made {
		return err
	}
	if !p.o.PushAtOnce {
		return nil // nothing more until somebody presses "Push now"
	}
	return p.members(app, m, g)
}

// create makes the group at the endpoint, without members.
func (p *pusher) create(m *OktaMapping, g *OktaGroup) (bool, error) {
	mistake := push.CreateGroupsEmpty
	if p.o.Blind {
		mistake = push.DuplicateGroup
	}
	res, err := p.send(push.Directory{Groups: []push.Group{{DisplayName: g.Name}}}, push.OnlyGroups, mistake)
	switch {
	case errors.Is(err, push.ErrToken):
		p.o.log("application.integration.authentication_failure", okta0, "FAILURE", "Unauthorized", p.o.aboutApp())
		p.mappingFailed(m, g, fmt.Sprintf("Unable to update Group Push mapping target App group %s: Unauthorized", g.Name))
		return false, nil
	case err != nil:
		return false, err
	case len(res.Refused) > 0:
		r := res.Refused[0]
		p.o.log("application.provision.group.add", okta0, "FAILURE", r.Detail, p.o.aboutGroup(g.ID), p.o.aboutApp())
		p.mappingFailed(m, g, fmt.Sprintf("Unable to update Group Push mapping target App group %s: Error while creating user group %s: %s. Errors reported by remote server: %s", g.Name, g.Name, http.StatusText(r.Status), r.Detail))
		return false, nil
	}
	g.awsID = p.ids["g "+strings.ToLower(g.Name)]
	p.o.log("application.provision.group_push.pushed", okta0, "SUCCESS", "", p.o.aboutGroup(g.ID), p.o.aboutApp(), p.o.aboutMapping(m.ID))
	return g.awsID != "", nil
}

// members sends what has changed among those members who are in AWS.
func (p *pusher) members(app *OktaApp, m *OktaMapping, g *OktaGroup) error {
	var add, remove []string
	want := map[string]bool{}
	ignored := 0
	for _, login := range slices.Sorted(maps.Keys(g.Members)) {
		au := app.Users[login]
		if au == nil || au.ExternalID == "" || au.Status != "PROVISIONED" || p.o.Users[login].Status != "ACTIVE" {
			ignored++
			continue
		}
		want[au.ExternalID] = true
		if !g.pushed[au.ExternalID] {
			add = append(add, au.ExternalID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(g.pushed)) {
		if !want[id] {
			remove = append(remove, id)
		}
	}
	if ignored > 0 {
		p.o.log("app.user_management.grouppush.mapping.okta.users.ignored", okta0, "SKIPPED", fmt.Sprintf("%d users were ignored", ignored), p.o.aboutGroup(g.ID), p.o.aboutApp(), p.o.aboutMapping(m.ID))
	}
	for chunk := range chunks(add, remove, p.o.Replace) {
		status, body, err := p.scim(http.MethodPatch, "/Groups/"+g.awsID, chunk)
		if err != nil {
			return err
		}
		if status >= 300 {
			p.membersRefused(m, g, status, body)
			return nil
		}
	}
	if len(add)+len(remove) > 0 || p.o.MembersFirst {
		p.o.log("application.provision.group_push.push_memberships", okta0, "SUCCESS", "", p.o.aboutGroup(g.ID), p.o.aboutApp(), p.o.aboutMapping(m.ID))
		m.LastPush, m.LastUpdated = p.o.w.now, p.o.w.now
	}
	g.pushed = want
	return nil
}

func (p *pusher) membersRefused(m *OktaMapping, g *OktaGroup, status int, body []byte) {
	var answer struct {
		Detail string `json:"detail"`
	}
	_ = json.Unmarshal(body, &answer) // no detail then
	reason := fmt.Sprintf("Error while updating user group membership for group %s: %s. Errors reported by remote server: %s", g.Name, http.StatusText(status), answer.Detail)
	if status == http.StatusTooManyRequests || status >= 500 {
		p.throttled(status)
		p.o.log("application.provision.group_push.mapping.update.or.delete.failed", okta0, "FAILURE", reason, p.o.aboutGroup(g.ID), p.o.aboutApp(), p.o.aboutMapping(m.ID))
		return // Okta will try again, and the mapping stays active
	}
	p.o.log("application.provision.group_membership.update", okta0, "FAILURE", reason, p.o.aboutGroup(g.ID), p.o.aboutApp())
	p.mappingFailed(m, g, fmt.Sprintf("Unable to update Group Push mapping target App group %s: %s", g.Name, reason))
}

// mappingFailed sets a mapping to ERROR: it pushes no more, and says not why.
func (p *pusher) mappingFailed(m *OktaMapping, g *OktaGroup, reason string) {
	p.o.log("application.provision.group_push.mapping.update.or.delete.failed.with.error", okta0, "FAILURE", reason, p.o.aboutGroup(g.ID), p.o.aboutApp(), p.o.aboutMapping(m.ID))
	m.Status, m.LastUpdated = "ERROR", p.o.w.now
}

// chunks are the bodies that change members, at most 100 a PATCH.
func chunks(add, remove []string, replace bool) func(func(object) bool) {
	values := func(ids []string) []object {
		out := []object{}
		for _, id := range ids {
			out = append(out, object{"value": id})
		}
		return out
	}
	patch := func(ops ...object) object {
		return object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": ops}
	}
	return func(yield func(object) bool) {
		if replace && len(add)+len(remove) > 0 {
			yield(patch(object{"op": "replace", "path": "members", "value": values(add)}))
			return
		}
		for part := range slices.Chunk(add, 100) {
			if !yield(patch(object{"op": "add", "path": "members", "value": values(part)})) {
				return
			}
		}
		for _, id := range remove {
			if !yield(patch(object{"op": "remove", "path": fmt.Sprintf("members[value eq %q]", id)})) {
				return
			}
		}
	}
}

// send pushes through package push, as Okta, and learns the ids.
func (p *pusher) send(d push.Directory, only, mistake string) (*push.Result, error) {
	profile, _ := push.Named("okta")
	o := push.Options{Endpoint: p.url, Token: p.token, Profile: profile, Input: d, Only: only, Transport: learner{p}, Wait: atOnce}
	if mistake != "" {
		o.Break, _ = push.BreakNamed(mistake)
	}
	return push.Run(p.ctx, o)
}

func atOnce(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// scim asks one thing as Okta does.
func (p *pusher) scim(method, path string, body object) (int, []byte, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(p.ctx, method, p.url+path, content)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("User-Agent", "Okta SCIM Client 1.0.0")
	req.Header.Set("Accept", "application/scim+json")
	if body != nil {
		req.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, nil, fmt.Errorf("pushing as Okta: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, answer, err
}

// learner is a transport that notes the ids of users and groups in the answers.
type learner struct{ p *pusher }

func (l learner) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	type resource struct{ ID, UserName, DisplayName string }
	var answer struct {
		resource
		Resources []resource
	}
	if resp.StatusCode >= 300 || json.Unmarshal(body, &answer) != nil {
		return resp, nil
	}
	kind := "u "
	if strings.Contains(req.URL.Path, "/Groups") {
		kind = "g "
	}
	for _, r := range append(answer.Resources, answer.resource) {
		name := r.UserName
		if kind == "g " {
			name = r.DisplayName
		}
		if r.ID != "" && name != "" {
			l.p.ids[kind+strings.ToLower(name)] = r.ID
		}
	}
	return resp, nil
}
