package pypi

import "strings"

const (
	rcDistutils = "distutils"
	rcServers   = "index-servers"
	rcLogin     = "server-login"

	pypiUpload     = "https://upload.pypi.org/legacy/"
	testpypiUpload = "https://test.pypi.org/legacy/"
)

// rcBuiltin are the indexes that twine knows without a section.
var rcBuiltin = map[string]string{"pypi": pypiUpload, "testpypi": testpypiUpload}

// rcKeys are what twine reads of an index's section.
var rcKeys = []string{"username", "repository", "password", "ca_cert", "client_cert"}

// get is RawConfigParser.get: the section's own value, else that of [DEFAULT].
// Without the section there is none, whatever [DEFAULT] says.
func (d *rcDoc) get(section, key string) (string, bool) {
	s := d.section(section)
	if section == rcDefault {
		s = d.defaults
	}
	if s == nil {
		return "", false
	}
	for _, from := range []*rcSection{s, d.defaults} {
		if o := from.own(key); o != nil {
			return o.text(), true
		}
	}
	return "", false
}

// servers are the names that index-servers lists, and whether it does.
func (d *rcDoc) servers() (names []string, listed bool) {
	text, ok := d.get(rcDistutils, rcServers)
	if !ok {
		return []string{"pypi", "testpypi"}, false
	}
	return strings.FieldsFunc(text, rcSpace), true
}

// config is twine's get_config: only listed sections count, pypi always has an
// address, and [server-login] gives what a section does not say.
func (d *rcDoc) config() map[string]map[string]string {
	out := map[string]map[string]string{"pypi": d.login()}
	out["pypi"]["repository"] = pypiUpload
	names, _ := d.servers()
	for _, name := range names {
		if name == "testpypi" && out[name] == nil {
			out[name] = d.login()
			out[name]["repository"] = testpypiUpload
		}
		for _, key := range rcKeys {
			value, ok := d.get(name, key)
			if !ok {
				continue
			}
			if out[name] == nil {
				out[name] = d.login()
			}
			out[name][key] = value
		}
	}
	return out
}

// login are the defaults that [server-login] gives every index.
func (d *rcDoc) login() map[string]string {
	out := map[string]string{}
	for _, key := range []string{"username", "password"} {
		if v, ok := d.get(rcLogin, key); ok {
			out[key] = v
		}
	}
	return out
}
