package keyring

import (
	"strings"
	"testing"
)

func TestHolds(t *testing.T) {
	t.Parallel()
	s := NewSecret("a-value-of-found_test")
	defer func() { _ = s.Use(func([]byte) error { return nil }) }()
	for text, want := range map[string]bool{
		"":                               false,
		"nothing pypi-release here":      false,
		"ghp_" + strings.Repeat("x", 36): false,
		"ghp_b3Jk9QzLw0Xc7RtYp2Vm":       true,
		"token = ghp_b3Jk9QzLw0Xc7RtYp2Vm, and more": true,
		"xghp_b3Jk9QzLw0Xc7RtYp2Vm":                  false,
		"AKIAIOSFODNN7EXAMPLE":                       false,
		"AKIAJ3K9QZLW0XC7RTYP":                       true,
		"pypi-AgEIcHlwaS5vcmcCJDhk-_z":               true,
		"pypi-AgE...":                                false,
		"https://user:password@host/":                false,
		"ghp_" + strings.Repeat("x", 36) + " glpat-b3Jk9QzLw0Xc7RtYp2Vm": true,
		"before a-value-of-found_test after":                             true,
	} {
		if Holds([]byte(text)) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
