//go:build !unix

package file

import "errors"

const reads = false

// Read is never called.
func (d *openDir) Read(string, []byte, int, int) ([]byte, error) { return nil, errors.ErrUnsupported }
