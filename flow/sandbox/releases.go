package sandbox

import "ferry/flow/ci/citest"

// hostRelease TAG draft|published AGO TITLE: the git host has a release. Its tag is not
// made by that.
func (w *World) hostRelease(args []string) error {
	at, err := ago(args[2])
	if err != nil {
		return err
	}
	r := citest.Release{Tag: args[0], Title: args[3], Target: "main", Draft: args[1] == "draft", Created: at}
	if !r.Draft {
		r.Published = at
	}
	w.CI.AddRelease(r)
	return nil
}
