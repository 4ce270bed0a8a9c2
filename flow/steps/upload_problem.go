package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ferry/flow"
	"ferry/pypi"
)

// no is what an index's refusal of a file means: its code, what is true, and what
// to type, in which CMD stands for the upload by hand.
type no struct {
	code  string
	class flow.Class
	retry string
	means string
	next  []string
}

// CMD, LOGIN, VERIFY and the names of pages are filled in by refusal.
func noes() map[pypi.Refusal]no {
	const f, c, k, w = flow.ClassFailed, flow.ClassConflict, flow.ClassCredentials, flow.ClassWaiting
	const safe, bump = flow.RetrySafe, flow.RetryNewVersion
	login, again, built := []string{"LOGIN", "CMD"}, []string{"CMD"}, []string{"python3 -m build", "CMD"}
	return map[pypi.Refusal]no{
		pypi.RefusedToken:           {flow.CodeUploadToken, k, safe, "the token or the password is unknown there: it was deleted, or it is another index's. A new one is made at TOKENPAGE", login},
		pypi.RefusedPassword:        {flow.CodeUploadPassword, k, safe, "it takes API tokens only, with the user __token__. One is made at TOKENPAGE", login},
		pypi.RefusedProject:         {flow.CodeUploadProject, k, safe, "the account may not upload to the project, or the project is archived or withdrawn. An owner can add the account; where the index gives no reason it may also be the password", []string{"ferry auth status", "LOGIN", "CMD"}},
		pypi.RefusedScope:           {flow.CodeUploadScope, k, safe, "the token is for other projects, and no token for one project can make a new one. Make one for this project, or for the whole account, at TOKENPAGE", login},
		pypi.RefusedExpired:         {flow.CodeUploadExpired, k, safe, "the token is past its time. A new one is made at TOKENPAGE", login},
		pypi.RefusedAccount:         {flow.CodeUploadAccount, k, safe, "the account lacks a verified address or a second factor, or its organisation is not in good standing. The account's own pages change that", again},
		pypi.RefusedPublisher:       {flow.CodeUploadPublisher, k, safe, "the trusted publisher is for a project of another name than the metadata says; both must be the same", again},
		pypi.RefusedReadOnly:        {flow.CodeUploadReadOnly, w, safe, "the index takes nothing just now; its administrators have switched that off for everybody", again},
		pypi.RefusedName:            {flow.CodeUploadName, f, safe, "the name is kept back by the index, or malformed. Its administrators can be asked; else the project needs another name", built},
		pypi.RefusedNameStdlib:      {flow.CodeUploadStdlib, f, safe, "the name is that of a module of Python's own. The project needs another name", built},
		pypi.RefusedNameSimilar:     {flow.CodeUploadSimilar, f, safe, "people could not tell the name from that of a project that is there. The project needs another name", built},
		pypi.RefusedNameTaken:       {flow.CodeUploadTaken, c, flow.RetryUnknown, "somebody else has made a project of that name in this moment", []string{"VERIFY"}},
		pypi.RefusedProjectRate:     {flow.CodeUploadProjectRate, w, safe, "an account may make 20 new projects an hour, and a network address 40", again},
		pypi.RefusedMetadataVersion: {flow.CodeUploadMetadataVersion, f, safe, "the build backend writes metadata newer than the index reads. Pin an older backend in build-system.requires", built},
		pypi.RefusedLocalVersion:    {flow.CodeUploadLocal, f, bump, "a version with a + is a local one. Build at a tagged, clean commit, or drop what follows the +", built},
		pypi.RefusedDirectURL:       {flow.CodeUploadDirectURL, f, safe, "a dependency is named by its address. Depend on a version of what is on the index", built},
		pypi.RefusedMetadata:        {flow.CodeUploadMetadata, f, safe, "a field of the metadata is not as the index wants it. Change it in the project's configuration and build again", built},
		pypi.RefusedDescription:     {flow.CodeUploadDescription, f, safe, "the description is broken reStructuredText, or is Markdown and does not say so: set its content type", append([]string{"CHECK"}, built...)},
		pypi.RefusedExists:          {flow.CodeUploadExists, c, bump, "the index never replaces a file, and neither does ferry", []string{"VERIFY"}},
		pypi.RefusedDeleted:         {flow.CodeUploadDeleted, c, bump, "a deleted file's name is used up for ever. Release under a new version", built},
		pypi.RefusedOld:             {flow.CodeUploadOld, f, bump, "a release takes new files for 14 days. It cannot be completed any more; release a new version", built},
		pypi.RefusedSdist:           {flow.CodeUploadSdist, c, bump, "the release has another sdist, and a release has one", []string{"VERIFY"}},
		pypi.RefusedFilename:        {flow.CodeUploadFilename, f, safe, "the file's name is not what its metadata makes it. A newer backend names it right", built},
		pypi.RefusedPlatform:        {flow.CodeUploadPlatform, f, safe, "wheels for plain linux or an unknown system are not taken. Build in a manylinux or musllinux image, or repair with auditwheel", []string{"auditwheel repair dist/*.whl", "CMD"}},
		pypi.RefusedSize:            {flow.CodeUploadSize, f, safe, "the file is larger than the project may upload: make it smaller, or ask the index for a higher limit", again},
		pypi.RefusedProjectSize:     {flow.CodeUploadProjectSize, f, safe, "all files of the project together would be over its limit: delete old releases there, or ask for a higher limit", again},
		pypi.RefusedDigest:          {flow.CodeUploadDigest, f, safe, "what arrived is not what was hashed here: the file changed meanwhile, or the way spoilt it", again},
		pypi.RefusedArchive:         {flow.CodeUploadArchive, f, safe, "something in the file is missing, doubled or malformed. Build it anew, with a current backend", built},
		pypi.RefusedAddress:         {flow.CodeUploadAddress, flow.ClassUsage, safe, "index.NAME.upload is not where that index takes uploads; PyPI's is https://upload.pypi.org/legacy/ with the slash at its end. WHERESET", []string{"ADDRESS", "CMD"}},
		pypi.RefusedRegister:        {flow.CodeUploadRegister, f, safe, "the index registers no names ahead: the first file makes the project", again},
		pypi.RefusedRate:            {flow.CodeUploadRate, w, safe, "the index wants fewer requests", again},
		pypi.RefusedServer:          {flow.CodeUploadServer, flow.ClassUnknown, safe, "the fault is the server's, and whether the file landed is not known; to send the same bytes again is safe where the index compares them, as PyPI does", []string{"VERIFY", "CMD"}},
		pypi.RefusedOther:           {flow.CodeUploadRefused, f, flow.RetryUnknown, "the index's own words are all that is known of the reason", again},
	}
}

