package config

import (
	"path/filepath"
	"runtime"
	"testing"
)

func TestPlaces(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths are written for Unix")
	}
	p := place{"XDG_STATE_HOME", ".local/state", "Library/Application Support", "LOCALAPPDATA"}
	for _, tt := range []struct {
		system, key, value, want string
	}{
		{"linux", "HOME", "/home/kim", "/home/kim/.local/state/ferry"},
		{"linux", "XDG_STATE_HOME", "/x", "/x/ferry"},
		{"linux", "XDG_STATE_HOME", "relative", ""},
		{"darwin", "HOME", "/Users/kim", "/Users/kim/Library/Application Support/ferry"},
		{"darwin", "XDG_STATE_HOME", "/x", "/x/ferry"},
		{"windows", "LOCALAPPDATA", "/local", "/local/ferry"},
		{"windows", "HOME", "/home/kim", ""},
	} {
		env := func(key string) string {
			if key == tt.key {
				return tt.value
			}
			return ""
		}
		got, err := p.dir(env, tt.system)
		if filepath.ToSlash(got) != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s %s=%s: got %q, %v", tt.system, tt.key, tt.value, got, err)
		}
	}
}

func TestNoHome(t *testing.T) {
	none := func(string) string { return "" }
	for _, dir := range []func(func(string) string) (string, error){UserFile, StateDir, CacheDir} {
		if got, err := dir(none); err == nil {
			t.Errorf("got %s", got)
		}
	}
}
