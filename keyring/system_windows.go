package keyring

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/danieljoos/wincred"
)

// winComment is what Python's keyring writes beside each entry.
const winComment = "Stored using python-keyring"

func system(func(string) string) vault { return windowsVault{winAPI{}} }

// winAPI is the Credential Manager of Windows.
type winAPI struct{}

func (winAPI) read(target string) (credential, bool, error) {
	c, err := wincred.GetGenericCredential(target)
	if errors.Is(err, wincred.ErrElementNotFound) {
		return credential{}, false, nil
	}
	if err != nil {
		return credential{}, false, winError("read", err)
	}
	return credential{target, c.UserName, c.CredentialBlob, c.LastWritten}, true, nil
}

func (winAPI) write(c credential) error {
	g := wincred.NewGenericCredential(c.target)
	g.UserName, g.CredentialBlob, g.Comment, g.Persist = c.user, c.blob, winComment, wincred.PersistEnterprise
	return winError("write", g.Write())
}

func (winAPI) erase(target string) error {
	return winError("delete", wincred.NewGenericCredential(target).Delete())
}

func winError(op string, err error) error {
	var number syscall.Errno
	switch {
	case err == nil:
		return nil
	case errors.As(err, &number):
		return &SystemError{op, fmt.Sprintf("Windows error %d", uintptr(number))}
	}
	return &SystemError{op, "the Credential Manager refused"}
}
