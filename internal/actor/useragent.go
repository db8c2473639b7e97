package actor

import (
	"regexp"
	"strings"

	"github.com/scimtrail/scimtrail/internal/awsid"
	"github.com/scimtrail/scimtrail/internal/cloudtrail"
)

// agent is what a user agent says of the client.
type agent struct {
	row     *Row   // the built-in row that fits, or nil
	client  string // the row's client, else the product token
	version string
	text    string // the user agent, bounded
	where   string // "CloudShell", "AWS Lambda", ...: the execution environment
	sso     bool   // it says that the credentials are of an Identity Center profile
	work    bool   // it says that the credentials come from an instance or a container
}

func (c *Catalogue) agentOf(r *cloudtrail.Record) agent {
	text := cutBytes(r.UserAgent, maxMatched)
	if c == nil {
		return readAgent(nil, text)
	}
	key := memoKey{MatchAgent, r.Source == awsid.SourceSCIM, text}
	a, ok := c.agents.get(key)
	if !ok {
		a = readAgent(c.find(MatchAgent, r.Source, text), text)
		c.agents.put(key, a)
	}
	return a
}

// readAgent reads a user agent that row, if any, fits.
func readAgent(row *Row, text string) agent {
	a := agent{text: text, row: row}
	token, version := product(text)
	if a.row != nil {
		a.client = a.row.Client
		if m := a.row.re.FindStringSubmatch(text); len(m) > 1 {
			a.version = cut(m[1], maxVersion)
		}
	} else {
		a.client, a.version = token, version
	}
	if !awsClient.MatchString(text) {
		return a
	}
	if m := execEnv.FindStringSubmatch(text); m != nil {
		a.where = environment(m[1])
	}
	if m := features.FindStringSubmatch(text); m != nil {
		for id := range strings.SplitSeq(m[1], ",") {
			switch id {
			case "r", "s", "t", "u":
				a.sso = true
			case "z", "0":
				a.work = true
			}
		}
	}
	return a
}

// sdk reports whether an AWS SDK made the call: somebody's own program, and
// neither the AWS CLI nor a known tool.
func (a agent) sdk() bool { return strings.HasPrefix(a.client, sdkPrefix) }

// typed reports whether the client is one at which people type.
func (a agent) typed() bool { return a.row != nil && a.row.Kind == Person && a.client != clientConsole }

// console reports whether the user agent is one of the AWS console.
func (a agent) console() bool { return a.row != nil && a.client == clientConsole }

var (
	// The AWS clients that add exec-env/ and m/ to their user agent
	// (cloudtrail reference 7.1).
	awsClient = regexp.MustCompile(`^(?:aws-cli|aws-sdk-|Boto3|Botocore|AWSPowerShell|APN)`)
	execEnv   = regexp.MustCompile(` exec-env/([A-Za-z0-9_.-]{1,64})`)
	// Feature ids: r to u are credentials of an Identity Center profile, z of a
	// container, 0 of an instance (cloudtrail reference 7.1).
	features = regexp.MustCompile(` m/([A-Za-z0-9+,-]{1,200})`)
)

// environment returns a readable name of what AWS_EXECUTION_ENV holds.
func environment(s string) string {
	switch {
	case s == "CloudShell":
		return "CloudShell"
	case strings.HasPrefix(s, "AWS_Lambda_"):
		return "AWS Lambda"
	case strings.HasPrefix(s, "AWS_ECS_"):
		return "Amazon ECS"
	}
	return s
}

// product returns the product token that a user agent begins with, in lower
// case, and the version behind its slash. A token has only the characters that
// RFC 9110 section 5.6.2 allows, and at most 64 of them, so nothing hostile
// survives in it.
func product(userAgent string) (token, version string) {
	s := strings.TrimLeft(userAgent, " \t")
	end := 0
	for end < len(s) && end < 64 && isTokenByte(s[end]) {
		end++
	}
	token, rest := strings.ToLower(s[:end]), s[end:]
	if !strings.HasPrefix(rest, "/") {
		return token, ""
	}
	end = 1
	for end < len(rest) && end <= maxVersion && isTokenByte(rest[end]) {
		end++
	}
	return token, rest[1:end]
}

func isTokenByte(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}

// find returns the first built-in row that fits, or nil.
func (c *Catalogue) find(match, source, text string) *Row {
	if c == nil || text == "" || awsid.Blanked(text) {
		return nil
	}
	key := memoKey{match, source == awsid.SourceSCIM, text}
	if row, ok := c.fits.get(key); ok {
		return row
	}
	var found *Row
	for i := range c.rows {
		row := &c.rows[i]
		if row.Match == match && row.covers(source) && row.re.MatchString(text) {
			found = row
			break
		}
	}
	c.fits.put(key, found)
	return found
}
