package sandbox

// releaseTag is what the host does for a release that is published: its tag is looked up,
// and made where it is absent. CI hears of it from the host itself, for nobody pushed.
func (w *World) releaseTag(tag, target string) (sha string, made bool, err error) {
	refs, ref := w.Remote.Refs(Slug), "refs/tags/"+tag
	if at := refs[ref]; at != "" || target == "" {
		return w.Remote.Peel(Slug, at), false, nil
	}
	if tip := refs["refs/heads/"+target]; tip != "" {
		target = tip
	}
	if _, err := w.Remote.Tree(Slug, target); err != nil {
		return "", false, err
	}
	sha, made = w.Remote.NewRef(Slug, ref, target)
	return w.Remote.Peel(Slug, sha), made, nil
}
