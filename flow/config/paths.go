package config

import (
	"fmt"
	"path/filepath"
	"runtime"
)

// place is a folder of the user: the variable that names it, and where it is else.
type place struct{ xdg, unix, mac, windows string }

// UserFile is where the user's settings live unless another file is named.
func UserFile(env func(string) string) (string, error) {
	p := place{"XDG_CONFIG_HOME", ".config", "Library/Application Support", "APPDATA"}
	dir, err := p.dir(env, runtime.GOOS)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "config.toml"), nil
}

// StateDir is where the journal and the logs live.
func StateDir(env func(string) string) (string, error) {
	p := place{"XDG_STATE_HOME", ".local/state", "Library/Application Support", "LOCALAPPDATA"}
	return p.dir(env, runtime.GOOS)
}

// CacheDir is where lives what can be read again.
func CacheDir(env func(string) string) (string, error) {
	p := place{"XDG_CACHE_HOME", ".cache", "Library/Caches", "LOCALAPPDATA"}
	return p.dir(env, runtime.GOOS)
}

// dir asks the environment each time: a test, or a child, brings its own. A
// relative XDG path is ignored, as its specification wants.
func (p place) dir(env func(string) string, system string) (string, error) {
	if d := env(p.xdg); filepath.IsAbs(d) {
		return filepath.Join(d, "ferry"), nil
	}
	base, below := "HOME", p.unix
	switch system {
	case "windows":
		base, below = p.windows, ""
	case "darwin":
		below = p.mac
	}
	home := env(base)
	if !filepath.IsAbs(home) {
		return "", fmt.Errorf("neither %s nor %s names a folder", p.xdg, base)
	}
	return filepath.Join(home, filepath.FromSlash(below), "ferry"), nil
}
