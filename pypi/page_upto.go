package pypi

// NewestUpTo gives the newest version that is not newer than limit and of which the
// page lists a file, yanked or not: a number that was used is used.
func (p Page) NewestUpTo(limit Version) (newest Version, ok bool) {
	for _, f := range p.Files {
		v, known := p.version(f)
		if known && v.Compare(limit) <= 0 && (!ok || v.Compare(newest) > 0) {
			newest, ok = v, true
		}
	}
	return newest, ok
}
