package trinonode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// Bucket is the bucket that the node reads, Catalog its catalogue and Schema the
// schema that is there from the start.
const (
	Bucket  = "trail"
	Catalog = "logs"
	Schema  = "trail"
)

// Node is a running Trino.
type Node struct {
	Host string // and port, of plain HTTP on this machine

	s3      gofakes3.Backend
	store   *httptest.Server
	process *exec.Cmd
	ended   chan error
	folder  string
}

const launcher = `public final class Launcher {
    public static void main(String[] args) {
        new io.trino.server.Server().start("` + Version + `");
    }
}
`

// Start starts a node out of the artefacts in home and returns when it answers.
// What it logs goes to log. Stop ends it.
func Start(ctx context.Context, home string, port int, log io.Writer) (_ *Node, err error) {
	if err := Fetched(home); err != nil {
		return nil, err
	}
	if _, err := exec.LookPath("java"); err != nil {
		return nil, fmt.Errorf("starting Trino needs a JDK of version 17 or later: %w", err)
	}
	if port == 0 {
		if port, err = freePort(); err != nil {
			return nil, err
		}
	}
	n := &Node{Host: fmt.Sprintf("127.0.0.1:%d", port), s3: s3mem.New(), ended: make(chan error, 1)}
	defer func() {
		if err != nil {
			n.Stop()
		}
	}()
	if err := n.s3.CreateBucket(Bucket); err != nil {
		return nil, fmt.Errorf("making the bucket: %w", err)
	}
	n.store = httptest.NewServer(gofakes3.New(n.s3).Server())
	if n.folder, err = os.MkdirTemp("", "trino-"); err != nil {
		return nil, fmt.Errorf("making a folder for Trino: %w", err)
	}
	if err := n.configure(home, port); err != nil {
		return nil, fmt.Errorf("writing Trino's configuration: %w", err)
	}
	n.process = exec.Command("java", "-Xmx1g", "-XX:+ExitOnOutOfMemoryError",
		// A node that lives for a minute starts in half the time without the better compiler.
		"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djdk.attach.allowAttachSelf=true",
		"-Dconfig="+filepath.Join(n.folder, "config.properties"), "-Dlog.levels-file="+filepath.Join(n.folder, "log.properties"),
		"-cp", filepath.Join(home, "lib", "*"), filepath.Join(n.folder, "Launcher.java"))
	n.process.Dir, n.process.Stdout, n.process.Stderr = n.folder, log, log
	if err := n.process.Start(); err != nil {
		return nil, fmt.Errorf("starting Trino: %w", err)
	}
	go func() { n.ended <- n.process.Wait() }()
	if err := n.ready(ctx); err != nil {
		return nil, err
	}
	if err := n.Query(ctx, "CREATE SCHEMA "+Catalog+"."+Schema); err != nil {
		return nil, err
	}
	return n, n.works(ctx)
}

// works waits until a statement that reads and writes is carried out. A node that
// answers has not announced itself as a worker yet, and says until then that there
// are no nodes available.
func (n *Node) works(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	const table = Catalog + "." + Schema + ".announced"
	for {
		err := n.Query(ctx, "CREATE TABLE "+table+" AS SELECT 1 AS one")
		if err == nil {
			return n.Query(ctx, "DROP TABLE "+table)
		}
		if !strings.Contains(err.Error(), "No nodes available") {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for Trino to announce itself: %w", err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (n *Node) configure(home string, port int) error {
	if err := os.Mkdir(filepath.Join(n.folder, "catalog"), 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"Launcher.java":  launcher,
		"log.properties": "io.trino=WARN\nio.airlift=WARN\norg.glassfish=ERROR\n",
		"config.properties": fmt.Sprintf(`node.environment=test
node.id=scimtrail
node.bind-ip=127.0.0.1
node.internal-address=127.0.0.1
coordinator=true
node-scheduler.include-coordinator=true
failure-detector.enabled=false
http-server.http.port=%d
discovery.uri=http://127.0.0.1:%d
plugin.dir=%s
catalog.config-dir=%s
`, port, port, filepath.Join(home, "plugin"), filepath.Join(n.folder, "catalog")),
		filepath.Join("catalog", Catalog+".properties"): fmt.Sprintf(`connector.name=hive
hive.metastore=file
hive.metastore.catalog.dir=s3://%s/metastore/
hive.security=allow-all
hive.non-managed-table-writes-enabled=true
hive.partition-projection-enabled=true
hive.ignore-absent-partitions=true
fs.hadoop.enabled=false
fs.native-s3.enabled=true
s3.endpoint=%s
s3.region=us-east-1
s3.path-style-access=true
s3.aws-access-key=EXAMPLE
s3.aws-secret-key=EXAMPLE
`, Bucket, n.store.URL),
	} {
		if err := os.WriteFile(filepath.Join(n.folder, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// ready waits until the node answers that it has started.
func (n *Node) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-n.ended:
			n.process, err = nil, errors.Join(errors.New("it is gone"), err)
			return fmt.Errorf("starting Trino: it ended, and its log says why: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("waiting for Trino to start: %w", ctx.Err())
		case <-tick.C:
			var info struct{ Starting *bool }
			if get(ctx, "http://"+n.Host+"/v1/info", &info) == nil && info.Starting != nil && !*info.Starting {
				return nil
			}
		}
	}
}

func get(ctx context.Context, address string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	return json.NewDecoder(response.Body).Decode(into)
}

// Query runs a statement whose rows nobody wants.
func (n *Node) Query(ctx context.Context, sql string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.Host+"/v1/statement", strings.NewReader(sql))
	if err != nil {
		return err
	}
	request.Header.Set("X-Trino-User", "scimtrail")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("running a statement: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	type page struct {
		NextURI string
		Error   *struct{ Message string }
	}
	var p page
	err = json.NewDecoder(response.Body).Decode(&p)
	for err == nil && p.Error == nil && p.NextURI != "" {
		next := p.NextURI
		p = page{}
		err = get(ctx, next, &p)
	}
	switch {
	case err != nil:
		return fmt.Errorf("running a statement: %w", err)
	case p.Error != nil:
		return fmt.Errorf("running a statement: %s", p.Error.Message)
	}
	return nil
}

// Put puts a file into the bucket.
func (n *Node) Put(key string, data []byte) error {
	if _, err := n.s3.PutObject(Bucket, key, map[string]string{}, strings.NewReader(string(data)), int64(len(data)), nil); err != nil {
		return fmt.Errorf("putting %s: %w", key, err)
	}
	return nil
}

// PutTree puts the files of a folder into the bucket, under their own paths.
func (n *Node) PutTree(folder string) (files int, err error) {
	err = filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		files++
		return n.Put(filepath.ToSlash(rel), data)
	})
	return files, err
}

// Stop ends the node, and what it left behind.
func (n *Node) Stop() {
	if n.process != nil && n.process.Process != nil {
		_ = n.process.Process.Signal(os.Interrupt)
		select {
		case <-n.ended:
		case <-time.After(20 * time.Second):
			_ = n.process.Process.Kill()
			<-n.ended
		}
	}
	if n.store != nil {
		n.store.Close()
	}
	if n.folder != "" {
		_ = os.RemoveAll(n.folder)
	}
}
