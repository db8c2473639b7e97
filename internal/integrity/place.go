package integrity

import (
	"path"
	"regexp"
	"strings"
	"time"
)

// Names of digests and log files (cloudtrail reference 4.1 and 4.3). An old
// sample in AWS's documentation lacks the underscore before the random part.
var (
	logName    = regexp.MustCompile(`^(\d{12})_CloudTrail_([a-z0-9-]{1,40})_(\d{8}T\d{4}Z)_?([A-Za-z0-9]+)\.json(?:\.gz)?$`)
	digestName = regexp.MustCompile(`^(\d{12})_CloudTrail-Digest_([a-z0-9-]{1,40})_(.+)_([a-z0-9-]{1,40})_(\d{8}T\d{6}Z)(_backfill)?\.json(?:\.gz)?$`)
	digestTree = regexp.MustCompile(`(?:^|/)(\d{12})/CloudTrail-Digest/([a-z0-9-]{1,40})/`)
)

// digestPlace is what the signed key of a digest says about it.
type digestPlace struct {
	account, region string
	trail, home     string
	backfill        bool
}

// parseDigestKey reads account and Region from the folders of the key, which
// AWS keeps stable, or else from the file name.
func parseDigestKey(key string) (digestPlace, bool) {
	name := path.Base(key)
	p := digestPlace{backfill: strings.HasSuffix(trimCompression(name), "_backfill.json")}
	byName := digestName.FindStringSubmatch(name)
	if byName != nil {
		p.trail, p.home = byName[3], byName[4]
	}
	switch byTree := digestTree.FindStringSubmatch(key); {
	case byTree != nil:
		p.account, p.region = byTree[1], byTree[2]
	case byName != nil:
		p.account, p.region = byName[1], byName[2]
	default:
		return digestPlace{}, false
	}
	return p, true
}

// logPlace is what the name of a log file says: whose it is and the minute in
// which it was delivered.
type logPlace struct {
	account, region string
	delivered       time.Time
}

func parseLogName(name string) (logPlace, bool) {
	m := logName.FindStringSubmatch(name)
	if m == nil {
		return logPlace{}, false
	}
	t, err := time.Parse("20060102T1504Z", m[3])
	if err != nil {
		return logPlace{}, false
	}
	return logPlace{account: m[1], region: m[2], delivered: t}, true
}

// namedAsDigest reports whether a file name is one that only a digest has.
func namedAsDigest(name string) bool { return digestName.MatchString(name) }

// trimCompression makes the name of a file the same before and after gunzip.
func trimCompression(name string) string { return strings.TrimSuffix(name, ".gz") }

// baseName is what files are matched by: the last part of the path, which is
// unique for digests and logs, whether or not the file is still compressed.
func baseName(p string) string { return trimCompression(path.Base(p)) }

// fit says how well the place where a file lies agrees with the place it was
// signed for.
type fit int

const (
	fitMoved fit = iota // the folders are recognisable and are not those that were signed
	fitName             // the folders say nothing: a flat folder, or a renamed copy
	fitPath             // the folders are those that were signed
)

// fitOf compares a path with a signed key. A folder may hold the bucket below
// any prefix or only a part of it, so only what is recognisable as CloudTrail's
// own folders is compared.
func fitOf(where, key string) fit {
	where, key = trimCompression(where), trimCompression(key)
	if where == key || strings.HasSuffix(where, "/"+key) {
		return fitPath
	}
	tail, ok := ownFolders(where)
	if !ok {
		return fitName
	}
	if tail == key || strings.HasSuffix(key, "/"+tail) {
		return fitPath
	}
	// A part of the bucket copied into a folder that was named AWSLogs by hand.
	if below, ok := strings.CutPrefix(tail, "AWSLogs/"); ok && strings.Contains(below, "/") && strings.HasSuffix(key, "/"+below) {
		return fitPath
	}
	return fitMoved
}

// ownFolders cuts a path down to the part that CloudTrail made: from AWSLogs
// on, or from the folder CloudTrail or CloudTrail-Digest, or from the date.
func ownFolders(p string) (string, bool) {
	parts := strings.Split(p, "/")
	folders := parts[:len(parts)-1]
	for i := len(folders) - 1; i >= 0; i-- {
		if folders[i] == "AWSLogs" {
			return strings.Join(parts[i:], "/"), true
		}
	}
	for i := len(folders) - 1; i >= 0; i-- {
		// Followed by a Region and a date; a folder that only happens to bear
		// the name is not.
		if (folders[i] == "CloudTrail" || folders[i] == "CloudTrail-Digest") && len(folders)-i == 5 && isDate(folders[i+2:]) {
			return strings.Join(parts[i:], "/"), true
		}
	}
	if n := len(folders); n >= 3 && isDate(folders[n-3:]) {
		return strings.Join(parts[n-3:], "/"), true
	}
	return "", false
}

func isDate(parts []string) bool {
	return len(parts) == 3 && digits(parts[0], 4) && digits(parts[1], 2) && digits(parts[2], 2)
}

func digits(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789") == ""
}

// logTree is the folder from AWSLogs down to the Region in which a trail puts
// its log files, for the key of one of its files; "" when the key does not show it.
func logTree(key string) string {
	tail, ok := ownFolders(key)
	if !ok || !strings.HasPrefix(tail, "AWSLogs/") {
		return ""
	}
	parts := strings.Split(tail, "/")
	if len(parts) < 5 {
		return ""
	}
	tree := strings.Join(parts[:len(parts)-4], "/") // without year, month, day and name
	return strings.Replace(tree, "/CloudTrail-Digest/", "/CloudTrail/", 1)
}
