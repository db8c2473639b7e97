//go:build !linux

package watch

func unmapProgram() {}
