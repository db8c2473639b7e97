package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// settings returns the lines of a unit that set something.
func settings(unit string) (out []string) {
	for line := range strings.Lines(unit) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "[") {
			out = append(out, line)
		}
	}
	return out
}

func TestTheUnitTakesAwayWhatIsNotNeeded(t *testing.T) {
	t.Parallel()
	have := settings(read(t, "scimtrail.service"))
	for _, want := range []string{
		"DynamicUser=yes", "StateDirectory=scimtrail", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=",
		"SystemCallFilter=@system-service", "Restart=on-failure", "LoadCredential=notify:/etc/scimtrail/notify", "UMask=0077",
		"RestartPreventExitStatus=2", "SuccessExitStatus=130",
	} {
		if !slices.Contains(have, want) {
			t.Errorf("the unit does not say %s", want)
		}
	}
	if !slices.ContainsFunc(have, func(s string) bool { return strings.HasPrefix(s, "MemoryMax=") }) {
		t.Error("the unit does not bound its memory")
	}
}

// installed makes a copy of the unit that names a program of this machine, since
// systemd-analyze looks for it.
func installed(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	unit := read(t, "scimtrail.service")
	copied := strings.ReplaceAll(unit, "/usr/local/bin/scimtrail ", program+" ")
	if copied == unit {
		t.Fatal("the unit does not start /usr/local/bin/scimtrail")
	}
	name := filepath.Join(t.TempDir(), "scimtrail.service")
	if err := os.WriteFile(name, []byte(copied), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func analyze(t *testing.T, args ...string) (string, error) {
	t.Helper()
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not on this machine")
	}
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	return string(out), err
}

func TestSystemdTakesTheUnitWithoutAWord(t *testing.T) {
	t.Parallel()
	out, err := analyze(t, "verify", installed(t))
	if err != nil || strings.TrimSpace(out) != "" {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

func TestSystemdFindsLittleExposed(t *testing.T) {
	t.Parallel()
	// Of 100; what remains is that it speaks to the network. A unit without any
	// of this has 96.
	out, err := analyze(t, "security", "--no-pager", "--offline=yes", "--threshold=15", installed(t))
	if strings.Contains(out, "unrecognized option") {
		t.Skip("this systemd-analyze can't judge a unit that is not installed")
	}
	if err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

func TestTheImageHoldsTheProgramAndNoShell(t *testing.T) {
	t.Parallel()
	_, last, ok := strings.Cut(read(t, "Containerfile"), "\nFROM scratch\n")
	if !ok {
		t.Fatal("the image is not made from scratch")
	}
	if strings.Contains(last, "\nFROM ") {
		t.Error("something follows the stage from scratch")
	}
	if regexp.MustCompile(`(?m)^(RUN|SHELL|ADD)\b`).MatchString(last) {
		t.Error("something is run or fetched in the last stage")
	}
	for _, want := range []string{`(?m)^USER [1-9][0-9]*:[1-9][0-9]*$`, `(?m)^ENTRYPOINT \["/scimtrail"\]$`, `(?m)^STOPSIGNAL SIGTERM$`, `ca-certificates\.crt`} {
		if !regexp.MustCompile(want).MatchString(last) {
			t.Errorf("the last stage has nothing like %s", want)
		}
	}
	// COPY of a folder copies what is in it into one of mode 0755, so /data has to lie
	// in the folder that is copied.
	if all := read(t, "Containerfile"); !strings.Contains(all, "mkdir -m 0700 /out/image/data") || !strings.Contains(last, "--chown=65532:65532 /out/image/ /\n") {
		t.Error("the folder of the archive, which holds personal data, is not its owner's alone")
	}
	if !strings.Contains(read(t, "Containerfile"), "CGO_ENABLED=0") {
		t.Error("the program is not static, and there is no C library in the image")
	}
}
