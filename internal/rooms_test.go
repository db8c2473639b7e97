// Package internal_test holds the import rule of the house: a package imports
// only packages on floors below its own, adapters do not import each other, and
// only cli chooses them. ARCHITECTURE.md draws the floors.
package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/scimtrail/scimtrail/internal/"

// room is a package: its floor, what its floor alone would forbid and is wanted
// all the same, and why.
type room struct {
	floor int
	also  []string // rooms on the same floor that it may import
	why   string
}

var rooms = map[string]room{
	"span":  {floor: 0, why: "arithmetic of time, nothing else"},
	"awsid": {floor: 0, why: "identifiers are compared the same way everywhere"},

	"inflate":   {floor: 1, why: "bytes in, bytes out"},
	"scimerror": {floor: 1, why: "explains messages; knows no evidence"},

	"cloudtrail": {floor: 1, why: "a record, whoever asks"},
	"directory":  {floor: 1, why: "a snapshot, whoever asks"},
	"upstream":   {floor: 1, why: "what is before AWS, whoever asks"},
	"actor":      {floor: 1, also: []string{"cloudtrail"}, why: "judges one record"},

	"casefile": {floor: 2, why: "all evidence meets here, no conclusion does"},
	"ledger":   {floor: 3, why: "facts about memberships; no causes"},
	"redact":   {floor: 3, why: "a case in, a case out"},
	"diagnose": {floor: 4, why: "reasons about facts; prints nothing"},
	"report":   {floor: 5, why: "the only place that formats for people"},
	"recall":   {floor: 6, why: "answers before they are asked for; knows no place to keep them"},
	"cli":      {floor: 7, why: "the only place that chooses adapters"},

	// Adapters stand beside the floors: they see the case and what it is made of.
	"scan":        {floor: 2, why: "bytes to records; knows no case"},
	"integrity":   {floor: 2, why: "digests to spans; knows no case"},
	"manifest":    {floor: 3, why: "what was collected, as casefile covers it"},
	"intake":      {floor: 3, also: []string{"manifest", "kept"}, why: "files of any kind to a case, wherever they come from"},
	"source/file": {floor: 4, why: "an adapter: files to a case"},

	// Live sources: what they share, and one room a service.
	"live":                 {floor: 3, why: "what live sources share; speaks to no service"},
	"restapi":              {floor: 3, also: []string{"live"}, why: "JSON over HTTP, patiently; knows no product"},
	"upstreamapi":          {floor: 3, also: []string{"live", "restapi"}, why: "lists of a provider's API into its state; knows no paths"},
	"upstreamtest":         {floor: 5, why: "tests have an Okta, a SailPoint and an Entra ID to ask"},
	"awsaccess":            {floor: 3, also: []string{"live"}, why: "credentials, Regions and what an AWS error means"},
	"source/lookup":        {floor: 4, why: "an adapter: LookupEvents"},
	"source/identitystore": {floor: 4, why: "an adapter: the Identity Store API"},
	"source/s3":            {floor: 4, why: "an adapter: the objects of a trail"},
	"source/athena":        {floor: 4, why: "an adapter: a query engine"},
	"source/lake":          {floor: 4, why: "an adapter: CloudTrail Lake"},
	"source/trino":         {floor: 4, why: "an adapter: a query engine"},
	"source/sqs":           {floor: 4, why: "an adapter: events from a queue"},
	"source/okta":          {floor: 4, why: "an adapter: Okta"},
	"source/sailpoint":     {floor: 4, why: "an adapter: SailPoint Identity Security Cloud"},
	"source/entra":         {floor: 4, why: "an adapter: Microsoft Graph"},
	"engine":               {floor: 3, also: []string{"live"}, why: "the SQL that selects identity events, by dialect, and what an answer covers; speaks to no engine"},

	// What is kept, and what is done again and again.
	"kept":                 {floor: 3, why: "what live sources showed, as files"},
	"archive/folder":       {floor: 4, why: "evidence kept in a folder that people can read"},
	"archive":              {floor: 4, why: "evidence kept in a database, whichever"},
	"archive/sqlite":       {floor: 3, why: "one driver"},
	"archive/postgres":     {floor: 3, why: "one driver"},
	"notify":               {floor: 4, why: "alerts out to people; knows no rule"},
	"repair":               {floor: 5, why: "plan and apply; speaks to AWS through a small interface"},
	"scimclient":           {floor: 3, also: []string{"live"}, why: "a SCIM endpoint, patiently; knows no plan"},
	"target/identitystore": {floor: 4, why: "an adapter: memberships changed over the Identity Store API"},
	"target/scim":          {floor: 4, why: "an adapter: memberships changed over SCIM"},
	"probe":                {floor: 5, why: "asks a SCIM endpoint what it is"},
	"watch":                {floor: 5, why: "keeps looking; fetches through interfaces"},
	"web":                  {floor: 6, why: "the page; formats through report"},

	// The emulator wing: what it shares with the rest is records and identifiers.
	"scim":           {floor: 1, why: "the SCIM protocol, without AWS"},
	"idcenter":       {floor: 2, why: "how Identity Center behaves and what it logs"},
	"delivery":       {floor: 3, why: "records into log files and signed digests"},
	"emulator":       {floor: 5, why: "the HTTP face of idcenter"},
	"emulator/state": {floor: 4, why: "where an emulator keeps what was acknowledged"},
	"push":           {floor: 4, why: "a SCIM client with other clients' habits"},

	// Not part of the program.
	"story":        {floor: 5, why: "tests and examples are written as stories"},
	"loggen":       {floor: 5, why: "makes logs to measure on"},
	"postgresnode": {floor: 5, why: "a PostgreSQL of a test's own"},
	"trinonode":    {floor: 5, why: "a real Trino on this machine, for tests and scripts"},
	"flaky":        {floor: 0, why: "bad weather for tests of clients"},
}