// addressIsSet is where the address of an upload can come from.
const addressIsSet = "The address is set in ferry.toml, in [tool.ferry] of pyproject.toml, or in your own settings; PyPI's and TestPyPI's are built in"

// refusal is the Problem of a kind, without its sentence.
func (s Upload) refusal(why pypi.Refusal) *flow.Problem {
	n, known := noes()[why]
	if !known {
		n = noes()[pypi.RefusedOther]
	}
	page := s.World.Index.TokenPage("")
	if page == "" {
		page = "the index's pages"
	}
	fill := strings.NewReplacer("TOKENPAGE", page, "WHERESET", addressIsSet, "index.NAME", "index."+s.World.Index.Name())
	p := &flow.Problem{Code: n.code, Class: n.class, Retry: n.retry, Now: []string{fill.Replace(n.means)}}
	for _, words := range n.next {
		p.Next = append(p.Next, s.command(words))
	}
	return p
}

func (s Upload) command(word string) string {
	switch word {
	case "CMD":
		return flow.Shell(s.Command())
	case "LOGIN":
		return flow.Shell([]string{"ferry", "auth", "login", s.World.Index.Name()})
	case "VERIFY":
		return s.verify()
	case "ADDRESS":
		return "git grep --untracked -n upload -- :/ferry.toml :/pyproject.toml"
	case "CHECK":
		if s.From[s.Files[0].File] != "" {
			return flow.Shell(s.Command()) // the file is gone when we are
		}
		return flow.Shell([]string{"twine", "check", s.Files[0].Path})
	}
	return word
}

// problem says what it means that a file was not taken.
func (s Upload) problem(a *pypi.Artifact, err error) error {
	var said *pypi.RefusedError
	var lost *pypi.UncertainError
	var gone *pypi.UnreachableError
	switch {
	case errors.As(err, &said):
		return s.alone(a).refused(a.File, said)
	case errors.As(err, &lost):
		p := s.alone(a).refusal(pypi.RefusedServer)
		p.Code, p.Text, p.Err = flow.CodeUploadUncertain, fmt.Sprintf("Whether %s took %s is not known: %v", s.World.Index.Label(), a.File, lost.Err), err
		p.Now = []string{"no page shows it yet; to send the same bytes again is safe where the index compares them, as PyPI does"}
		return p
	case errors.Is(err, pypi.ErrPlainHTTP):
		return &flow.Problem{Code: flow.CodeUploadPlain, Class: flow.ClassUsage, Retry: flow.RetrySafe, Err: err, Text: "The upload address of " + s.World.Index.Label() + " is plain http",
			Now: []string{"nothing was sent: the password would go over the network for all to read", addressIsSet}, Next: []string{s.command("ADDRESS"), s.command("CMD")}}
	case errors.As(err, &gone):
		p := s.World.indexProblem(err)
		p.Now, p.Next = []string{a.File + " was not sent"}, []string{flow.Shell(s.Command())}
		return p
	}
	return err
}

