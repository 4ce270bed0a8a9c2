//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package pypi

// rcCarry cannot copy extended attributes here.
func rcCarry(string, string) []string { return nil }
