// Package dark keeps bubbletea from querying the terminal. Bubbletea v1 asks
// for the background colour when it is initialised, in every command that links
// it, and waits up to five seconds for an answer. Settling the background
// beforehand takes the question away.
//
// It works only because this package is initialised first: Go initialises the
// packages that are ready in the order of their import paths, "ferry/…" sorts
// before "github.com/charmbracelet/bubbletea", and this package is ready as soon
// as lipgloss is, for it imports nothing else.
package dark

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