// pure are the rooms that may not reach the world outside, and what that means.
var pure = []string{"span", "awsid", "cloudtrail", "directory", "upstream", "actor", "scimerror", "casefile", "ledger", "redact", "diagnose", "report", "recall"}

var worldly = map[string]string{
	"os":           "the core does not know where evidence is kept",
	"net":          "the core does not know how evidence arrives",
	"net/http":     "the core does not know how evidence arrives",
	"os/exec":      "the core runs nothing",
	"database/sql": "the core does not know where evidence is kept",
}

func TestImportsGoDownwards(t *testing.T) {
	imports := importsOf(t)
	for name, list := range imports {
		from, known := rooms[name]
		if !known {
			t.Errorf("room %s has no floor: add it to this table and to ARCHITECTURE.md", name)
			continue
		}
		for _, imported := range list {
			own, ok := strings.CutPrefix(imported, module)
			if !ok {
				if reason, bad := worldly[imported]; bad && slices.Contains(pure, name) {
					t.Errorf("%s imports %s: %s", name, imported, reason)
				}
				continue
			}
			to, known := rooms[own]
			if known && to.floor >= from.floor && !slices.Contains(from.also, own) {
				t.Errorf("%s (floor %d: %s) imports %s (floor %d: %s)", name, from.floor, from.why, own, to.floor, to.why)
			}
			if strings.HasPrefix(own, "source/") && name != "cli" {
				t.Errorf("%s imports the adapter %s: only cli chooses adapters", name, own)
			}
		}
	}
	for name := range rooms {
		if imports[name] == nil {
			t.Logf("room %s is in the table and not in the house", name)
		}
	}
}

// importsOf reads the imports of every package under internal, tests left out.
func importsOf(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && d.Name() != ".") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := path.Dir(file)
		for _, spec := range f.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			out[dir] = append(out[dir], p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 10 {
		t.Fatalf("only %d packages found: is this test in the right folder?", len(out))
	}
	return out
}
