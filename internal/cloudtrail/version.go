package cloudtrail

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is an eventVersion, major.minor. The minor part is a whole number:
// 1.10 comes after 1.9 (cloudtrail reference 1.1).
type Version struct {
	Major, Minor int
}

// ParseVersion reads an eventVersion such as "1.08" (an old spelling of 1.8) or
// "1.11". It returns an error for anything else.
func ParseVersion(s string) (Version, error) {
	major, minor, ok := strings.Cut(strings.TrimSpace(s), ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	if !ok || errA != nil || errB != nil || a < 0 || b < 0 {
		return Version{}, fmt.Errorf("eventVersion %q is not major.minor", s)
	}
	return Version{Major: a, Minor: b}, nil
}

// Known reports whether the layout of this version is the one that this package
// reads. A new minor version only adds fields; a new major one may break.
func (v Version) Known() bool { return v.Major == 1 }

// AtLeast reports whether v is major.minor or newer.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}
