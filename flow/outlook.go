package flow

// Outlook is what CI would do with a ref, told before anything is pushed.
type Outlook struct {
	Ref         string // in full
	From        string // where the CI files were read, for people
	Deploys     []Deployment
	Skips       []Deployment // jobs with a publishing part that would not publish
	Instead     []string     // what else would publish, where the ref does not
	Undecided   []string     // what the files alone do not decide
	Diagnostics []Diagnostic
	Checks      []Check // of the project and of the host; none of them decides
}

// Deployment is a job that publishes, or would not, and why.
type Deployment struct {
	Provider, Job, Index, File string
	Line                       int
	Environment                string   // deployment environment, which may want a reviewer
	Distributions              []string // sdist, bdist_wheel; empty if the file does not say
	SkipsExisting              bool     // a file that is there already is no failure
	By                         string   // what starts it, where more than one thing happens to the ref; else ""
	Sure                       bool     // false: it depends on what the files do not decide
	Why                        []string
}

// Diagnostic is something in a CI file that is wrong, or will be.
type Diagnostic struct {
	Code, Severity, File string
	Line                 int
	Text, Fix            string
	Mends                bool // ferry check --fix does it
}

// The severities of diagnostics.
const (
	SeverityError   = "error"
	SeverityWarning = "warning"
	SeverityNote    = "note"
)
