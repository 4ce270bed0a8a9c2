package pypi

import (
	"bytes"
	"strings"
	"syscall"
)

// rcCarry copies extended attributes, and names those that were left behind. An
// access list is left behind on purpose: it lets others read the file.
func rcCarry(from, to string) (lost []string) {
	for _, name := range rcAttributes(from) {
		value, ok := rcAttribute(from, name)
		if ok && !strings.HasPrefix(name, "system.posix_acl") && syscall.Setxattr(to, name, value, 0) == nil {
			continue
		}
		lost = append(lost, name)
	}
	return lost
}

func rcAttributes(name string) []string {
	size, err := syscall.Listxattr(name, nil)
	if err != nil || size <= 0 {
		return nil
	}
	list := make([]byte, size)
	if size, err = syscall.Listxattr(name, list); err != nil {
		return nil
	}
	return strings.FieldsFunc(string(bytes.TrimRight(list[:size], "\x00")), func(r rune) bool { return r == 0 })
}

func rcAttribute(file, name string) ([]byte, bool) {
	size, err := syscall.Getxattr(file, name, nil)
	if err != nil || size < 0 {
		return nil, false
	}
	value := make([]byte, size)
	if size > 0 {
		if size, err = syscall.Getxattr(file, name, value); err != nil {
			return nil, false
		}
	}
	return value[:size], true
}
