package gitops

import (
	"bufio"
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"ferry/keyring"
)

const maxNetrc = 1 << 20

// NetrcLogin is what ~/.netrc (_netrc on Windows) says of the host: git reads it
// by way of curl. An entry for every host, "default", is bound to none, and is
// left out.
func NetrcLogin() Source {
	return func(ctx context.Context, rawurl string) (Login, error) {
		if err := ctx.Err(); err != nil {
			return Login{}, err
		}
		u, err := url.Parse(rawurl)
		if err != nil {
			return Login{}, &UnsupportedError{"credentials for something that is no http URL"}
		}
		f, err := openNetrc()
		if err != nil {
			return Login{}, nil // most people have none
		}
		defer f.Close()
		for _, e := range readNetrc(io.LimitReader(f, maxNetrc)) {
			if named := u.User.Username(); e.machine == u.Hostname() && (named == "" || named == e.login) {
				return Login{User: e.login, Secret: e.password, Source: "~/.netrc"}, nil
			}
		}
		return Login{}, nil
	}
}

func openNetrc() (*os.File, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	name := ".netrc"
	if runtime.GOOS == "windows" {
		name = "_netrc"
	}
	return openRegular(filepath.Join(home, name))
}

type netrcEntry struct {
	machine, login string
	password       keyring.Secret
}

// readNetrc reads the entries in their order. A line that begins with # is none,
// and a macro goes on to an empty line.
func readNetrc(r io.Reader) []netrcEntry {
	entries := []netrcEntry{{}} // what stands before the first machine belongs to nobody
	key, macro := "", false
	for lines := bufio.NewScanner(r); lines.Scan(); {
		words := strings.Fields(lines.Text())
		macro = macro && len(words) > 0
		for i, word := range words {
			if macro || i == 0 && key == "" && strings.HasPrefix(word, "#") {
				break
			}
			key, macro = entries[len(entries)-1].take(key, word), key == "" && word == "macdef"
			if key == "machine" || key == "default" {
				entries = append(entries, netrcEntry{})
			}
		}
	}
	return entries
}

// take reads a word: a key, or the value of the key before it. It gives the key
// whose value is to come.
func (e *netrcEntry) take(key, word string) string {
	switch key {
	case "machine":
		e.machine = word
	case "login":
		e.login = netrcValue(word)
	case "password":
		e.password = keyring.NewSecret(netrcValue(word))
	case "account":
	default:
		return word
	}
	return ""
}

// netrcValue takes off the quotes that newer curls allow.
func netrcValue(word string) string {
	if len(word) < 2 || word[0] != '"' || word[len(word)-1] != '"' {
		return word
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(word[1 : len(word)-1])
}
