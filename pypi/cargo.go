package pypi

import (
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

const cargoLock = "Cargo.lock"

// cratesIO are the spellings of Rust's own index in a Cargo.lock.
func cratesIO() []string {
	return []string{"", "registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"}
}

// locks says whether a Cargo.lock is one that cargo writes into an sdist, because
// the repository keeps none: its crates are those of Rust's own index, or from where
// the manifest says.
func (m maker) locks(file, text string) bool {
	if m.pp.backend() != "maturin" && !m.pp.requires("setuptools-rust") {
		return false
	}
	var lock pyproject
	if toml.Unmarshal([]byte(text), &lock) != nil {
		return false
	}
	manifest, _, err := m.tree.optional(path.Join(path.Dir(file), cargoFile))
	crates, _ := lock.get("package").([]any)
	return err == nil && !slices.ContainsFunc(crates, func(c any) bool {
		crate, _ := c.(map[string]any)
		return !knownSource(pyproject(crate).text("source"), manifest)
	})
}

func knownSource(source, manifest string) bool {
	if slices.Contains(cratesIO(), source) {
		return true
	}
	_, address, _ := strings.Cut(source, "+")
	if end := strings.IndexAny(address, "?#"); end >= 0 {
		address = address[:end]
	}
	return address != "" && strings.Contains(manifest, `"`+address+`"`)
}

// sameCrate compares two Cargo.toml, but for the members of a workspace: maturin
// leaves out those that the sdist does not need.
func sameCrate(before, after string) bool {
	var a, b map[string]any
	if toml.Unmarshal([]byte(before), &a) != nil || toml.Unmarshal([]byte(after), &b) != nil {
		return false
	}
	for _, doc := range []map[string]any{a, b} {
		workspace, _ := doc["workspace"].(map[string]any)
		delete(workspace, "members")
		delete(workspace, "default-members")
	}
	return reflect.DeepEqual(a, b)
}
