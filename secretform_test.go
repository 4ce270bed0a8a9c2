package main

import (
	"go/ast"
	gotoken "go/token"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// opened are the places outside keyring that open a Secret, and what for. A new
// one is a deliberate act. None keeps what it was lent.
var opened = map[string]string{
	"gitops/http.go request":                   "the login, and headers of the person's configuration, of a request to git's host",
	"gitops/headerlogin.go HeaderLogin":        "reads whose login a build server left",
	"gitops/sshlocked.go try":                  "decrypts the key",
	"flow/ci/github/transport.go RoundTrip":    "the login of a request to the API's own host",
	"flow/ci/travis/travis.go prepare":         "the login of a request to the API's own host",
	"flow/ci/travis/encrypt.go Seal":           "encrypts it with the repository's key",
	"flow/ci/travis/settings.go body":          "the value of a private variable of the settings, in the body of its own request",
	"flow/ci/gitea/gitea.go prepare":           "the login of a request to the API's own host",
	"flow/ci/gitlab/transport.go RoundTrip":    "the login of a request to the API's own address",
	"flow/ci/quickbuild/quickbuild.go prepare": "the login of a request to the server's own host",
	"secrets.go whose":                         "the login of one request, which follows no redirect",
	"ui/cli/auth_read.go begins":               "looks at how it begins",
	"pypi/token.go ParseToken":                 "reads the token's own limits",
	"pypi/pypirc_prove.go prove":               "compares with what the file now says",
	"pypi/pypirc_edit.go check":                "refuses characters that a line cannot hold",
	"pypi/pypirc_edit.go setPassword":          "writes the line of ~/.pypirc",
	"pypi/upload.go send":                      "the login of an upload; a redirect is not followed",
	"gitops/credential.go credential":          "the standard input of git credential",
	"gitops/credential.go TypedLogin":          "seals the question that git credential approve gets",
}

// TestSecretsAreOpenedInFewPlaces: outside keyring a Secret is opened where it
// leaves for its own service, or is looked at.
func TestSecretsAreOpenedInFewPlaces(t *testing.T) {
	listed(t, opened, "opens a Secret", func(s parsed, n ast.Node) bool {
		name, _ := s.called(n)
		return name == "(ferry/keyring.Secret).Use"
	})
}

// logins are the places that write a login into a request.
var logins = map[string]string{
	"gitops/http.go request":                   "git's host; a redirect to another loses it",
	"flow/ci/github/transport.go RoundTrip":    "the API's own host",
	"flow/ci/travis/travis.go prepare":         "the API's own address",
	"flow/ci/gitea/gitea.go prepare":           "the API's own address; no redirect is followed",
	"flow/ci/gitlab/transport.go RoundTrip":    "the API's own address",
	"flow/ci/quickbuild/quickbuild.go prepare": "the server's own address; no redirect is followed",
	"secrets.go whose":                         "the API's own address",
	"pypi/upload.go send":                      "the upload URL of the configuration",
}

// TestLoginsAreSetInFewPlaces: the header that logs in.
func TestLoginsAreSetInFewPlaces(t *testing.T) {
	listed(t, logins, "sets a login", func(s parsed, n ast.Node) bool {
		name, call := s.called(n)
		switch name {
		case "(*net/http.Request).SetBasicAuth":
			return true
		case "(net/http.Header).Set", "(net/http.Header).Add":
			header := literal(call.Args[0])
			return strings.EqualFold(header, "Authorization") || strings.EqualFold(header, "Proxy-Authorization") || strings.EqualFold(header, "PRIVATE-TOKEN")
		}
		return false
	})
}

// listed checks that a thing is done in just the places of a list.
func listed(t *testing.T, places map[string]string, what string, is func(parsed, ast.Node) bool) {
	t.Helper()
	seen := map[string]bool{}
	each(t, func(s parsed, place, at string, n ast.Node) {
		if !is(s, n) {
			return
		}
		seen[place] = true
		if places[place] == "" {
			t.Errorf("%s: %q %s, and is not on the list", at, place, what)
		}
	})
	for place := range places {
		if !seen[place] {
			t.Errorf("%q is on the list, and nothing there %s any more", place, what)
		}
	}
}

func literal(n ast.Node) string {
	if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == gotoken.STRING {
		s, _ := strconv.Unquote(lit.Value)
		return s
	}
	return ""
}

// secretName is how a variable is called that holds a secret. A token may be one
// of a grammar: such are listed.
var secretName = regexp.MustCompile(`(?i)(password|passwd|passphrase|secret|token|apikey|credential)`)

// harmless are names of that kind that hold none.
var harmless = map[string]string{
	"gitops/address.go password":    "of a URL; it is sealed in the next line",
	"gitops/sshpkcs8.go passphrase": "lent by Use, to open the key",
	"pypi/pypirc_edit.go password":  "lent by Use, for the line of ~/.pypirc",
	"pypi/pypirc_prove.go password": "what the file that was just written says, to be compared",
}

// TestASecretIsNoText: nothing outside keyring that is called like a secret is a
// string, bytes, or a list or map of them.
func TestASecretIsNoText(t *testing.T) {
	seen := map[string]bool{}
	each(t, func(s parsed, place, at string, n ast.Node) {
		id, ok := n.(*ast.Ident)
		if !ok || !secretName.MatchString(id.Name) {
			return
		}
		o := s.info.Defs[id]
		switch o.(type) {
		case *types.Var:
		default:
			return // what stands in the program is no secret of anybody's
		}
		file, _, _ := strings.Cut(place, " ")
		if strings.HasPrefix(file, "flow/ci/rules/") && strings.Contains(strings.ToLower(id.Name), "token") {
			return // it reads languages, whose words are tokens
		}
		if name := file + " " + id.Name; harmless[name] != "" {
			seen[name] = true
		} else if isText(o.Type()) {
			t.Errorf("%s: %s is a %s, and not a keyring.Secret", at, id.Name, o.Type())
		}
	})
	for name := range harmless {
		if !seen[name] {
			t.Errorf("%q is on the list, and there is none any more", name)
		}
	}
}

// isText says so of string and bytes. A type of its own, a class of problems for
// one, says what it is.
func isText(t types.Type) bool {
	switch u := types.Unalias(t).(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0
	case *types.Pointer:
		return isText(u.Elem())
	case *types.Slice:
		b, ok := u.Elem().Underlying().(*types.Basic)
		return ok && b.Kind() == types.Byte || isText(u.Elem())
	case *types.Map:
		return isText(u.Key()) || isText(u.Elem())
	}
	return false
}

// secretVariable is the environment's name of a secret.
var secretVariable = regexp.MustCompile(`^(FERRY_TOKEN_.*|[A-Z_]+_(TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET))$`)

// TestTheEnvironmentsSecretsComeSealed: a variable that holds a secret is read by
// keyring.FromEnv alone.
func TestTheEnvironmentsSecretsComeSealed(t *testing.T) {
	each(t, func(s parsed, _, at string, n ast.Node) {
		name, call := s.called(n)
		reads := slices.Contains([]string{"os.Getenv", "os.LookupEnv", "Env", "env", "getenv", "get"}, name)
		if reads && len(call.Args) == 1 && secretVariable.MatchString(literal(call.Args[0])) {
			t.Errorf("%s: %s is read without keyring.FromEnv", at, literal(call.Args[0]))
		}
	})
}

// logs are functions that write a log to wherever logs go.
var logs = regexp.MustCompile(`^log(/slog)?\.(Print|Fatal|Panic|Output|Debug|Info|Warn|Error|Log)`)

// TestOutputsHaveTheNet: nothing writes past the outputs that main hands in, under
// which the net lies.
func TestOutputsHaveTheNet(t *testing.T) {
	outputs := map[string]string{
		"main.go main":          "hands them in",
		"ui/ui.go withDefaults": "where to draw, if nobody says",
	}
	listed(t, outputs, "writes to the process's own outputs", func(s parsed, n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			o := s.info.Uses[id]
			return o != nil && o.Pkg() != nil && o.Pkg().Path() == "os" && (id.Name == "Stdout" || id.Name == "Stderr")
		}
		name, _ := s.called(n)
		return name == "print" || name == "println" || strings.HasPrefix(name, "fmt.Print") || logs.MatchString(name)
	})
}

// TestNoChildInheritsTheEnvironment: whoever starts a program gives it an
// environment, in the same function.
func TestNoChildInheritsTheEnvironment(t *testing.T) {
	given, starts := map[string]bool{}, map[string]string{}
	each(t, func(s parsed, place, at string, n ast.Node) {
		if name, _ := s.called(n); name == "os/exec.Command" || name == "os/exec.CommandContext" || name == "os.StartProcess" {
			starts[place] = at
		}
		if set, ok := n.(*ast.AssignStmt); ok {
			for _, left := range set.Lhs {
				if sel, ok := left.(*ast.SelectorExpr); ok && sel.Sel.Name == "Env" {
					given[place] = true
				}
			}
		}
	})
	for place, at := range starts {
		if !given[place] {
			t.Errorf("%s: the child of %q sees the whole environment", at, place)
		}
	}
	if len(starts) == 0 {
		t.Error("no child is found")
	}
}
