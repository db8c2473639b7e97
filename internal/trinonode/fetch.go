package trinonode

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>trino-node</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>` + Version + `</version></dependency>
  </dependencies>
</project>
`

// plugin is Maven's own means of copying artefacts, pinned.
const plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:"

// Fetch brings the artefacts into the folder by Maven, unless they are there.
// What Maven prints goes to out.
func Fetch(ctx context.Context, home string, out io.Writer) error {
	if Fetched(home) == nil {
		return nil
	}
	if _, err := exec.LookPath("mvn"); err != nil {
		return errors.New("fetching Trino needs Maven (mvn), which is not on the path")
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return fmt.Errorf("fetching Trino: %w", err)
	}
	description := filepath.Join(home, "pom.xml")
	if err := os.WriteFile(description, []byte(pom), 0o644); err != nil {
		return fmt.Errorf("fetching Trino: %w", err)
	}
	for _, args := range [][]string{
		{plugin + "copy-dependencies", "-DoutputDirectory=" + filepath.Join(home, "lib"), "-DincludeScope=runtime"},
		{plugin + "copy", "-Dartifact=io.trino:trino-hive:" + Version + ":zip", "-DoutputDirectory=" + home},
	} {
		cmd := exec.CommandContext(ctx, "mvn", append([]string{"-B", "-q", "-f", description}, args...)...)
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("fetching Trino: mvn %s: %w", args[0], err)
		}
	}
	archive := filepath.Join(home, "trino-hive-"+Version+".zip")
	if err := unzip(archive, filepath.Join(home, "plugin", "hive")); err != nil {
		return fmt.Errorf("unpacking the Hive plug-in: %w", err)
	}
	if err := os.Remove(archive); err != nil {
		return fmt.Errorf("fetching Trino: %w", err)
	}
	return os.WriteFile(filepath.Join(home, "complete"), nil, 0o644)
}

// unzip unpacks the files of an archive's only folder.
func unzip(archive, into string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer func() { _ = z.Close() }()
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	for _, f := range z.File {
		name := filepath.Base(f.Name)
		if f.FileInfo().IsDir() || !strings.HasSuffix(name, ".jar") {
			continue
		}
		if err := extract(f, filepath.Join(into, name)); err != nil {
			return err
		}
	}
	return nil
}

func extract(f *zip.File, to string) error {
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, from); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
