package web

import (
	"strconv"
	"time"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

// writesChart is the numbers of the chart of writes over time that a script
// draws, and the table that says the same.
type writesChart struct {
	Days  int         `json:"days"`  // of one mark
	Times []int64     `json:"times"` // Unix seconds of each mark's beginning
	Lanes []chartLane `json:"lanes"`
	Rows  []chartRow  `json:"-"` // the latest first
	More  int         `json:"-"`
}

type chartLane struct {
	Name   string     `json:"name"`
	Done   []int32    `json:"done"`
	Failed []int32    `json:"failed"`
	Seen   [][2]int64 `json:"seen"` // stretches that were looked at
}

type chartRow struct {
	Day  time.Time
	To   time.Time // last day of the mark
	Done [3]int32
	Fail [3]int32
}

// maxMarks bounds the marks of a chart; maxChartRows the rows of its table,
// maxStretches what was looked at of one lane.
const (
	maxMarks     = 400
	maxChartRows = 30
	maxStretches = 200
)

// writesChart sums the days up into at most maxMarks marks. It is nil when there
// are none.
func (v *View) writesChart() *writesChart {
	if len(v.days) == 0 {
		return nil
	}
	first, last := v.days[0].at, v.days[len(v.days)-1].at
	if to := v.survey.Timeline.To; to != nil && to.Unix() > last {
		last = to.Unix() - mod(to.Unix(), secondsADay)
	}
	if from := v.survey.Timeline.From; from != nil && from.Unix() < first {
		first = from.Unix() - mod(from.Unix(), secondsADay)
	}
	c := &writesChart{Days: 1}
	for (last-first)/secondsADay/int64(c.Days) >= maxMarks {
		switch c.Days {
		case 1:
			c.Days = 7
		default:
			c.Days *= 2
		}
	}
	width := int64(c.Days) * secondsADay
	n := int((last-first)/width) + 1
	for i := range n {
		c.Times = append(c.Times, first+int64(i)*width)
	}
	for i, name := range []string{"SCIM", "API", "Console"} {
		lane := chartLane{Name: name, Done: make([]int32, n), Failed: make([]int32, n), Seen: [][2]int64{}}
		for _, d := range v.days {
			at := (d.at - first) / width
			lane.Done[at] += d.done[i+1]
			lane.Failed[at] += d.fail[i+1]
		}
		if l := v.laneOf(casefile.DirectorySources[i]); l != nil {
			for _, b := range l.Bands[:min(len(l.Bands), maxStretches)] {
				lane.Seen = append(lane.Seen, [2]int64{max(b.From.Unix(), first), b.To.Unix()})
			}
		}
		c.Lanes = append(c.Lanes, lane)
	}
	for i := n - 1; i >= 0; i-- {
		row := chartRow{Day: time.Unix(c.Times[i], 0).UTC(), To: time.Unix(c.Times[i]+width-secondsADay, 0).UTC()}
		sum := int32(0)
		for lane := range c.Lanes {
			row.Done[lane], row.Fail[lane] = c.Lanes[lane].Done[i], c.Lanes[lane].Failed[i]
			sum += row.Done[lane] + row.Fail[lane]
		}
		switch {
		case sum == 0:
		case len(c.Rows) == maxChartRows:
			c.More++
		default:
			c.Rows = append(c.Rows, row)
		}
	}
	return c
}

func number(n int32) string { return strconv.Itoa(int(n)) }
