package measure

import (
	"bytes"
	"io"
	"os"
)

// Lines counts the lines of a file.
func Lines(file string) (n int, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	block := make([]byte, 64<<10)
	for {
		got, err := f.Read(block)
		n += bytes.Count(block[:got], []byte{'\n'})
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
