package stories_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"github.com/scimtrail/scimtrail/idcentertest"
	"github.com/scimtrail/scimtrail/internal/actor"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/ledger"
	"github.com/scimtrail/scimtrail/internal/manifest"
	"github.com/scimtrail/scimtrail/internal/source/file"
)

// evidence is a folder that an investigator fills.
type evidence struct {
	w        *world
	dir      string
	listings []manifest.Entry
}

// logs collects the trail's files: log files, digests and keys.
func (e *evidence) logs() { e.w.t.Helper(); e.w.WriteLogs(filepath.Join(e.dir, "trail")) }

// logsAlone collects the log files and leaves the digests behind, so that nothing is
// proven.
func (e *evidence) logsAlone() {
	e.w.t.Helper()
	e.logs()
	keys, err := filepath.Glob(filepath.Join(e.dir, "trail", "list-public-keys*"))
	if err != nil || len(keys) == 0 {
		e.w.t.Fatalf("%d files of keys: %v", len(keys), err)
	}
	for _, name := range append(keys, filepath.Join(e.dir, "trail", "AWSLogs", e.w.Account, "CloudTrail-Digest")) {
		if err := os.RemoveAll(name); err != nil {
			e.w.t.Fatal(err)
		}
	}
}

// logsSince collects the log files of the days from a moment on, without digests.
func (e *evidence) logsSince(from time.Time) {
	e.w.t.Helper()
	e.logsAlone()
	kept := 0
	for _, name := range e.logFiles() {
		dir := filepath.ToSlash(filepath.Dir(name))
		date, err := time.Parse("2006/01/02", dir[len(dir)-len("2006/01/02"):])
		if err != nil {
			e.w.t.Fatal(err)
		}
		if date.Before(from.Truncate(day)) {
			if err := os.Remove(name); err != nil {
				e.w.t.Fatal(err)
			}
			continue
		}
		kept++
	}
	if kept == 0 {
		e.w.t.Fatal("no log file is that new")
	}
}

func (e *evidence) logFiles() (names []string) {
	e.w.t.Helper()
	err := filepath.WalkDir(filepath.Join(e.dir, "trail", "AWSLogs", e.w.Account, "CloudTrail"), func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".json.gz") {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		e.w.t.Fatalf("%d log files: %v", len(names), err)
	}
	return names
}

// forge changes one letter of a record in the last log file that holds an event.
func (e *evidence) forge(event string) {
	e.w.t.Helper()
	for _, name := range e.logFiles() {
		data, err := os.ReadFile(name)
		if err != nil {
			e.w.t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			e.w.t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			e.w.t.Fatal(err)
		}
		changed := bytes.Replace(text, []byte(`"`+event+`"`), []byte(`"Get`+event+`"`), 1)
		if bytes.Equal(changed, text) {
			continue
		}
		var b bytes.Buffer
		out := gzip.NewWriter(&b)
		_, _ = out.Write(changed) // into memory
		_ = out.Close()
		if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
			e.w.t.Fatal(err)
		}
		return
	}
	e.w.t.Fatalf("no log file holds %s", event)
}

