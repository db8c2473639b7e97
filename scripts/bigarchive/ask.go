//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/scimtrail/scimtrail/internal/diagnose"
	"github.com/scimtrail/scimtrail/internal/loggen"
	"github.com/scimtrail/scimtrail/internal/report"
)

// asked is a question that the program was asked in a pipe, and what it said.
type asked struct {
	kind, name, format string
	said               []byte
}

// questions are the first question and twenty new ones: groups, users and names that
// nothing bears.
func questions(c loggen.Company) []asked {
	out := []asked{{kind: "group", name: loggen.EmptyGroup, format: "text"}}
	for i := range 20 {
		q := asked{kind: "group", name: fmt.Sprintf("App-AWS-Team-%04d", 1+i*(c.Groups-2)/20), format: []string{"text", "json"}[i/2%2]}
		if i%2 == 1 {
			q.kind, q.name = "user", fmt.Sprintf("person.%05d@example.com", i*(c.Users-1)/20)
		}
		if i%10 > 7 {
			q.name = "x" + q.name
		}
		out = append(out, q)
	}
	return out
}

// ask asks the program all questions, one after the other, and says what each took.
func ask(ctx context.Context, program, archive string, c loggen.Company) ([]asked, error) {
	list := questions(c)
	var worked, longest, most time.Duration
	for i := range list {
		q := &list[i]
		cmd := exec.CommandContext(ctx, program, "why", q.kind, q.name, "--from", archive, "--format", q.format)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		start := time.Now()
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("why %s %s: %w", q.kind, q.name, err)
		}
		took, cpu := time.Since(start), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
		q.said = out.Bytes()
		memory := int64(0)
		if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			memory = int64(u.Maxrss) >> 10 // kB on Linux
		}
		fmt.Printf("why %-5s %-28s %-4s %9.3f s, %7.3f s of processors, %5d MB\n", q.kind, q.name, q.format, took.Seconds(), cpu.Seconds(), memory)
		if i > 0 {
			worked, longest, most = worked+cpu, max(longest, took), max(most, cpu)
		}
	}
	fmt.Printf("%d new questions: %.3f s of processors each, %.3f s at most; %.3f s by the clock at most\n",
		len(list)-1, worked.Seconds()/float64(len(list)-1), most.Seconds(), longest.Seconds())
	return list, nil
}

// compare asks the case itself, and says whether the program said the same.
func compare(list []asked, bench *diagnose.Bench, e *report.Evidence) error {
	for _, q := range list {
		var a *diagnose.Answer
		var err error
		if q.kind == "group" {
			a, err = bench.Group(q.name)
		} else {
			a, err = bench.User(q.name, "")
		}
		if err != nil {
			return err
		}
		var want bytes.Buffer
		if q.format == "json" {
			err = report.WriteJSON(&want, e.WhyJSON(a))
		} else {
			err = e.WhyText(&want, a, report.Style{})
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(want.Bytes(), q.said) {
			return fmt.Errorf("why %s %s: the program says something else than the case", q.kind, q.name)
		}
	}
	fmt.Printf("%d answers of the program are those of the case, byte for byte\n", len(list))
	return nil
}
