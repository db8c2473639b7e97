//go:build !amd64 || purego

package inflate

const useAsm = false

func runAsm(e *engine) bool { panic("inflate: there is no assembly here") }
func pairAsm(p *Pair) uint8 { panic("inflate: there is no assembly here") }
