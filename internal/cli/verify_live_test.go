package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scimtrail/scimtrail/idcentertest"
)

// TestVerifyAsksCloudTrailForItsKeys: with --public-keys live the folder needs none,
// and those in it are not believed. It sets the environment, and so runs alone.
func TestVerifyAsksCloudTrailForItsKeys(t *testing.T) {
	srv, other := idcentertest.New(t), idcentertest.New(t)
	var dirs []string
	for i, s := range []*idcentertest.Server{srv, other} {
		s.Console("ann@example.com").CreateGroup("Admins")
		dirs = append(dirs, filepath.Join(t.TempDir(), []string{"own", "forged"}[i]))
		s.WriteLogs(dirs[i])
	}
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": srv.URL, "AWS_ACCESS_KEY_ID": srv.AccessKeyID, "AWS_SECRET_ACCESS_KEY": srv.SecretAccessKey,
		"AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
	verify := func(args ...string) result {
		return run(t.Context(), strings.NewReader(""), append([]string{"verify", "--from"}, args...)...)
	}
	believed := verify(dirs[1], "--exit-code")
	if believed.Status != 0 {
		t.Fatalf("a chain with keys of its own: %+v", believed)
	}
	keys, err := filepath.Glob(filepath.Join(dirs[0], "list-public-keys*"))
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys in the folder: %v, %v", keys, err)
	}
	if err := os.Remove(keys[0]); err != nil {
		t.Fatal(err)
	}
	without := verify(dirs[0])
	live := verify(dirs[0], "--public-keys", "live", "--exit-code")
	if live.Status != 0 || live.Err != "" || live.Out == without.Out {
		t.Errorf("without keys:\n%s\nwith live keys:\n%+v", without.Out, live)
	}
	if forged := verify(dirs[1], "--public-keys", "live"); forged.Out == believed.Out {
		t.Errorf("keys in the folder were believed:\n%s", forged.Out)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	if got := verify(dirs[0], "--public-keys", "live"); got.Status != 1 || !strings.Contains(got.Err, "fetching the public keys of CloudTrail in us-east-1: no AWS credentials were found") {
		t.Errorf("without credentials: %+v", got)
	}
	if got := verify(dirs[0], "--public-keys", "cloud"); got.Status != 2 {
		t.Errorf("a third place: %+v", got)
	}
}
