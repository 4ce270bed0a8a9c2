package citest

import (
	"io/fs"
	"slices"

	"ferry/flow/ci"
	"ferry/flow/ci/rules"
)

// defaultUpload is where twine goes unless it is told otherwise.
const defaultUpload = "https://upload.pypi.org/legacy/"

// parcel is a distribution on its way to one index.
type parcel struct {
	dist
	url, shown   string
	login        login
	attestations string // sent along; "" for none
}

// publish builds the distributions of the commit and uploads them, as the CI
// file and the script say.
func (s *Server) publish(b *build, j *job, attempt int) {
	if len(b.deploys) == 0 {
		s.end(b, j, attempt, ci.StatePassed, append(passing(b.provider), notDeployed(b)...)...)
		return
	}
	if b.script.Deploy.Skip {
		s.end(b, j, attempt, ci.StatePassed, append(passing(b.provider), skipping(b.provider, "a custom condition was not met")...)...)
		return
	}
	parcels, err := s.parcels(b)
	if err != nil {
		s.end(b, j, attempt, deployFailed(b.provider), notBegun(b.provider, err)...)
		return
	}
	s.current(b, attempt, func() {
		s.keepBuilt(b, j, parcels)
		s.print(b, j, deploying(b.provider, parcels)...)
	})
	s.send(b, j, attempt, parcels)
}

// parcels builds what each index is to get.
func (s *Server) parcels(b *build) ([]parcel, error) {
	fsys, err := s.o.Checkout(b.sha)
	if err != nil {
		return nil, err
	}
	var out []parcel
	var done []string
	for _, d := range b.deploys {
		if slices.Contains(done, d.Index) {
			continue
		}
		done = append(done, d.Index)
		if err := s.gated(b, d); err != nil {
			return nil, err
		}
		dists, err := buildDists(fsys, kinds(b.script.Deploy.Files, d.Distributions))
		if err != nil {
			return nil, err
		}
		p := parcel{url: s.o.UploadURL, shown: d.Index}
		if u := s.o.Uploads[d.Index]; u != "" {
			p.url = u
		}
		if p.shown == "" {
			p.shown = defaultUpload
		}
		attests, err := s.admitted(b, d, fsys, &p)
		if err != nil {
			return nil, err
		}
		for _, p.dist = range dists {
			if attests {
				if p.attestations, err = s.attest(b, p.dist); err != nil {
					return nil, err
				}
			}
			out = append(out, p)
		}
	}
	return out, nil
}

// admitted gives a parcel what it logs in with, and says whether attestations go along.
func (s *Server) admitted(b *build, d rules.Deploy, fsys fs.FS, p *parcel) (attests bool, err error) {
	if s.trusts(b, d) {
		p.login, attests, err = s.lent(b, d, fsys, p.url)
		return attests, err
	}
	p.login, err = s.loginFor(b, d, fsys)
	return false, err
}

// kinds says which distributions are built: as the script says, else as the CI
// file does, else both.
func kinds(script, file []string) []string {
	if len(script) > 0 {
		return script
	}
	var out []string
	for _, f := range file {
		switch f {
		case "sdist":
			out = append(out, "sdist")
		case "bdist_wheel":
			out = append(out, "wheel")
		}
	}
	if len(out) == 0 {
		return []string{"sdist", "wheel"}
	}
	return out
}

// send uploads the first parcel and comes back for the rest.
func (s *Server) send(b *build, j *job, attempt int, rest []parcel) {
	if len(rest) == 0 {
		if b.script.Deploy.ThenFail {
			s.end(b, j, attempt, deployFailed(b.provider), afterDeployFailed(b.provider)...)
			return
		}
		s.end(b, j, attempt, ci.StatePassed, deployed(b.provider)...)
		return
	}
	s.later(b.script.Deploy.Slow, func() {
		p := rest[0]
		if !s.current(b, attempt, func() { s.print(b, j, uploadingLine(p)...) }) {
			return
		}
		if b.script.Deploy.Fail == p.kind {
			s.end(b, j, attempt, deployFailed(b.provider), brokenOff(p)...)
			return
		}
		if err := s.upload(p); err != nil {
			s.end(b, j, attempt, deployFailed(b.provider), refused(err)...)
			return
		}
		s.send(b, j, attempt, rest[1:])
	})
}

// deployFailed is the state of a job whose deployment fails: Travis ends such
// a job as errored, a failing step of GitHub fails it.
func deployFailed(provider string) ci.State {
	if provider == onTravis {
		return ci.StateErrored
	}
	return ci.StateFailed
}
