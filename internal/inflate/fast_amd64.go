//go:build !purego

package inflate

import "golang.org/x/sys/cpu"

// useAsm says that the machine has what fast_amd64.s uses.
var useAsm = cpu.X86.HasAVX2 && cpu.X86.HasBMI2

//go:noescape
func runAsm(e *engine) (stuck bool)

//go:noescape
func pairAsm(p *Pair) (stuck uint8)
