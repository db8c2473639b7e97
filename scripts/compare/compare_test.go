package main

import (
	"strings"
	"testing"
	"time"

	"github.com/scimtrail/scimtrail/scripts/internal/measure"
)

func rowOf(name string, cpu time.Duration, found int, text bool) *row {
	t := &tool{name: name, text: text}
	if found >= 0 {
		t.count = func(*input) (int, error) { return found, nil }
	}
	c := measure.Cost{CPU: cpu, Wall: cpu, Peak: 50e6}
	return &row{tool: t, found: found, costs: []measure.Cost{c}, median: c}
}

func TestAgree(t *testing.T) {
	t.Parallel()
	ours := rowOf("scimtrail events", time.Second, 630, false)
	for _, tt := range []struct {
		name  string
		other *row
		bad   bool
	}{
		{"the same number", rowOf("jq", time.Second, 630, false), false},
		{"one fewer", rowOf("jq", time.Second, 629, false), true},
		{"more, by a search for text", rowOf("rg", time.Second, 970, true), false},
		{"a program that looks for nothing", rowOf("gzip", time.Second, -1, false), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := agree([]*row{ours, tt.other}); (err != nil) != tt.bad {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	rows := []*row{
		rowOf("scimtrail events", 3*time.Second, 630, false), rowOf("scimtrail events, one core", 2*time.Second, 630, false),
		rowOf("igzip -dc", 2*time.Second, -1, false), rowOf("gzip -dc", 4*time.Second, -1, false), rowOf("gzip -dc | jq", 36*time.Second, 630, false),
	}
	var b strings.Builder
	writeTable(&b, rows, measure.Tree{Files: 31, Bytes: 300e6, Packed: 30e6})
	for _, want := range []string{
		"31 files, 300 MB of JSON, 30 MB compressed (1/10.0)",
		`| gzip -dc \| jq |  | 36.00 | 12x | 36.00 | 12x | 50 | 8 | 0.9 | 630 |`,
		"takes 1.50x of the CPU time of decompression alone by the fastest program here, igzip -dc; 1.00x on one core.",
		"All cores are 0.67x as fast as one.",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, b.String())
		}
	}
}
