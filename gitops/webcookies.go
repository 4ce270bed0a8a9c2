package gitops

import (
	"os"
	"strconv"
	"strings"
	"time"

	"ferry/keyring"
)

// cookies are those of http.cookieFile that belong to an address: some hosts
// know people by nothing else. A file that is not there has none, as for curl.
func (r *Repo) cookies(file string, a address) ([]headerLine, error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(configPath(file, r.root))
	if err != nil {
		return nil, nil //nolint:nilerr // see above
	}
	var all []string
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(strings.ToLower(line), "set-cookie:") {
			return nil, &UnsupportedError{"http.cookieFile with lines of headers; Netscape's format is read"}
		}
		if c, ok := cookie(line, a); ok {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return []headerLine{{"Cookie", keyring.NewSecret(strings.Join(all, "; "))}}, nil
}

// cookie reads one line: domain, whether its subdomains count, path, whether it
// is for https alone, when it expires (0: never), name, value.
func cookie(line string, a address) (string, bool) {
	line = strings.TrimPrefix(line, "#HttpOnly_")
	f := strings.Split(line, "\t")
	if strings.HasPrefix(line, "#") || len(f) != 7 {
		return "", false
	}
	host, domain := strings.ToLower(a.hostname()), strings.ToLower(strings.TrimPrefix(f[0], "."))
	expires, err := strconv.ParseInt(f[4], 10, 64)
	switch {
	case host != domain && (f[1] != "TRUE" || !strings.HasSuffix(host, "."+domain)),
		!strings.HasPrefix(a.path+"/", strings.TrimSuffix(f[2], "/")+"/"),
		f[3] == "TRUE" && a.scheme != "https",
		err != nil || expires != 0 && expires < time.Now().Unix():
		return "", false
	}
	return f[5] + "=" + f[6], true
}
