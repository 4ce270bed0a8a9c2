package rules

import "testing"

func TestWithoutSecrets(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"   password: hunter2\n":                        "   password: (hidden)\n",
		"-  password: \"hunter2\" # old\n+  user: x\n":  "-  password: (hidden) # old\n+  user: x\n",
		"  password:\n    secure: \"abcd\"\n":           "  password:\n    secure: \"abcd\"\n",
		"  password: {secure: abcd}\n":                  "  password: {secure: abcd}\n",
		"  password: ${{ secrets.PYPI }}\n":             "  password: ${{ secrets.PYPI }}\n",
		"  password: $PYPI_PASSWORD\n":                  "  password: $PYPI_PASSWORD\n",
		"+      PYPI_TOKEN: hunter2\r\n":                "+      PYPI_TOKEN: (hidden)\r\n",
		"  - export PYPI_TOKEN=hunter2 && make\n":       "  - export PYPI_TOKEN=(hidden) && make\n",
		"  id-token: write\n":                           "  id-token: write\n",
		"  username: __token__\n":                       "  username: __token__\n",
		"  - twine upload -p hunter2 dist/*":            "  - twine upload -p (hidden) dist/*",
		"  url: https://me:hunter2@pypi.example/legacy": "  url: https://pypi.example/legacy",
	} {
		if got := WithoutSecrets(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
