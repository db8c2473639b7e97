// Command plainjson prints the identity records of a folder of CloudTrail logs,
// one a line, in the way that a Go program does that takes what the standard
// library offers: compress/gzip and encoding/json, a record at a time. It is what
// scimtrail is compared with, for speed and for what it finds.
package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: plainjson DIR")
		os.Exit(2)
	}
	out := bufio.NewWriter(os.Stdout)
	err := filepath.WalkDir(os.Args[1], func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".json.gz") {
			return err
		}
		if err := read(path, out); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "plainjson:", err)
		os.Exit(1)
	}
}

func read(path string, out io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	dec, enc := json.NewDecoder(z), json.NewEncoder(out)
	for range 3 { // {, "Records" and [
		if _, err := dec.Token(); err != nil {
			return err
		}
	}
	for dec.More() {
		// Only the fields of a listing: to keep whole records as well would be to
		// read them twice.
		var record struct {
			EventTime, EventSource, EventName, EventID, AwsRegion, RecipientAccountID string
		}
		if err := dec.Decode(&record); err != nil {
			return err
		}
		switch record.EventSource {
		case "identitystore-scim.amazonaws.com", "identitystore.amazonaws.com", "sso-directory.amazonaws.com":
			if err := enc.Encode(&record); err != nil {
				return err
			}
		}
	}
	return nil
}
