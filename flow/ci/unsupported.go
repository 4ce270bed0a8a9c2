package ci

import "fmt"

// UnsupportedError means that this server has no way to do a thing by its API.
type UnsupportedError struct {
	Provider, What string
	Page           string // where a person can do it; text from outside
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("this server of %s cannot %s by its API; its page is %s", e.Provider, e.What, e.Page)
}
