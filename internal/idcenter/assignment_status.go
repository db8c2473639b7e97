package idcenter

import (
	"sync"
	"time"

	"github.com/scimtrail/scimtrail/internal/scim"
)

// assignmentStatus is how a request for an assignment stands. All are done when
// they are answered.
type assignmentStatus struct {
	what string // Creation or Deletion
	id   string
	at   time.Time
	*assignment
}

func (a assignmentStatus) object(status string) *scim.Object {
	return scim.NewObject(member("Status", status), member("RequestId", a.id), member("TargetId", a.Account), member("TargetType", "AWS_ACCOUNT"),
		member("PermissionSetArn", a.PermissionSet), member("PrincipalType", a.PrincipalType), member("PrincipalId", a.Principal),
		member("CreatedDate", seconds(a.at)))
}

// assignmentStatuses remembers the latest requests, which clients ask for within
// seconds. They are not stored.
type assignmentStatuses struct {
	mu   sync.Mutex
	by   map[string]assignmentStatus
	ring [1000]string
	next int
}

func (l *assignmentStatuses) add(a assignmentStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by == nil {
		l.by = map[string]assignmentStatus{}
	}
	delete(l.by, l.ring[l.next])
	l.ring[l.next] = a.id
	l.by[a.id] = a
	l.next = (l.next + 1) % len(l.ring)
}

func (l *assignmentStatuses) find(what, id string) (assignmentStatus, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, ok := l.by[id]
	return a, ok && a.what == what
}
