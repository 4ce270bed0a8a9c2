package keyring

import (
	"slices"
	"strings"
	"testing"
)

func TestBewareOfTheEnvironment(t *testing.T) {
	Beware([]string{"FERRY_TOKEN_CORP=for-the-corporation", "UV_PUBLISH_TOKEN=uv-publishes-w1th", "aws_secret_access_key=amazon/kn0ws/it", "PGPASSWORD=p0stgres-opens",
		"EMPTY_TOKEN=", "HTTPS_PROXY=http://me:pr0xy-opens%2B@proxy:3128", "PIP_EXTRA_INDEX_URL=https://a/ https://me:s3cond-of-two@b/", "NO_EQUALS", "MAIN_BRANCH=ordinary-branch-7"})
	for text, hidden := range map[string]bool{"for-the-corporation": true, "uv-publishes-w1th": true, "amazon%2fkn0ws%2fit": true, "p0stgres-opens": true,
		"pr0xy-opens+": true, "s3cond-of-two": true, "ordinary-branch-7": false} {
		if got := Hide(text); (got == mask) != hidden {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// TestBewareLeavesWords: what another program has for a password may be a word, and
// stays one; sealed by a source of ours it does not.
func TestBewareLeavesWords(t *testing.T) {
	words := []string{"password", "acme-core", "pypi-release", "an-ordinary-name", "/run/secrets/database", "postgres", "202611210600", "Kelp-77"}
	for _, w := range words {
		Beware([]string{"DB_PASSWORD=" + w, "MYSQL_PWD=" + w, "DATABASE_URL=postgres://me:" + w + "@host/db"})
		if text := `{"` + w + `": true}`; Hide(text) != text {
			t.Errorf("%s: %s", w, Hide(text))
		}
	}
	_ = NewSecret("an-unusual-name")
	if got := Hide("x an-unusual-name"); got != "x "+mask {
		t.Errorf("sealed: %q", got)
	}
}

func TestHarmless(t *testing.T) {
	const stays = "PATH=/bin PWD=/home/me OLDPWD=/ XDG_SESSION_ID=3 XDG_SESSION_TYPE=tty GPG_AGENT_INFO=/run/agent:1:1 SSH_ASKPASS=/bin/ask GIT_ASKPASS=ask SSH_AUTH_SOCK=/run/ssh " +
		"GPG_KEY=A035C8C1 GPG_TTY=/dev/pts/1 PASSWORD_STORE_DIR=/pass PGPASSFILE=/pgpass TOKENIZERS_PARALLELISM=false GOOGLE_APPLICATION_CREDENTIALS=/key.json " +
		"PIP_INDEX_URL=https://pypi.example:8443/simple/a:b@c REMOTE=git@host:o/r.git VIRTUAL_ENV=/venv SSH_URL=ssh://git@host:22/o/r LANG=C.UTF-8"
	const goes = "PGPASSWORD=x TOKEN=x PASSWORD=x passwd=x SECRET=x GH_TOKEN=x NPM_CONFIG_TOKEN=x CITOKEN=x MYSQL_PWD=x SSHPASS=x SMTP_PASS=x SECRET_KEY=x OPENAI_API_KEY=x " +
		"AWS_SECRET_ACCESS_KEY=x GPG_PASSPHRASE=x FERRY_TOKEN_CORP=x PIP_INDEX_URL=https://u:secret@host/ REDIS=redis://:pw@host MIRRORS=https://a,https://u:p@b URL=https://u:p%zz@host"
	for _, kv := range strings.Fields(stays) {
		if got := Harmless([]string{kv}); !slices.Equal(got, []string{kv}) {
			t.Errorf("%s is kept from the hook", kv)
		}
	}
	for _, kv := range strings.Fields(goes) {
		if got := Harmless([]string{kv}); len(got) > 0 {
			t.Errorf("the hook is told %s", kv)
		}
	}
}
