//go:build !unix

package file

import "errors"

const reads = false

func (d *openDir) read(string, []byte, int, int) ([]byte, error) { return nil, errors.ErrUnsupported }
