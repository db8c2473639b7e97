package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// What others wrote is there as they published it, with its licence.
func TestThirdPartyFilesAreAsPublished(t *testing.T) {
	t.Parallel()
	for _, f := range []struct{ path, version, licence, text, sum string }{
		{"static/uplot-1.6.32.min.js", "uplot 1.6.32 (npm)", "static/uplot-LICENSE", "The MIT License", "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"},
		{"static/uplot-1.6.32.min.css", "uplot 1.6.32 (npm)", "static/uplot-LICENSE", "The MIT License", "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04"},
		{"testdata/axe-core-4.14.1/axe.min.js", "axe-core 4.14.1 (npm), for tests", "testdata/axe-core-4.14.1/LICENSE", "Mozilla Public License", "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"},
	} {
		data, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != f.sum {
			t.Errorf("%s is not that of %s", f.path, f.version)
		}
		licence, err := os.ReadFile(f.licence)
		if err != nil || !strings.Contains(string(licence), f.text) {
			t.Errorf("%s: its licence is not beside it (%v)", f.path, err)
		}
	}
}