// lookup saves what aws cloudtrail lookup-events prints for one event source.
func (e *evidence) lookup(source string) {
	e.w.t.Helper()
	e.w.Advance(time.Minute)
	client := cloudtrail.NewFromConfig(e.w.config(e.auditor(), cliAgent))
	type event struct {
		EventID, EventName, ReadOnly, EventTime, EventSource, Username, CloudTrailEvent string
	}
	events := []event{}
	pages := cloudtrail.NewLookupEventsPaginator(client, &cloudtrail.LookupEventsInput{LookupAttributes: []trailtypes.LookupAttribute{
		{AttributeKey: trailtypes.LookupAttributeKeyEventSource, AttributeValue: &source}}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(e.w.t.Context())
		if err != nil {
			e.w.t.Fatal(err)
		}
		for _, v := range page.Events {
			events = append(events, event{aws.ToString(v.EventId), aws.ToString(v.EventName), aws.ToString(v.ReadOnly),
				v.EventTime.Format(time.RFC3339), aws.ToString(v.EventSource), aws.ToString(v.Username), aws.ToString(v.CloudTrailEvent)})
		}
	}
	e.save("lookup-"+source+".json", map[string]any{"Events": events})
}

// auditor is whoever collects the evidence.
func (e *evidence) auditor() idcentertest.Credentials {
	return idcentertest.Credentials{AccessKeyID: e.w.AccessKeyID, SecretAccessKey: e.w.SecretAccessKey}
}

// snapshot lists the instance, the users and groups, and the members of some groups,
// and notes when that was.
func (e *evidence) snapshot(groups ...string) {
	e.w.t.Helper()
	t, ctx, store := e.w.t, e.w.t.Context(), &e.w.IdentityStoreID
	e.w.Advance(time.Minute)
	cfg := e.w.config(e.auditor(), cliAgent)
	client := identitystore.NewFromConfig(cfg)

	instances, err := ssoadmin.NewFromConfig(cfg).ListInstances(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	owned := []object{}
	for _, i := range instances.Instances {
		owned = append(owned, object{"InstanceArn": *i.InstanceArn, "IdentityStoreId": *i.IdentityStoreId, "OwnerAccountId": *i.OwnerAccountId})
	}
	e.list("list-instances", "", object{"Instances": owned})

	users := []object{}
	for pages := identitystore.NewListUsersPaginator(client, &identitystore.ListUsersInput{IdentityStoreId: store}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Users {
			user := object{"IdentityStoreId": *store, "UserId": *u.UserId, "UserName": *u.UserName}
			for _, x := range u.ExternalIds {
				user["ExternalIds"] = []object{{"Issuer": *x.Issuer, "Id": *x.Id}}
			}
			users = append(users, audited(user, u.CreatedAt, u.CreatedBy))
		}
	}
	e.list("list-users", "", object{"Users": users})

	listed := []object{}
	for pages := identitystore.NewListGroupsPaginator(client, &identitystore.ListGroupsInput{IdentityStoreId: store}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range page.Groups {
			listed = append(listed, audited(object{"IdentityStoreId": *store, "GroupId": *g.GroupId, "DisplayName": *g.DisplayName}, g.CreatedAt, g.CreatedBy))
		}
	}
	e.list("list-groups", "", object{"Groups": listed})

	for _, group := range groups {
		members := []object{}
		for pages := identitystore.NewListGroupMembershipsPaginator(client, &identitystore.ListGroupMembershipsInput{IdentityStoreId: store, GroupId: &group}); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range page.GroupMemberships {
				member, _ := m.MemberId.(*types.MemberIdMemberUserId)
				members = append(members, audited(object{"IdentityStoreId": *store, "MembershipId": *m.MembershipId, "GroupId": *m.GroupId,
					"MemberId": object{"UserId": member.Value}}, m.CreatedAt, m.CreatedBy))
			}
		}
		e.list("list-group-memberships", group, object{"GroupMemberships": members})
	}
}

func audited(o object, at *time.Time, by *string) object {
	if at != nil {
		o["CreatedAt"] = at.Format(time.RFC3339)
	}
	if by != nil {
		o["CreatedBy"] = *by
	}
	return o
}

// list saves a listing and notes in the manifest what it is.
func (e *evidence) list(command, group string, content object) {
	e.w.t.Helper()
	name := strings.Join([]string{command, group, e.w.Now().Format("20060102T150405")}, "-") + ".json"
	e.save(name, content)
	e.listings = append(e.listings, manifest.Entry{Path: name, Account: e.w.Account, Region: e.w.Region, Collected: manifest.At(e.w.Now()),
		IdentityStore: e.w.IdentityStoreID, Kind: command, Group: group, Whole: aws.Bool(true)})
}

func (e *evidence) save(name string, content any) {
	e.w.t.Helper()
	data, err := json.MarshalIndent(content, "", "    ")
	if err != nil {
		e.w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(e.dir, name), data, 0o600); err != nil {
		e.w.t.Fatal(err)
	}
}

// ask reads the folder and asks why the group is as it is.
func (e *evidence) ask(group string) *diagnose.Answer {
	e.w.t.Helper()
	if len(e.listings) > 0 {
		e.save(manifest.Name, manifest.Manifest{Schema: manifest.Schema, Entries: e.listings})
	}
	b := casefile.NewBuilder(actor.Default())
	if err := file.New(e.dir, file.Options{}).Collect(e.w.t.Context(), b); err != nil {
		e.w.t.Fatal(err)
	}
	c := b.Build()
	for _, lost := range c.Unreadable {
		e.w.t.Errorf("not readable: %+v", lost)
	}
	answer, err := diagnose.Group(c, ledger.Build(c), group)
	if err != nil {
		e.w.t.Fatal(err)
	}
	return answer
}
