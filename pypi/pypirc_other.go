//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package pypi

import "io/fs"

// Where users and permissions work in another way, files of a person's home
// are private to that person by the home's own rules.
const (
	rcOpenFlags = 0
	rcModes     = false
)

func rcIsLink(error) bool             { return false }
func rcOwned(fs.FileInfo) bool        { return true }
func rcSafeFolder(fs.FileInfo) bool   { return true }
func rcLinks(fs.FileInfo) int         { return 1 }
func rcAlive(int) bool                { return true }
func rcSyncDir(string) error          { return nil }
func rcCarry(string, string) []string { return nil }

func rcLock(string) (unlock func(), err error) { return func() {}, nil }
