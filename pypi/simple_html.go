package pypi

import (
	"bytes"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// simpleTitle is how the pages of PyPI, pypiserver, devpi and Nexus are headed.
var simpleTitle = regexp.MustCompile(`(?i)^(?:\S+: )?links for (\S+)$`)

// htmlPage collects what tells an index's page from any other page, and its
// links. Portals and error pages are HTML too, and have links too.
type htmlPage struct {
	title   string
	version string // of the simple API, from <meta name="pypi:repository-version">
	links   []html.Token
	closed  bool
}

func parseSimpleHTML(a answer, p Page) (Page, error) {
	h := readHTML(a.body)
	m := simpleTitle.FindStringSubmatch(h.title)
	switch {
	case m == nil && h.version == "":
		return unread(p), a.notIndex("it is a web page, not a page of an index")
	case h.version != "" && !strings.HasPrefix(h.version, "1."):
		return unread(p), a.notIndex("the page is of another API version than 1")
	case m != nil && NormalizeName(m[1]) != p.Name:
		return unread(p), a.notIndex("the page is of another project")
	case !h.closed:
		return unread(p), &TruncatedError{a.url.String()}
	}
	for _, link := range h.links {
		f, err := htmlFile(a.url, link)
		if err != nil {
			return unread(p), a.notIndex(err.Error())
		}
		p.Files = append(p.Files, f)
		if v, ok := p.version(f); ok && !slices.Contains(p.Versions, v.String()) {
			p.Versions = append(p.Versions, v.String())
		}
	}
	return p, nil
}

func readHTML(body []byte) (h htmlPage) {
	z := html.NewTokenizer(bytes.NewReader(body))
	inTitle := false
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			h.title = strings.TrimSpace(h.title)
			return h
		}
		t := z.Token()
		switch {
		case t.Data == "title":
			inTitle = kind == html.StartTagToken
		case kind == html.TextToken && inTitle:
			h.title += t.Data
		case kind == html.EndTagToken && (t.Data == "html" || t.Data == "body"):
			h.closed = true
		case kind == html.StartTagToken || kind == html.SelfClosingTagToken:
			h.start(t)
		}
	}
}

func (h *htmlPage) start(t html.Token) {
	switch t.Data {
	case "meta":
		if name, _ := attr(t, "name"); name == "pypi:repository-version" {
			h.version, _ = attr(t, "content")
		}
	case "a":
		if _, ok := attr(t, "href"); ok {
			h.links = append(h.links, t)
		}
	}
}

func htmlFile(base *url.URL, link html.Token) (File, error) {
	href, _ := attr(link, "href")
	at, err := fileURL(base, href)
	if err != nil {
		return File{}, err
	}
	f := File{URL: at}
	if u, err := url.Parse(at); err == nil {
		f.Name = path.Base(u.Path)
	}
	if _, fragment, ok := strings.Cut(href, "#sha256="); ok {
		f.SHA256, _, _ = strings.Cut(strings.ToLower(fragment), "&")
	}
	f.YankedReason, f.Yanked = attr(link, "data-yanked")
	f.RequiresPython, _ = attr(link, "data-requires-python")
	return f, f.check()
}

func attr(t html.Token, name string) (string, bool) {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
