package scim

// ListResponse is a page of resources (RFC 7644 section 3.4.2).
type ListResponse struct {
	TotalResults int
	StartIndex   int   // counted from 1
	ItemsPerPage int   // in this page
	Resources    []any // *Object, or json.RawMessage when already written
}

// Object returns the body: schemas, totalResults, startIndex, itemsPerPage,
// Resources. For another order use [Object.Order].
func (l ListResponse) Object() *Object {
	return NewObject(
		Member{"schemas", []any{ListResponseURN}},
		Member{"totalResults", l.TotalResults},
		Member{"startIndex", l.StartIndex},
		Member{"itemsPerPage", l.ItemsPerPage},
		Member{"Resources", orEmpty(l.Resources)},
	)
}

// CursorPage is a page of resources that is followed by naming a cursor (RFC
// 9865). It has no startIndex, and no totalResults, which that RFC lets a server
// leave out.
type CursorPage struct {
	ItemsPerPage int
	NextCursor   string // empty on the last page
	Resources    []any  // as in ListResponse
}

// Object returns the body: schemas, itemsPerPage, nextCursor unless it is the
// last page, Resources. For another order use [Object.Order].
func (p CursorPage) Object() *Object {
	o := NewObject(
		Member{"schemas", []any{ListResponseURN}},
		Member{"itemsPerPage", p.ItemsPerPage},
	)
	if p.NextCursor != "" {
		o.Set("nextCursor", p.NextCursor)
	}
	o.Set("Resources", orEmpty(p.Resources))
	return o
}

// orEmpty makes sure that a list is written as [].
func orEmpty(list []any) []any {
	if list == nil {
		return []any{}
	}
	return list
}
