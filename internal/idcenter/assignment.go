package idcenter

import (
	"encoding/json"
	"errors"
)

// assignment is a permission set on an account for a user or group. It outlives
// its principal, as an orphan (identity-center-scim reference 6.7, 7.5).
type assignment struct {
	Account       string `json:"account"`
	PermissionSet string `json:"permissionSet"` // ARN
	PrincipalType string `json:"principalType"` // USER or GROUP
	Principal     string `json:"principal"`
}

// key names the assignment, and lists those of one account and permission set
// together.
func (a *assignment) key() string {
	return listedUnder(a.Account, a.PermissionSet) + a.PrincipalType + "|" + a.Principal
}

func listedUnder(account, permissionSet string) string { return account + "|" + permissionSet + "|" }

// principalKey is under which the assignments of a principal are found.
func principalKey(kind, id string) string { return kind + "|" + id }

func loadAssignment(data []byte) (*assignment, error) {
	a := &assignment{}
	if err := json.Unmarshal(data, a); err != nil {
		return nil, err
	}
	if a.Account == "" || a.PermissionSet == "" || a.Principal == "" {
		return nil, errors.New("it does not name its account, permission set and principal")
	}
	return a, nil
}

func (c *Center) applyAssignment(a *assignment, gone bool) {
	st, of := c.state, principalKey(a.PrincipalType, a.Principal)
	list := st.assignmentsFor[of]
	if gone {
		delete(st.assignments, a.key())
		st.assignmentList.Delete(a.key())
		if list != nil {
			list.Delete(a.key())
			if list.Len() == 0 {
				delete(st.assignmentsFor, of)
			}
		}
		return
	}
	if list == nil {
		list = &order[*assignment]{}
		st.assignmentsFor[of] = list
	}
	st.assignments[a.key()] = a
	st.assignmentList.Put(a.key(), a)
	list.Put(a.key(), a)
}
