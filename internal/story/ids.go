package story

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// digest is the source of everything that looks random in a story: 64 hex
// digits derived from what a thing is.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// resourceID has the shape of current ids of users, groups and memberships,
// ?4?8?4?8-?0?1-70??-... (cloudtrail reference 6.4).
func resourceID(parts ...string) string {
	d := digest(parts...)
	return d[0:1] + "4" + d[1:2] + "8" + d[2:3] + "4" + d[3:4] + "8-" +
		d[4:5] + "0" + d[5:6] + "1-70" + d[6:8] + "-" + d[8:12] + "-" + d[12:24]
}

// eventID has the shape of a random UUID.
func eventID(parts ...string) string {
	d := digest(parts...)
	return d[0:8] + "-" + d[8:12] + "-4" + d[12:15] + "-8" + d[15:18] + "-" + d[18:30]
}

// keyID has the shape of an access key or role id: a prefix and 16 capitals.
func keyID(prefix string, parts ...string) string {
	return prefix + strings.ToUpper(strings.NewReplacer("0", "G", "1", "H", "8", "J", "9", "K").Replace(digest(parts...)[:16]))
}

func tenantID(store string) string {
	d := digest("tenant", store)
	return "aBc" + d[:8] + "-" + d[8:16] + "-" + d[16:20] + "-4" + d[20:23] + "-8" + d[23:26] + "-" + d[26:38]
}
