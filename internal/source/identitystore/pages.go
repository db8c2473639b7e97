package identitystore

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
)

// pages fetches page after page until there is no token. A token that comes
// twice would go round for ever.
func pages(fetch func(token *string) (next *string, err error)) error {
	var token *string
	for {
		next, err := fetch(token)
		if err != nil {
			return err
		}
		if next == nil || *next == "" {
			return nil
		}
		if token != nil && *next == *token {
			return fmt.Errorf("the same page is offered again: %w", awsaccess.Incomplete)
		}
		token = next
	}
}

// complete makes an answer without the list that it must have an error: an empty
// body is no empty list.
func complete[T any](has func(*T) bool) func(*T, error) (*T, error) {
	return func(out *T, err error) (*T, error) {
		if err == nil && !has(out) {
			return nil, awsaccess.Incomplete
		}
		return out, err
	}
}

func wrap(err error, explain func(error) error) error {
	if err == nil {
		return nil
	}
	return explain(err)
}
