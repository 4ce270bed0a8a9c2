package ci

import (
	"context"
	"fmt"
	"strings"
)

// What follows are the capabilities of providers that a repository is set up with.
// S is keyring.Secret, which this package does not know.

// Sealer is a provider that keeps a key pair for the repository: what anybody
// encrypts with the public half, only the repository's own builds can read.
type Sealer[S any] interface {
	// PublicKey asks for the key of the moment. A NotFoundError says whether the
	// repository is not known, or has no key yet.
	PublicKey(ctx context.Context) (PublicKey, error)
	// Seal encrypts a value as the provider's files want it, in base64. Each time
	// gives another text. A value that does not fit is a TooLongError.
	Seal(value S, key PublicKey) (string, error)
}

// PublicKey is the public half of a repository's key pair.
type PublicKey struct {
	PEM         string // text from outside
	Fingerprint string // MD5 of the ssh-rsa form, as hex with colons; computed by us
	Origin      string // host of the API that gave it: it opens nothing elsewhere
	Bits        int
	Room        int // length of the longest value that fits, in bytes
}

// Opens says whether what was sealed with the key of that fingerprint can be read by
// builds that have this key. The error is a KeyChangedError.
func (k PublicKey) Opens(noted string) error {
	if strings.EqualFold(noted, k.Fingerprint) {
		return nil
	}
	return &KeyChangedError{Noted: noted, Now: k.Fingerprint}
}

// KeyChangedError means that a value was sealed with another key than the present
// one: builds cannot read it, and say nothing of it.
type KeyChangedError struct{ Noted, Now string } // fingerprints; Noted is text from outside

func (e *KeyChangedError) Error() string {
	return fmt.Sprintf("the value was sealed with the key %s, and the key is %s now: builds can no longer read it", e.Noted, e.Now)
}

// FingerprintError means that a key is not the one that the provider names beside it.
type FingerprintError struct {
	Provider       string
	Said, Computed string // Said is text from outside
}

func (e *FingerprintError) Error() string {
	return fmt.Sprintf("%s gives a key with the fingerprint %s and says that it is %s", e.Provider, e.Computed, e.Said)
}

// TooLongError means that a value does not fit into what a key can seal.
type TooLongError struct {
	Provider         string
	Size, Room, Bits int // bytes of the value, and that fit; bits of the key
}

func (e *TooLongError) Error() string {
	return fmt.Sprintf("the value has %d bytes, and the %d-bit key of %s seals %d at most: put it into the settings as a private variable, "+
		"or make a new key pair, which spoils every other sealed value of the repository", e.Size, e.Bits, e.Provider, e.Room)
}

// UnfitValueError means that a value would not arrive in a build as it is.
type UnfitValueError struct{ Why string }

func (e *UnfitValueError) Error() string { return "the value " + e.Why }

// EndpointError means that an address is not the API that keeps the repository's keys.
type EndpointError struct{ Provider, URL, Instead string }

func (e *EndpointError) Error() string {
	return fmt.Sprintf("%q is not the API of %s, which is %s: keys and settings differ from one to the other", e.URL, e.Provider, e.Instead)
}

// Settings is a provider that gives builds variables which are in no file.
type Settings[S any] interface {
	Variables(ctx context.Context) ([]Variable, error)
	// CreateVariable makes a private one. One of that name and branch is there
	// already: that is a ConflictError.
	CreateVariable(ctx context.Context, name, branch string, value S) (Variable, error)
	// UpdateVariable gives a variable a value, and makes it private.
	UpdateVariable(ctx context.Context, v Variable, value S) (Variable, error)
	DeleteVariable(ctx context.Context, v Variable) error
}

// Variable is one of the settings. Its value is never read.
type Variable struct {
	ID, Name string // from outside, as is Branch
	Branch   string // only builds of this one get it; "" is every branch
	Public   bool   // shown in logs
}

// Activator is a provider that begins to build a repository when it is told to.
type Activator interface {
	SetActive(ctx context.Context, on bool) error
	SetPushBuilds(ctx context.Context, on bool) error
}

// Syncer is a provider that learns of repositories by looking at the git host now
// and then.
type Syncer interface {
	Account(ctx context.Context) (Account, error)
	// Sync asks for a look. That one goes on already is a ConflictError.
	Sync(ctx context.Context) error
}

// Account is who a token is of.
type Account struct {
	ID, Login string
	Syncing   bool
}

// Configurer is a provider whose builds are described on its server, and not in
// the repository.
type Configurer interface {
	// Draft makes the document of the configuration and changes nothing: the one
	// that is there, changed as the recipe says, or a new one.
	Draft(ctx context.Context, r Recipe) (Draft, error)
	// Save writes a draft, unless the server has something else by now than the
	// draft was made from, and gives the configuration's id.
	Save(ctx context.Context, d Draft) (id string, err error)
	// Remove takes away the configuration that a draft was made from, if the server
	// still has it as it was then, and nothing runs there or stands below it.
	Remove(ctx context.Context, d Draft) error
	// Rehearse asks once for a build that releases nothing, as Triggerer does, and
	// gives the request.
	Rehearse(ctx context.Context, q Query, version string) (request string, err error)
	// Rehearsals are the builds that were asked for so, of any commit, and what waits
	// to be one, newest first. None is a positive answer.
	Rehearsals(ctx context.Context, version string) ([]Build, error)
}

// Recipe says what a configuration is to be.
type Recipe struct {
	Template    string // path of a configuration that a new one is made from; "" is a plain one of ours
	Description string
	Step        string   // name of the step; "" is the only one there is
	Command     string   // what the step runs; "" releases the version that a build is asked for
	FromTag     bool     // that command names the version, which no file of the project does
	Variables   []string // what the command reads besides the provider's own
}

// Draft is the document of a configuration that is not on the server yet.
type Draft struct {
	Path, ID   string // ID is "" if there is none yet
	Page       string // of the server, for people
	Before     []byte // what the server has; nil without an ID
	XML        []byte
	Was, Will  string   // both, for people: what they keep secret is hidden
	Undeclared []string // variables that a person has to declare: the server's form for them is not known
	Notes      []string // what of the template does something by itself
	NoRehearse string   // why a rehearsal would do more than say what a release would do; "" if it would not
}

// Changes says whether there is anything to save.
func (d Draft) Changes() bool { return d.ID == "" || string(d.Before) != string(d.XML) }

// StepError means that a recipe names no step of a configuration, or that there is
// not just one.
type StepError struct {
	Path, Step string
	Steps      []string // the ones that run a command; text from outside
}

func (e *StepError) Error() string {
	switch {
	case len(e.Steps) == 0:
		return fmt.Sprintf("no step of %s runs a command", e.Path)
	case e.Step == "":
		return fmt.Sprintf("%s has several steps that run a command: %q", e.Path, e.Steps)
	}
	return fmt.Sprintf("%s has no step %q that runs a command; those that do are %q", e.Path, e.Step, e.Steps)
}

// RejectedError means that a server failed on a document and did not say why.
// Whether it kept anything of it is for another look to say.
type RejectedError struct {
	Provider, What string
	Status         int
	Text           string // text from outside
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("%s failed on %s (HTTP %d): %s", e.Provider, e.What, e.Status, e.Text)
}
