// Package trinonode starts a real Trino of one node on this machine, for tests and
// for scripts/trino. It is no part of the program.
//
// Trino's own server archive is not needed: the server is assembled from the
// artefacts that Maven Central has of it, io.trino:trino-main with what it depends
// on and the plug-in io.trino:trino-hive. It needs a JDK of version 17 or later
// to run, Maven to fetch, and 300 MB of disk. The node reads log files through S3's protocol from a
// server in memory, so that tables are defined as for a real bucket.
package trinonode

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Version is Trino's: the last that runs on Java 17
// (https://trino.io/docs/current/release/release-436.html).
const Version = "435"

// Home returns the folder of the artefacts: SCIMTRAIL_TRINO where that names one,
// or trino-435 in the user's cache folder.
func Home() string {
	if set := os.Getenv("SCIMTRAIL_TRINO"); set != "" && set != "1" {
		return set
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "scimtrail", "trino-"+Version)
}

// ForTest returns the folder of the artefacts for a test that needs them and Java.
// A node costs more than the tests of the whole program, so that it must be asked
// for: unless SCIMTRAIL_TRINO is 1 or a folder, or CI is true, the test is skipped.
// Where it is asked for and something is missing the test fails.
func ForTest(t testing.TB) string {
	t.Helper()
	if os.Getenv("SCIMTRAIL_TRINO") == "" && os.Getenv("CI") != "true" {
		t.Skip("a real Trino is asked with SCIMTRAIL_TRINO=1, after `go run ./scripts/trino fetch`")
	}
	if err := Fetched(Home()); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("java"); err != nil {
		t.Fatal(err)
	}
	return Home()
}

// Fetched reports an error unless the artefacts are in the folder.
func Fetched(home string) error {
	for _, one := range []string{
		filepath.Join(home, "lib", "trino-main-"+Version+".jar"), filepath.Join(home, "lib", "trino-parser-"+Version+".jar"),
		filepath.Join(home, "plugin", "hive", "trino-hive-"+Version+".jar"), filepath.Join(home, "complete"),
	} {
		if _, err := os.Stat(one); err != nil {
			return errors.New("no Trino is in " + home + ": run `go run ./scripts/trino fetch`")
		}
	}
	return nil
}
