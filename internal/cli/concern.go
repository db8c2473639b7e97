package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// concern says for which kinds of --from a flag does anything. A flag that concerns
// none of the evidence named would be taken for having done something: it is
// refused. The soft ones stand in scripts and aliases for evidence of any kind, and
// are harmless where they do nothing; of them a line says so.
//
// --account, --region, --since, --until, --now and --covers are about what is known
// in the end, wherever it came from, and concern all evidence. --verify=false asks
// for nothing.
type concern struct {
	flag string
	of   []string
	soft bool
}

// The kinds of --from that are no scheme.
const (
	ofFolder  = "a folder"
	ofFile    = "a file"
	ofStdin   = "standard input"
	ofArchive = "an archive"
)

var (
	ofAWS   = []string{"lookup", "s3", "identitystore", "sqs", "athena", "lake"}
	ofFiles = []string{ofFolder, ofFile, ofStdin, "s3"}
)

var concerns = []concern{
	{"profile", ofAWS, true},                    // as AWS_PROFILE, which nobody minds either
	{"cache", []string{ofFolder, ofFile}, true}, // of the rest nothing can be remembered
	{"role-arn", ofAWS, false},
	{"external-id", ofAWS, false},
	{"all-regions", []string{"s3"}, false},
	{"max-bytes", []string{"athena", "lake", "trino"}, false},
	{"workgroup", []string{"athena"}, false},
	{"results", []string{"athena"}, false},
	{"verify", []string{ofFolder, "s3"}, false},
	{"max-record-bytes", ofFiles, false},
	{"max-file-bytes", ofFiles, false},
}

// kindOf is the kind of a --from that checkFrom let through.
func kindOf(from string) string {
	if isArchive(from) {
		return ofArchive
	}
	if scheme, _, remote := strings.Cut(from, "://"); remote {
		return scheme
	}
	if from == "-" {
		return ofStdin
	}
	if info, err := os.Stat(from); err == nil && info.IsDir() {
		return ofFolder
	}
	return ofFile
}

// checkConcerns refuses flags that concern none of the evidence, once.
func (a *app) checkConcerns(e *evidence, from []string) error {
	if e.flags == nil || e.judged || len(from) == 0 {
		return nil
	}
	e.judged = true
	if len(e.live.roles) == 0 && e.flags.Changed("external-id") {
		return usagef("name the role, or leave --external-id out", "--external-id goes with --role-arn, and none is given")
	}
	var kinds []string
	for _, name := range from {
		kinds = append(kinds, kindOf(name))
	}
	for _, c := range concerns {
		if !asked(e.flags, c.flag) || slices.ContainsFunc(kinds, func(kind string) bool { return slices.Contains(c.of, kind) }) {
			continue
		}
		said := fmt.Sprintf("--%s concerns %s only, and no --from names one", c.flag, listed(c.of))
		if !c.soft {
			return usagef("leave it out", "%s", said)
		}
		fmt.Fprintln(a.Err, "scimtrail:", said+"; it does nothing here")
	}
	return nil
}

// asked reports whether a flag is given and asks for something.
func asked(flags *pflag.FlagSet, name string) bool {
	flag := flags.Lookup(name)
	return flag != nil && flag.Changed && flag.Value.String() != "false"
}

// listed writes kinds for people: "lookup://, s3:// and a folder".
func listed(kinds []string) string {
	words := make([]string, len(kinds))
	for i, kind := range kinds {
		words[i] = kind
		if _, remote := schemeOf(kind + "://"); remote && !strings.Contains(kind, " ") {
			words[i] += "://"
		}
	}
	return andWords(words)
}

// andWords lists words as in a sentence.
func andWords(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// checkAlone refuses what goes with neither --print-ddl nor --purge-before, which do
// one thing and fetch nothing. A purge of one account or Region there is not.
func (o *collectOptions) checkAlone() error {
	job, no := "", []string{"location"}
	switch {
	case o.printDDL != "":
		job, no = "print-ddl", []string{"purge-before", "from", "into", "plan", "covers", "until"}
	case o.purge != "":
		job, no = "purge-before", []string{"from", "plan", "covers", "location", "since", "until", "account", "region"}
	}
	for _, name := range no {
		switch {
		case !asked(o.flags, name):
		case job == "":
			return usagef("try: scimtrail collect --print-ddl athena --location s3://example-trail/AWSLogs/", "--%s goes with --print-ddl, and that is not given", name)
		case job == "purge-before":
			return usagef("run it by itself: scimtrail collect --into case.db --purge-before 2024-11-01", "--purge-before removes all that happened before a time, and fetches nothing; --%s does not go with it", name)
		default:
			return usagef("leave it out", "--print-ddl prints the definition of a table and fetches nothing; --%s does not go with it", name)
		}
	}
	return nil
}

// checkKept refuses what would be lost on the way to where evidence is kept, and says
// what is for those who ask for answers.
func (a *app) checkKept(o *collectOptions) error {
	files := func(from string) bool { return !strings.Contains(from, "://") }
	if asked(o.flags, "covers") && !slices.ContainsFunc(o.from, files) {
		return usagef("give it to the command that answers, as in scimtrail why group NAME --from case.db --covers ...", "--covers says what files cover that somebody else fetched; no --from names one")
	}
	for _, name := range []string{"actors", "cache", "now"} {
		if asked(o.flags, name) {
			fmt.Fprintf(a.Err, "scimtrail: --%s is for the commands that answer; collect keeps the same with it and without it\n", name)
		}
	}
	return nil
}
