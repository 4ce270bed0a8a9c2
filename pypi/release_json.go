package pypi

import "strings"

// releasePage is /pypi/NAME/VERSION/json.
type releasePage struct {
	Info *struct {
		Name    *string `json:"name"`
		Version *string `json:"version"`
		Home    string  `json:"release_url"`
	} `json:"info"`
	URLs      *[]releaseFile `json:"urls"`
	Serial    int64          `json:"last_serial"`
	Ownership struct {
		Roles []Role `json:"roles"`
	} `json:"ownership"`
}

type releaseFile struct {
	Filename string            `json:"filename"`
	URL      string            `json:"url"`
	Digests  map[string]string `json:"digests"`
	Size     int64             `json:"size"`
	Uploaded string            `json:"upload_time_iso_8601"`
	Requires string            `json:"requires_python"`
	Yanked   bool              `json:"yanked"`
	Reason   string            `json:"yanked_reason"`
}

func parseReleaseJSON(a answer, p Page, version string) (Page, error) {
	if a.kind != "application/json" {
		return unread(p), a.notIndex("it is not JSON")
	}
	var r releasePage
	if err := a.decode(&r); err != nil {
		return unread(p), err
	}
	if r.Info == nil || r.Info.Name == nil || r.Info.Version == nil || r.URLs == nil {
		return unread(p), a.notIndex("the JSON has no info or urls")
	}
	if NormalizeName(*r.Info.Name) != p.Name || !sameVersion(*r.Info.Version, version) {
		return unread(p), a.notIndex("the page is of another release")
	}
	for _, u := range *r.URLs {
		at, err := fileURL(a.url, u.URL)
		if err != nil {
			return unread(p), a.notIndex(err.Error())
		}
		f := File{
			Name: u.Filename, URL: at, SHA256: strings.ToLower(u.Digests["sha256"]), BLAKE2: strings.ToLower(u.Digests["blake2b_256"]), Size: u.Size,
			Yanked: u.Yanked, YankedReason: u.Reason, RequiresPython: u.Requires,
			Uploaded: uploadTime(u.Uploaded),
		}
		if err := f.check(); err != nil {
			return unread(p), a.notIndex(err.Error())
		}
		p.Files = append(p.Files, f)
	}
	p.Versions = []string{*r.Info.Version}
	p.Serial = max(p.Serial, r.Serial)
	p.Roles, p.Home = r.Ownership.Roles, r.Info.Home
	return p, nil
}

func sameVersion(a, b string) bool {
	v, err := ParseVersion(a)
	w, err2 := ParseVersion(b)
	return err == nil && err2 == nil && v.Equal(w)
}
