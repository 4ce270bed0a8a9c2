package board

import (
	"strings"

	"ferry/flow"
)

// Links are the pages on which people look at what came of a run, by name, as far as
// its findings name them: "ci" the newest build, "release" the git host's release.
func (b Board) Links() map[string]string {
	out := map[string]string{}
	for _, p := range b.Row(flow.AwaitCI).Finding.Proof {
		if _, newer := out["ci"]; !newer && isPage(p.Where) {
			out["ci"] = p.Where
		}
	}
	for _, id := range []flow.ID{flow.PublishRelease, flow.HostRelease} {
		for _, p := range b.Row(id).Finding.Proof {
			if isPage(p.Where) && strings.HasPrefix(p.What, "release ") {
				out["release"] = p.Where
			}
		}
	}
	return out
}

func isPage(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}