// refused is the Problem of a refusal, in the index's own words.
func (s Upload) refused(what string, said *pypi.RefusedError) *flow.Problem {
	p := s.refusal(said.Why)
	p.Text, p.Err = fmt.Sprintf("%s does not take %s: status %d", s.World.Index.Label(), what, said.Status), said
	if said.Text != "" {
		p.Text = fmt.Sprintf("%s does not take %s: %s", s.World.Index.Label(), what, said.Text)
		p.Lines = plainLines(said.Text)
	}
	p.Now = append(p.Now, what+" is not on the index by this attempt")
	if pypi.Uncertain(said) {
		p.Now = p.Now[:1]
	}
	if said.RetryAfter > 0 {
		p.Now = append(p.Now, "the server asks to wait "+said.RetryAfter.Round(time.Second).String())
	}
	return p
}

// exists: the index says that it has the file. Its own page says whose bytes
// these are; ours are no failure.
func (s Upload) exists(ctx context.Context, a *pypi.Artifact, said *pypi.RefusedError, log flow.Log) error {
	l := s.alone(a).look(flow.WithReading(ctx))
	switch l.stand[0] {
	case present:
		log(a.File + ": it is there already, with these bytes")
		return nil
	case otherBytes:
		p := s.otherBytes(a, l)
		p.Err = said
		return p
	}
	p := s.alone(a).refused(a.File, said)
	if name := l.under(a.SHA256); name != "" {
		p.Now = append(p.Now, "the same bytes are there under the name "+name)
		return p
	}
	p.Class, p.Retry = flow.ClassUnknown, flow.RetryUnknown
	p.Now = append(p.Now, "no page shows the file yet, so whether its bytes are ours is not known")
	return p
}

// under is another name under which a page shows these bytes.
func (l uploadLook) under(sha256 string) string {
	for _, sf := range l.surfaces {
		for _, f := range sf.page.Files {
			if f.SHA256 == sha256 {
				return f.Name
			}
		}
	}
	return ""
}

// otherBytes: the name is taken by a file that is not ours.
func (s Upload) otherBytes(a *pypi.Artifact, l uploadLook) *flow.Problem {
	p := s.alone(a).refusal(pypi.RefusedExists)
	p.Text = fmt.Sprintf("%s has another file under the name %s", s.World.Index.Label(), a.File)
	p.Now = append(p.Now, "here its sha256 is "+a.SHA256)
	if theirs := l.named(a.File); theirs != nil {
		p.Now = append(p.Now, "there it is "+orUnnamed(theirs.SHA256))
		p.Lines = []string{theirs.URL}
	}
	return p
}

func orUnnamed(sha256 string) string {
	if sha256 == "" {
		return "another: the downloaded bytes differ"
	}
	return sha256
}

// named is a file as the first page shows it that does.
func (l uploadLook) named(file string) *pypi.File {
	for _, sf := range l.surfaces {
		if f := find(sf.files, file); f != nil {
			return f
		}
	}
	return nil
}

// changed: the file is not the one that was looked at.
func (s Upload) changed(a *pypi.Artifact, err error) error {
	return &flow.Problem{Code: flow.CodeUploadChanged, Class: flow.ClassConflict, Retry: flow.RetrySafe, Err: err, Text: fmt.Sprintf("%s changed while it was looked at: %v", a.File, err),
		Now: []string{a.File + " was not sent"}, Next: []string{flow.Shell(s.Command())}}
}

// noLogin keeps a Problem that the source of the login has.
func (s Upload) noLogin(err error) error {
	var p *flow.Problem
	if errors.As(err, &p) || errors.Is(err, context.Canceled) {
		return err
	}
	p = s.refusal(pypi.RefusedToken)
	p.Text, p.Err = fmt.Sprintf("There is nothing to log in to %s with: %v", s.World.Index.Label(), err), err
	p.Now = append([]string{"nothing was sent"}, p.Now...)
	return p
}
