package pypi

import (
	"path"
	"strings"
)

const cargoFile = "Cargo.toml"

// cargo finds the manifest that maturin builds: the one that is named, the one
// at the root, or that in rust/.
func (r reader) cargo() (manifest pyproject, file string, err error) {
	files := []string{cargoFile, "rust/" + cargoFile}
	if file := r.pp.text("tool", "maturin", "manifest-path"); file != "" {
		files = []string{file}
	}
	for _, file := range files {
		manifest, err := r.tree.toml(file)
		if err != nil || manifest != nil {
			return manifest, path.Clean(file), err
		}
	}
	return nil, files[0], nil
}

// maturinVersion is the crate's, which may be that of its workspace.
func (r reader) maturinVersion() (found, error) {
	manifest, file, err := r.cargo()
	if err != nil || manifest == nil {
		return found{dynamic: file + " is not there"}, err
	}
	table := []string{"package", "version"}
	if manifest.get("package", "version", "workspace") == true {
		table = []string{"workspace", "package", "version"}
		if manifest, file, err = r.workspace(manifest, file); err != nil || manifest == nil {
			return found{dynamic: "no workspace of " + file + " was found"}, err
		}
	}
	text := manifest.text(table...)
	if text == "" || strings.Contains(text, "+") {
		return found{dynamic: file + " does not state it plainly"}, nil
	}
	return found{text: text, source: file + " [" + strings.Join(table[:len(table)-1], ".") + "]"}, nil
}

// workspace looks for the manifest of the workspace above a crate, inside the tree.
func (r reader) workspace(crate pyproject, file string) (manifest pyproject, at string, err error) {
	if crate.has("workspace") {
		return crate, file, nil
	}
	dir := path.Dir(file)
	if up := crate.text("package", "workspace"); up != "" {
		at = path.Join(dir, up, cargoFile)
		manifest, err = r.tree.toml(at)
		return manifest, at, err
	}
	for dir != "." {
		dir = path.Dir(dir)
		at = path.Join(dir, cargoFile)
		if manifest, err = r.tree.toml(at); err != nil || manifest.has("workspace") {
			return manifest, at, err
		}
	}
	return nil, file, nil
}

// mesonVersion is what project() of meson.build says, if it says it as a text.
func (r reader) mesonVersion() (found, error) {
	const file = "meson.build"
	text, there, err := r.tree.optional(file)
	if err != nil || !there {
		return found{dynamic: file + " is not there"}, err
	}
	tokens, err := tokenize(file, text)
	if err != nil {
		return found{}, err
	}
	if len(tokens) < 2 || !tokens[0].name("project") || !tokens[1].is("(") {
		return found{dynamic: file + " does not begin with project()"}, nil
	}
	for i, t := range tokens {
		if t.depth == 0 && t.isLine() {
			break
		}
		if t.depth == 1 && t.name("version") && tokens[i+1].is(":") && i+3 < len(tokens) &&
			tokens[i+2].plain && (tokens[i+3].is(",") || tokens[i+3].is(")")) {
			return found{text: tokens[i+2].text, source: atLine(file, t.line, "meson project")}, nil
		}
	}
	return found{dynamic: file + " does not state it plainly"}, nil
}
